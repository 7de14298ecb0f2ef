// What tests share that kill things at random points: the seed that replays a run, chance, and ways to kill.
import { readdirSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { processesWith } from './program_bot.mjs';
import { until } from './troupe.mjs';

/** The run's seed. A failing run shows it in the test's name; TROUPE_SEED replays the same choices. */
export const seed = Number(process.env.TROUPE_SEED ?? Date.now() % 1_000_000);

/** Rejects when the signal, if there is one, ends it. */
export const pause = (ms, signal) => sleep(ms, undefined, { signal });

/** The same numbers for the same seed (mulberry32). */
export class Chance {
  constructor(state) { this.state = state; }
  /** From 0 to below 1. */
  next() {
    this.state = (this.state + 0x6d2b79f5) | 0;
    let t = Math.imul(this.state ^ (this.state >>> 15), 1 | this.state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  }
  between(from, to) { return from + this.next() * (to - from); }
  pick(list) { return list[Math.floor(this.next() * list.length)]; }
  likely(probability) { return this.next() < probability; }
}

/** SIGKILL for each process; one that is not there is as good as killed. */
export function killNow(pids) {
  for (const pid of pids) {
    try { if (pid) process.kill(pid, 'SIGKILL'); } catch { /* it was gone already */ }
  }
}

/** The shims that keep this server's programs. */
export function shimsOf(troupe) {
  return readdirSync(`${troupe.data}/tasks`).flatMap((id) => processesWith(`task-shim\0${troupe.data}/tasks/${id}`));
}

/** Until the program of a bot runs; yields its pid. One that rests after so many kills is started, as a person would. */
export function programRunning(troupe, botId) {
  return until(async () => {
    const now = (await troupe.api('GET', `/api/v1/bots/${botId}`)).body;
    if (['backing_off', 'crash_loop', 'exited', 'failed'].includes(now.state)) await troupe.api('POST', `/api/v1/bots/${botId}/start`);
    return now.state === 'running' && now.task?.pid;
  }, 'the program to run', 120_000);
}

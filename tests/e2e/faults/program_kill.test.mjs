// Troupe, the program and its shim are killed at random points while people talk: each message gets exactly one answer,
// and in the end nothing is left running. A failing run prints its seed; TROUPE_SEED replays it.
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { test } from 'node:test';
import { processesWith, withProgramBot } from '../lib/program_bot.mjs';
import { until } from '../lib/troupe.mjs';

const rounds = Number(process.env.TROUPE_PROGRAM_ROUNDS ?? 12);
const seed = Number(process.env.TROUPE_SEED ?? Date.now() % 1_000_000);

function random(state) { // mulberry32
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

/** Until it runs; a bot that rests after so many kills is started again, as a person would. */
const running = (troupe, bot) => until(async () => {
  const now = await bot.look();
  if (['backing_off', 'crash_loop', 'exited', 'failed'].includes(now.state)) await troupe.api('POST', '/api/v1/bots/prog/start');
  return now.state === 'running' && now.task?.pid;
}, 'the program to run', 60_000);

test(`${rounds} rounds of kills around a program lose and double nothing (seed ${seed})`, async () => {
  const next = random(seed);
  await withProgramBot(async ({ troupe, bot, anna, room }) => {
    const events = [];
    for (let round = 0; round < rounds; round++) {
      await running(troupe, bot);
      for (let n = 0; n < 5; n++) events.push(await anna.send(room, `round ${round} message ${n}`));
      await new Promise((r) => setTimeout(r, next() * 60)); // the random point is the test
      const victim = ['troupe', 'program', 'shim', 'both'][Math.floor(next() * 4)];
      const pid = (await bot.look()).task?.pid;
      const shims = readdirSync(`${troupe.data}/tasks`).flatMap((id) => processesWith(`task-shim\0${troupe.data}/tasks/${id}`));
      if (victim === 'troupe' || victim === 'both') await troupe.kill();
      for (const target of victim === 'shim' ? shims : victim === 'troupe' ? [] : [pid]) {
        try { if (target) process.kill(target, 'SIGKILL'); } catch { /* it was not there, which is as good */ }
      }
      if (victim === 'troupe' || victim === 'both') await troupe.launch();
    }
    // The last kill may be noticed only now, and the rest after it be long.
    for (const end = Date.now() + 150_000;;) {
      await running(troupe, bot);
      try { await bot.hasAnswered(events, 5_000); break; } catch (late) { if (Date.now() > end) throw late; }
    }
    const answers = await bot.answersTo(events);
    for (const [i, list] of answers.entries()) assert.equal(list.length, 1, `message ${i} has ${list.length} answers`);
  });
});

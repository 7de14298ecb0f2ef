// A server with a bot that is a program, for tests that kill things around it.
import assert from 'node:assert/strict';
import { readFileSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { Troupe, until } from './troupe.mjs';

const program = join(import.meta.dirname, '../programs/answering_bot.mjs');

/** The living processes whose command line holds the text. */
export function processesWith(text) {
  return readdirSync('/proc').filter((name) => /^\d+$/.test(name)).map(Number).filter((pid) => {
    try {
      return pid !== process.pid && readFileSync(`/proc/${pid}/cmdline`, 'latin1').includes(text)
        && !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
    } catch { return false; }
  });
}

/** The living processes whose command line holds the one text and whose environment the other (a neighbour's test runs the same programs). */
export function processesGiven(text, given) {
  return processesWith(text).filter((pid) => {
    try { return readFileSync(`/proc/${pid}/environ`, 'latin1').includes(given); } catch { return false; }
  });
}

/** Every file below a folder. */
export function filesBelow(folder) {
  return readdirSync(folder, { recursive: true }).map((name) => join(folder, name)).filter((path) => {
    try { return statSync(path).isFile(); } catch { return false; }
  });
}

/** What is in a file now; nothing when a running program has put another in its place meanwhile. */
export function textOf(path) {
  try { return readFileSync(path, 'latin1'); } catch (error) {
    if (error.code !== 'ENOENT') throw error;
    return '';
  }
}

/** A server with a program bot that runs in a room with Anna. */
export async function withProgramBot(work, more = {}) {
  const troupe = await Troupe.start({ env: { TROUPE_ALLOW_PROGRAMS: 'on', ...more } });
  try {
    const made = await troupe.api('POST', '/api/v1/bots', { bot_id: 'prog', brain: { kind: 'program',
      config: { command: [process.execPath, program, troupe.data], stop_grace_s: 2 } } });
    assert.ok(made.status < 300, JSON.stringify(made.body));
    const started = await troupe.api('POST', '/api/v1/bots/prog/start');
    assert.ok(started.status < 300, JSON.stringify(started.body));
    const bot = { id: made.body.bot.user_id };
    bot.look = async () => (await troupe.api('GET', '/api/v1/bots/prog')).body;
    bot.running = () => until(async () => {
      const now = await bot.look();
      return now.state === 'running' && now.task?.pid && now.task.pid;
    }, 'the program to run', 90_000);
    await bot.running();
    const anna = await troupe.user('anna');
    const room = await anna.createRoom({ preset: 'private_chat', invite: [bot.id] });
    await until(async () => Object.keys((await anna.request('GET',
      `/_matrix/client/v3/rooms/${encodeURIComponent(room)}/joined_members`)).joined).includes(bot.id), 'the program to join');
    /** The answers to each of these events, in the room now. */
    bot.answersTo = async (events) => {
      const history = await anna.history(room);
      return events.map((id) => history.filter((e) => e.sender === bot.id && e.content['m.relates_to']?.['m.in_reply_to']?.event_id === id));
    };
    bot.hasAnswered = (events, deadline) => until(async () => (await bot.answersTo(events)).every((a) => a.length > 0), 'the answers', deadline);
    await work({ troupe, bot, anna, room });
    await troupe.api('DELETE', '/api/v1/bots/prog?confirm=prog');
    await until(() => processesWith(troupe.data).filter((pid) => pid !== troupe.process.pid).length === 0, 'every process of the bot to be gone');
  } finally {
    await troupe.stop();
  }
}

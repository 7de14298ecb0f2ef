// The sound of a call on its way to words: a bot of Vexa's dialect speaks to Troupe, which speaks to a stock WhisperLive server that
// drops text, tells to wait, and cuts connections; the transcript has every word at its time. Troupe is killed in the middle.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { freePort } from './lib/ports.mjs';
import { Troupe, until } from './lib/troupe.mjs';
import { StockWhisper, WhisperBot } from './lib/whisper_live.mjs';

const program = join(import.meta.dirname, 'programs/meeting_bot.mjs');
const server = new StockWhisper({ cutAfter: 7, waits: 1 });
let troupe;
let whisper;

before(async () => {
  whisper = await freePort();
  troupe = await Troupe.start({ env: {
    WHISPER_LIVE_URL: await server.listen(), TROUPE_MEETINGS_WHISPER_LISTEN: `127.0.0.1:${whisper}`, TROUPE_MEETINGS_STOP_GRACE_S: '2',
    TROUPE_MEETINGS_MAX_CONCURRENT_BOTS: '10' } });
  await troupe.terminate();
  troupe.env.TROUPE_MEETINGS_BOT_COMMAND = [process.execPath, program, troupe.data].join(',');
  await troupe.launch();
});
after(async () => {
  for (const { id } of (await troupe.api('GET', '/api/v1/meetings')).body.items) await troupe.api('POST', `/api/v1/meetings/${id}/stop`);
  await until(async () => (await troupe.api('GET', '/api/v1/meetings')).body.items.every(({ state }) => ['completed', 'failed', 'error'].includes(state)),
    'every meeting to end');
  await troupe?.stop();
  server.close();
});

async function inCall(name) {
  const made = await troupe.api('POST', '/api/v1/meetings', { link: `https://meet.jit.si/joins-${name}`, language: 'en' });
  assert.equal(made.status, 201, JSON.stringify(made.body));
  const { id } = made.body;
  await until(async () => (await troupe.api('GET', `/api/v1/meetings/${id}`)).body.state === 'active', 'the bot to join');
  return { id, ...JSON.parse(readFileSync(join(troupe.data, `bot-${id}.json`), 'utf8')) };
}
const transcript = async (id) => (await troupe.api('GET', `/api/v1/meetings/${id}/transcript`)).body.items;
const words = (items) => items.flatMap(({ text }) => text.trim().split(/\s+/));
const wordsUpTo = (to, from = 1) => Array.from({ length: to - from }, (_, i) => `word${from + i}`);
const address = () => `ws://127.0.0.1:${whisper}/ws`;
const ready = (bot) => until(() => bot.isReady(), 'the bot to be told that it may speak');

test('every word arrives at its time, over connections that end', async () => {
  const { id, config } = await inCall('Words');
  const bot = new WhisperBot(address(), config, 'W1');
  await ready(bot);
  assert.deepEqual(bot.got[0], { status: 'SERVER_READY', uid: 'W1' });
  bot.says('SPEAKER_START', 'Ann', 0);
  bot.speak(1, 30);
  bot.end();
  await bot.ended;
  const items = await until(async () => {
    const all = await transcript(id);
    return words(all).length >= 29 && all.every(({ final }) => final) && all;
  }, 'the whole transcript');
  assert.deepEqual(words(items), wordsUpTo(30));
  assert.deepEqual(server.breaches, []);
  assert.ok(server.connections >= 5, `${server.connections} connections`);
  assert.ok(items.every(({ speaker }) => speaker === 'Ann'), JSON.stringify(items[0]));
  items.slice(1).forEach((item, i) => assert.ok(item.start_ms >= items[i].end_ms, `${items[i].end_ms} and then ${item.start_ms}`));
  assert.deepEqual([items[0].start_ms, items.at(-1).end_ms].map((ms) => Math.round(ms / 1000)), [0, 29]);
  assert.ok(bot.got.some(({ segments }) => segments?.some(({ text, completed }) => completed && text.includes('word29'))));
});

test('a kill in the middle: the bot comes back with another session, and what was stored stays', async () => {
  const { id, config } = await inCall('Killed');
  const first = new WhisperBot(address(), config, 'K1');
  await ready(first);
  first.speak(1, 12);
  await until(async () => words(await transcript(id)).length >= 10, 'most of the words');
  const before = words((await transcript(id)).filter(({ final }) => final));
  await troupe.kill();
  await first.ended;
  await troupe.launch();
  const second = new WhisperBot(address(), config, 'K2');
  await ready(second);
  second.speak(101, 108);
  second.end();
  await second.ended;
  const items = await until(async () => {
    const all = await transcript(id);
    return words(all).includes('word107') && all;
  }, 'the words after the kill');
  const all = words(items);
  // The bot speaks faster than the time goes by: its two sessions lie over each other.
  assert.deepEqual(all.filter((word) => /^word1\d\d$/.test(word)), wordsUpTo(108, 101));
  for (const word of before) assert.ok(all.includes(word), `${word} is gone`);
  assert.equal(new Set(all).size, all.length, 'a word is there twice');
});

test('whoever may not speak is told so, and nothing changes', async () => {
  const one = await inCall('Mine');
  const other = await inCall('Other');
  const refused = async (config, more) => {
    const bot = new WhisperBot(address(), config, 'X', more);
    await bot.ended;
    return bot.refusal();
  };
  assert.equal(await refused({ ...one.config, token: 'x'.repeat(43) }), 'Unknown token.');
  assert.equal(await refused({ ...one.config, token: other.config.token }), 'The token is of another meeting.');
  assert.equal(await refused({ ...one.config, platform: undefined }), 'Missing required fields: platform');
  await troupe.api('POST', `/api/v1/meetings/${one.id}/stop`);
  await until(async () => (await troupe.api('GET', `/api/v1/meetings/${one.id}`)).body.state === 'completed', 'its end');
  assert.equal(await refused(one.config), 'Unknown token.');
  assert.deepEqual(await transcript(one.id), []);
  assert.deepEqual(await transcript(other.id), []);
});

test('the platform hears bots, too, and the listener says how it is', async () => {
  const { id, config } = await inCall('Platform');
  const bot = new WhisperBot(`ws://127.0.0.1:${troupe.platformPort}/bots/internal/whisper?token=${config.token}`, { task: 'transcribe' }, 'P1');
  await ready(bot);
  const health = await fetch(`http://127.0.0.1:${whisper}/health`);
  assert.deepEqual([health.status, await health.text()], [200, 'OK']);
  const metrics = await (await fetch(`http://127.0.0.1:${whisper}/metrics`)).json();
  assert.equal(metrics.current_sessions, 1);
  assert.equal(metrics.server_healthy, true);
  bot.speak(1, 4);
  bot.close();
  await until(async () => words(await transcript(id)).length === 3, 'three words');
});

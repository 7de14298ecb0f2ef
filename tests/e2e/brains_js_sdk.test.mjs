// What a person with a client on matrix-js-sdk (Element's library) sees of bots whose service streams, stalls, cuts, lies
// about what it sends and refuses: one message each that grows, and ends in an answer or one sentence.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import * as sdk from 'matrix-js-sdk';
import { logger } from 'matrix-js-sdk/lib/logger.js';
import { Flowise } from './lib/flowise.mjs';
import { OpenAi } from './lib/openai.mjs';
import { Troupe, until } from './lib/troupe.mjs';

logger.setLevel?.('error');
logger.disableAll?.();
let troupe, flowise, model, anna;
before(async () => {
  troupe = await Troupe.start();
  flowise = await Flowise.start();
  model = await OpenAi.start();
  const user = await troupe.user('anna');
  anna = sdk.createClient({ baseUrl: troupe.matrix, accessToken: user.token, userId: user.id, deviceId: user.device });
  await anna.startClient({ initialSyncLimit: 100 });
  await until(() => anna.isInitialSyncComplete(), 'the first sync');
});
after(async () => {
  anna?.stopClient();
  await troupe?.stop();
  await flowise?.stop();
  await model?.stop();
  setTimeout(() => process.exit(), 1000).unref();
});

/** A running bot. */
async function start(bot_id, kind, config) {
  assert.equal((await troupe.api('POST', '/api/v1/bots', { bot_id, brain: { kind, config } })).status, 201);
  assert.equal((await troupe.api('POST', `/api/v1/bots/${bot_id}/start`)).status, 200);
  return `@bot_${bot_id}:localhost`;
}
/** A room with it: the same sentence about a failure is said there once a minute. */
async function talkTo(bot) {
  const { room_id: room } = await anna.createRoom({ invite: [bot], preset: 'trusted_private_chat', is_direct: true });
  await until(() => anna.getRoom(room)?.getMember(bot)?.membership === 'join', `${bot} to join`);
  return { bot, room };
}
/** The bot's messages as the client shows them: edits belong to their message. */
const shown = ({ bot, room }) => anna.getRoom(room).getLiveTimeline().getEvents()
  .filter((e) => e.getType() === 'm.room.message' && e.getSender() === bot && e.getRelation()?.rel_type !== 'm.replace');
/** Asks; yields the text of the one new message once it matches, and every text that it had meanwhile. */
async function ask(conversation, text, expected, seen = []) {
  const before = shown(conversation).length;
  await anna.sendTextMessage(conversation.room, text);
  const last = await until(() => {
    const answers = shown(conversation).slice(before);
    const body = answers[0]?.getContent().body;
    if (body !== undefined && seen.at(-1) !== body) seen.push(body);
    assert.ok(answers.length <= 1, `two messages to '${text}'`);
    return body !== undefined && expected.test(body) && body;
  }, `${expected} as the answer to '${text}'`, 120_000);
  return { last, seen };
}

/** A service that waits in the middle of its answer until its beginning is seen. */
function unhurried(service, seen) {
  service.before = (question, n) => n !== 20 || until(() => seen.length > 0, 'the beginning of an answer');
}

/** Each text goes on from the one before. The mark of being under way may stand behind the whole text, too. */
function grew(seen) {
  const texts = seen.map((text) => text.replace(/ +…$/, ''));
  assert.ok(seen.length >= 2 && texts.every((text, i) => i === 0 || text.startsWith(texts[i - 1])), JSON.stringify(seen));
}

test('a language model: a message that grows, and one sentence for whatever goes wrong', async () => {
  const bot = await start('model', 'openai', { base_url: model.url, model: 'stand-in', retries: 0 });
  // Two that do not wait long, each for what is silent just so: the others may take their time.
  const patience = { stall: { first_byte_timeout_ms: 2_000 }, silence: { idle_timeout_ms: 2_000 } };
  for (const [trap, config] of Object.entries(patience)) {
    patience[trap] = await start(`hasty_${trap}`, 'openai', { base_url: model.url, model: 'stand-in', retries: 0, ...config });
  }
  const talking = await talkTo(bot);
  const seen = [];
  unhurried(model, seen);
  await ask(talking, 'long story', /end$/, seen);
  grew(seen);
  assert.equal((await ask(talking, 'json please', /whole/)).last, 'whole answer');
  assert.equal((await ask(talking, 'liar', /all$/)).last, 'a stream after all');
  for (const [trap, begun] of [['500', /^/], ['stall', /^/], ['cut', /^half of /], ['silence', /^begun and/], ['error', /^first words,/]]) {
    const { last } = await ask(await talkTo(patience[trap] ?? bot), trap, /reference [0-9a-f]+/);
    assert.match(last, begun, `${trap}: what had come stays`);
  }
  model.busy = Infinity;
  await ask(await talkTo(bot), 'too many', /reference [0-9a-f]+/);
  model.busy = 0;
  assert.match((await ask(talking, 'hello again', /é日$/)).last, /^You said: hello again/);
});

test('a Flowise flow: the same', async () => {
  const bot = await start('flow', 'flowise', { url: flowise.url });
  // What Flowise never answers is given up soon, what it does answer is waited for.
  const hasty = await start('hasty_flow', 'flowise', { url: flowise.url, first_byte_timeout_ms: 4_000, idle_timeout_ms: 4_000 });
  const talking = await talkTo(bot);
  const words = Array.from({ length: 60 }, (_, i) => `word${i}`).join(' ');
  const seen = [];
  unhurried(flowise, seen);
  await ask(talking, `slow ${words} end`, /end$/, seen);
  grew(seen);
  for (const trap of ['trap:error', 'trap:hang', 'trap:stall', 'trap:cut', 'trap:500', 'trap:413']) {
    await ask(await talkTo(hasty), trap, /reference [0-9a-f]+/);
  }
  assert.equal((await ask(talking, 'trap:json', /said.*json$/)).last, 'You said: trap:json');
  assert.equal((await ask(talking, 'hello again', /said.*again$/)).last, 'You said: hello again');
});

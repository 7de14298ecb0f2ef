// Several bots in one room, each set up as loudly as it can be, with real brains behind them: they never talk for ever,
// in a room or in a thread, and a person's conversation stays that person's.
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { pause } from './lib/chaos.mjs';
import { Flowise } from './lib/flowise.mjs';
import { Follower, messagesOf } from './lib/follower.mjs';
import { OpenAi } from './lib/openai.mjs';
import { sendSurely } from './lib/talks.mjs';
import { Troupe, until } from './lib/troupe.mjs';
import { Webhook } from './lib/webhook.mjs';

const program = join(import.meta.dirname, 'programs/answering_bot.mjs');
/** The worst that a person can configure. */
const loud = { respond: 'always', reply_as: 'text', hear_notices: true };

let troupe, flowise, openai, webhook, later, names, folder, anna, follower;
const others = [];
before(async () => {
  troupe = await Troupe.start({ env: { TROUPE_ALLOW_PROGRAMS: 'on' } });
  folder = await mkdtemp(join(tmpdir(), 'troupe-'));
  flowise = await Flowise.start({ tokenMs: 10 });
  openai = await OpenAi.start({ wordMs: 10 });
  webhook = await Webhook.start({ thinkMs: 20 });
  later = await Webhook.start({ thinkMs: 20, later: true, laterMs: 100, troupe: troupe.platform, file: join(folder, 'promises') });
  names = await Webhook.start({ thinkMs: 5, say: ({ bot }) => `${bot === 'ping' ? 'pong' : 'ping'}: your turn` });
  anna = await troupe.user('anna');
  follower = new Follower(anna);
});
after(async () => {
  if (follower) follower.running = false;
  for (const one of others) one.running = false;
  await troupe?.stop();
  for (const service of [flowise, openai, webhook, later, names]) await service?.stop();
  if (folder) await rm(folder, { recursive: true, force: true });
});

async function makeBot(id, kind, config) {
  const made = await troupe.api('POST', '/api/v1/bots', { bot_id: id, brain: { kind, config } });
  assert.equal(made.status, 201, JSON.stringify(made.body));
  assert.equal((await troupe.api('POST', `/api/v1/bots/${id}/start`)).status, 200);
  await until(async () => (await troupe.api('GET', `/api/v1/bots/${id}`)).body.state === 'running', `${id} to run`, 60_000);
  return made.body.bot.user_id;
}
async function roomWith(user, bots) {
  const room = await user.createRoom({ preset: 'private_chat', invite: bots });
  await until(async () => {
    const { joined } = await user.request('GET', `/_matrix/client/v3/rooms/${encodeURIComponent(room)}/joined_members`);
    return bots.every((bot) => joined[bot]);
  }, `${bots} to join`, 90_000);
  return room;
}
/** Whether no message waits for a bot or is being answered. */
async function idle() {
  const { items } = (await troupe.api('GET', '/api/v1/bots?limit=100')).body;
  return items.every((bot) => bot.queue === 0);
}
/** The bots' messages once no bot has anything to do and nothing was said for two seconds; fails when that never comes. */
async function afterwards(room, atLeast, deadlineMs = 180_000) {
  const ofBots = () => messagesOf(follower.events(room)).filter((m) => m.sender !== anna.id);
  let events = 0;
  let since = Date.now();
  for (const end = Date.now() + deadlineMs;;) {
    const now = follower.events(room).length;
    if (now !== events) [events, since] = [now, Date.now()];
    if (ofBots().length >= atLeast && Date.now() - since > 2_000 && await idle() && follower.events(room).length === events) return ofBots();
    assert.ok(Date.now() < end, `${ofBots().length} messages of bots after ${deadlineMs} ms, of at least ${atLeast}: ${JSON.stringify(ofBots().slice(-5).map((m) => m.body))}`);
    await pause(50);
  }
}
const text = (body, thread) => ({ msgtype: 'm.text', body, ...(thread && { 'm.relates_to': { rel_type: 'm.thread', event_id: thread } }) });
const say = (room, body, thread) => sendSurely(anna, room, text(body, thread), `t${Math.random()}`);

test('two bots of any kind say at most three times two messages to one of a person', async () => {
  const kinds = {
    flowise: (id) => makeBot(id, 'flowise', { url: flowise.url, ...loud }),
    openai: (id) => makeBot(id, 'openai', { base_url: openai.url, model: 'stand-in', ...loud }),
    webhook: (id) => makeBot(id, 'webhook', { url: webhook.url, ...loud }),
    later: (id) => makeBot(id, 'webhook', { url: later.url, ...loud }),
    echo: (id) => makeBot(id, 'echo', loud),
    command: (id) => makeBot(id, 'command', loud),
  };
  const bots = {};
  for (const [kind, make] of Object.entries(kinds)) bots[kind] = await make(`loud_${kind}`);
  const pairs = Object.keys(bots).flatMap((a, i) => Object.keys(bots).slice(i).map((b) => [a, b])).filter(([a, b]) => a !== b);
  await Promise.all(pairs.map(async ([a, b]) => {
    const room = await roomWith(anna, [bots[a], bots[b]]);
    const event = await say(room, 'paced slow talk');
    const whole = (question) => () => [bots[a], bots[b]].every((bot) => messagesOf(follower.events(room)).some((m) => m.sender === bot
      && m.content['org.troupe.bot'].answers === question && !m.body.endsWith(' …')));
    await follower.until(whole(event), () => `${a} and ${b} to answer a person`, 180_000);
    const said = await afterwards(room, 2);
    assert.ok(said.length <= 6, `${a} and ${b} said ${said.length} messages`);
    for (const bot of [bots[a], bots[b]]) {
      const answers = said.filter((m) => m.sender === bot && m.content['org.troupe.bot'].answers === event);
      assert.deepEqual(answers.map((m) => m.body.endsWith(' …')), [false], `${bot}'s one answer to the person is whole`);
    }
    // And they are not struck dumb.
    const more = await say(room, 'paced slow again');
    await follower.until(whole(more), () => `${a} and ${b} to answer a person again`, 180_000);
    assert.ok((await afterwards(room, said.length + 2)).length <= said.length + 6);
  }));
});

test('six bots of every kind and a program in one room come to rest', async () => {
  const bots = ['loud_flowise', 'loud_openai', 'loud_webhook', 'loud_later', 'loud_echo', 'loud_command'].map((id) => `@bot_${id}:localhost`);
  bots.push(await makeBot('loud_program', 'program', { command: [process.execPath, program], stop_grace_s: 2 }));
  const room = await roomWith(anna, bots);
  const root = await say(room, 'paced slow go');
  // Seven to the person, six to each of at most five in a row; and the program, which keeps no rules, to each of those.
  const most = 2 * (7 + 5 * 6);
  const first = await afterwards(room, 7);
  assert.ok(first.length <= most, `${first.length} messages`);
  await say(room, 'paced slow go on', root);
  const second = await afterwards(room, first.length + 1);
  assert.ok(second.length - first.length <= most, `${second.length - first.length} messages in the thread`);
  assert.equal((await troupe.api('DELETE', '/api/v1/bots/loud_program?confirm=loud_program')).status, 204);
});

test('two bots that call each other by name come to rest, in a room and in a thread', async () => {
  const bots = [await makeBot('ping', 'webhook', { url: names.url, reply_as: 'text', hear_notices: true }),
    await makeBot('pong', 'webhook', { url: names.url, reply_as: 'text', hear_notices: true })];
  const room = await roomWith(anna, bots);
  const root = await say(room, 'ping: begin');
  const said = await afterwards(room, 2);
  assert.ok(said.length >= 2 && said.length <= 3, `${said.length} messages`);
  await say(room, 'pong: begin here', root);
  const more = (await afterwards(room, said.length + 2)).slice(said.length);
  assert.ok(more.length >= 2 && more.length <= 3, `${more.length} messages in the thread`);
  assert.ok(more.every((m) => m.content['m.relates_to'].event_id === root), 'they stay in the thread');
});

test('many people at once: nobody gets what another one said', async () => {
  const quiet = { flowise: await makeBot('for_flowise', 'flowise', { url: flowise.url }),
    openai: await makeBot('for_openai', 'openai', { base_url: openai.url, model: 'stand-in' }),
    webhook: await makeBot('for_webhook', 'webhook', { url: webhook.url }), later: await makeBot('for_later', 'webhook', { url: later.url }) };
  const ask = { flowise: (secret) => `slow whose ${secret}`, openai: (secret) => `paced ${secret}`, webhook: (s) => s, later: (s) => s };
  const people = await Promise.all([...'abcdef'].map((c) => troupe.user(`person${c}`)));
  const talks = [];
  for (const person of people) {
    const theirs = new Follower(person);
    others.push(theirs);
    for (const kind of Object.keys(quiet)) talks.push({ person, follower: theirs, kind, room: await roomWith(person, [quiet[kind]]), secrets: [] });
  }
  for (let round = 0; round < 3; round++) {
    await Promise.all(talks.map(async (talk) => {
      const secret = `${talk.person.id.slice(1, 8)}-${talk.kind}-secret${round}`;
      talk.secrets.push(secret);
      await sendSurely(talk.person, talk.room, text(ask[talk.kind](secret)), secret);
      await talk.follower.until(() => messagesOf(talk.follower.events(talk.room)).some((m) => m.sender === quiet[talk.kind]
        && m.body.includes(secret) && !m.body.endsWith(' …')), () => `${talk.kind}'s answer to ${secret}`, 120_000);
    }));
  }
  for (const talk of talks) {
    const answers = messagesOf(talk.follower.events(talk.room)).filter((m) => m.sender === quiet[talk.kind]);
    assert.equal(answers.length, talk.secrets.length);
    const heard = new Set(answers.flatMap((m) => [...m.body.matchAll(/person[a-f]-\w+-secret\d/g)].map((found) => found[0])));
    assert.deepEqual([...heard].sort(), [...talk.secrets].sort(), `${talk.person.id} and ${talk.kind}`);
  }
});

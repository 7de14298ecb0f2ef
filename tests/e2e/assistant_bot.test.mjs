// The assistant in Matrix rooms and in Slack, with the vendors' stand-ins: plans, choices and approvals by words, numbers
// and reactions; a person on matrix-js-sdk; a restart in between; other people; what was answered elsewhere.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import * as sdk from 'matrix-js-sdk';
import { logger } from 'matrix-js-sdk/lib/logger.js';
import { Asker, startAssistant, startVendors, stopAll } from './lib/assistant.mjs';
import { until } from './lib/troupe.mjs';

logger.setLevel?.('error');
logger.disableAll?.();
const key = 'xoxb-canary-of-the-room-51c0';
let vendors, troupe, anna, ben;
before(async () => {
  vendors = await startVendors({ slack: { key } });
  troupe = await startAssistant(vendors, { env: { SLACK_SIGNING_SECRET: vendors.slack.signingSecret, TROUPE_SLACK_PEOPLE: 'U000000001=@anna:localhost' } });
  anna = await client('anna');
  ben = await client('ben');
  const added = await troupe.cli(['bot', 'add', 'helper', '--brain', 'assistant']);
  assert.equal(added.code, 0, added.stderr);
  const started = await troupe.api('POST', '/api/v1/bots/helper/start');
  assert.ok(started.status < 300 || started.status === 409, JSON.stringify(started.body));
});
after(async () => {
  anna?.stopClient();
  ben?.stopClient();
  await troupe?.stop();
  await stopAll(vendors);
  setTimeout(() => process.exit(), 1000).unref();
});

async function client(name) {
  const user = await troupe.user(name);
  const made = sdk.createClient({ baseUrl: troupe.matrix, accessToken: user.token, userId: user.id, deviceId: user.device });
  await made.startClient({ initialSyncLimit: 100 });
  await until(() => made.isInitialSyncComplete(), `${name}'s first sync`);
  return made;
}
const bot = '@bot_helper:localhost';
/** A room with the bot, and with these. */
async function room(...people) {
  const { room_id: id } = await anna.createRoom({ invite: [bot, ...people.map((each) => each.getUserId())], preset: 'trusted_private_chat', is_direct: people.length === 0 });
  for (const each of people) await each.joinRoom(id);
  await until(() => anna.getRoom(id)?.getMember(bot)?.membership === 'join', 'the bot to join');
  return id;
}
const textOf = (event) => event.replacingEvent()?.getContent()['m.new_content']?.body ?? event.getContent().body;
/** The bot's messages as the client shows them: edits belong to their message. */
const shown = (who, id) => who.getRoom(id).getLiveTimeline().getEvents()
  .filter((e) => e.getType() === 'm.room.message' && e.getSender() === bot && e.getRelation()?.rel_type !== 'm.replace');
/** Waits for one more message than `count` that says so; yields it. */
const next = (who, id, count, expected) => until(() => {
  const messages = shown(who, id).slice(count);
  return messages.find((event) => expected.test(textOf(event) ?? ''));
}, `${expected}; there is ${JSON.stringify(shown(who, id).slice(count).map(textOf))}`, 60_000);
async function say(who, id, text, expected) {
  const count = shown(who, id).length;
  await who.sendTextMessage(id, text);
  return next(who, id, count, expected);
}
async function react(who, id, event, emoji, expected) {
  const count = shown(who, id).length;
  await who.sendEvent(id, 'm.reaction', { 'm.relates_to': { rel_type: 'm.annotation', event_id: event.getId(), key: emoji } });
  return expected ? next(who, id, count, expected) : undefined;
}
const reactions = (who, id, event) => who.getRoom(id).getLiveTimeline().getEvents()
  .filter((e) => e.getType() === 'm.reaction' && e.getSender() === bot && e.getRelation()?.event_id === event.getId()).map((e) => e.getRelation().key);

test('a plan is shown, runs when it is confirmed, and never twice', async () => {
  const here = await room();
  const calls = vendors.slack.requests.length;
  const plan = await say(anna, here, 'list slack channels', /Run it/);
  await until(() => reactions(anna, here, plan).length === 2, 'the reactions to pick from');
  assert.deepEqual(reactions(anna, here, plan).sort(), ['✅', '❌'].sort());
  assert.equal(vendors.slack.requests.length, calls, 'a plan calls nobody');
  const result = await say(anna, here, 'yes', /general/);
  assert.match(textOf(result), /ops/);
  await say(anna, here, 'yes', /Nothing waits/);
});

test('words are sent as they were said, after a reaction, once, though the program is killed', async () => {
  const here = await room();
  const plan = await say(anna, here, 'post "the roof is done" to #ops on slack', /Run it/);
  await troupe.restart();
  await until(() => anna.getSyncState() === 'SYNCING', 'the client to sync again');
  const count = shown(anna, here).length;
  await react(anna, here, plan, '✅');
  // Whether the pack wants an approval or not, the words are there once in the end.
  const end = await next(anna, here, count, /approval before it is sent|Done/);
  if (/approval/.test(textOf(end))) {
    assert.match(textOf(end), /the roof is done/, 'the exact call is shown');
    await react(anna, here, end, '✅', /Done/);
  }
  assert.equal(vendors.slack.wrote('the roof is done').length, 1);
});

test('a choice is a number or its reaction', async () => {
  const here = await room();
  await say(anna, here, 'find Smith in companycam', /Run it/);
  const question = await say(anna, here, 'run it', /1\. 1️⃣/);
  assert.match(textOf(question), /4 Elm Road/);
  const lines = textOf(question).split('\n');
  const number = Number(/^(\d)/.exec(lines.find((line) => /^\d/.test(line) && line.includes('4 Elm Road')))[1]);
  await react(anna, here, question, `${number}\ufe0f\u20e3`, /4 Elm Road/);
});

test('only whoever asked answers, and people in a room share no tasks', async () => {
  const here = await room(ben);
  const plan = await say(anna, here, '!helper list slack channels', /Run it/);
  await until(() => shown(ben, here).some((event) => event.getId() === plan.getId()), 'ben to see it');
  await react(ben, here, plan, '✅', /Only @anna:localhost can answer/);
  await say(ben, here, '!helper yes', /Nothing waits/);
  await react(anna, here, plan, '✅', /general/);
});

test('tasks are their person\'s alone; what waits is shown again, and can be left', async () => {
  const here = await room();
  await say(anna, here, 'list slack channels', /Run it/);
  const asker = await Asker.person(troupe, 'carla');
  const others = await asker.good('GET', '/api/v1/tasks');
  assert.equal((others.items ?? others.tasks ?? others).length, 0, "another person's tasks are not hers");
  await say(anna, here, '!open', /Run it/);
  await say(anna, here, 'no', /cancel/i);
});

test('a stranger is told so', async () => {
  const kinds = await troupe.api('GET', '/api/v1/brains');
  assert.ok(JSON.stringify(kinds.body).includes('"assistant"'), 'the kind is offered');
  const made = await troupe.api('POST', '/api/v1/bots', { bot_id: 'picky', brain: { kind: 'assistant', config: { people: ['@ben:localhost'] } } });
  assert.equal(made.status, 201, JSON.stringify(made.body));
  assert.equal((await troupe.api('POST', '/api/v1/bots/picky/start')).status, 200);
  const { room_id: id } = await anna.createRoom({ invite: ['@bot_picky:localhost'], preset: 'trusted_private_chat', is_direct: true });
  await until(() => anna.getRoom(id)?.getMember('@bot_picky:localhost')?.membership === 'join', 'the bot to join');
  await anna.sendTextMessage(id, 'list slack channels');
  await until(() => anna.getRoom(id).getLiveTimeline().getEvents().some((e) => e.getSender() === '@bot_picky:localhost' && /not on my list/.test(e.getContent().body ?? '')), 'the refusal');
});

test("Slack's events: verified, signed, taken once, answered in Slack", async () => {
  const address = `${troupe.platform}/api/slack/events`;
  const { slack } = vendors;
  const challenge = await slack.deliver(address, { type: 'url_verification', challenge: 'abc123' });
  assert.equal(challenge.status, 200);
  assert.equal(JSON.parse(challenge.text).challenge, 'abc123');
  const mention = (text, more = {}) => ({ type: 'app_mention', channel: 'C000000001', user: 'U000000001', text: `<@UBOT> ${text}`, ...more });
  assert.equal((await slack.deliver(address, mention('list companycam projects'), { secret: 'not it' })).status, 403);
  assert.equal((await slack.deliver(address, mention('list companycam projects'), { age: 400 })).status, 403, 'an old one');
  const first = await slack.deliver(address, mention('list companycam projects'));
  assert.equal(first.status, 200);
  assert.equal((await slack.deliver(address, mention(''), { again: first })).status, 200, 'the same once more');
  const posted = (text) => until(() => slack.messages.find((message) => message.channel === 'C000000001' && text.test(message.text)), `${text} in Slack`, 60_000);
  await posted(/1\. Run it/);
  assert.equal((await slack.deliver(address, mention('1'))).status, 200);
  await posted(/Smith|Kelly/);
  assert.equal((await slack.deliver(address, mention('list companycam projects', { user: 'U000000002' }))).status, 200);
  await posted(/do not know who you are/);
  assert.equal(slack.messages.filter((message) => /1\. Run it/.test(message.text)).length, 1, 'the first event was acted on once');
});

test('the key is nowhere in what people saw', () => {
  const seen = [...anna.getRooms(), ...ben.getRooms()].flatMap((each) => each.getLiveTimeline().getEvents().map((event) => JSON.stringify(event.event)));
  assert.ok(seen.length > 10);
  assert.ok(!seen.some((text) => text.includes(key)));
});

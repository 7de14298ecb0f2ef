// matrix-bot-sdk, as a bot author uses it: login, rooms, invites, messages, sync, media, and the echo bot's answer.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { LogService, LogLevel, MatrixAuth, MemoryStorageProvider, MatrixClient, AutojoinRoomsMixin } from 'matrix-bot-sdk';
import { Troupe, until } from './lib/troupe.mjs';

LogService.setLevel(LogLevel.ERROR);
let troupe, open; // the second lets everybody register
const clients = [];
before(async () => {
  troupe = await Troupe.start();
  open = await Troupe.start({ env: { TROUPE_REGISTRATION: 'open' } });
});
after(async () => {
  for (const client of clients) client.stop();
  await troupe?.stop();
  await open?.stop();
});

async function botClient(name) {
  await troupe.user(name);
  const login = await new MatrixAuth(troupe.matrix).passwordLogin(name, `password-of-${name}`, 'test');
  const client = new MatrixClient(troupe.matrix, login.accessToken, new MemoryStorageProvider());
  clients.push(client);
  return client;
}

test('login, whoami and an empty list of rooms', async () => {
  const client = await botClient('first');
  assert.equal(await client.getUserId(), '@first:localhost');
  assert.deepEqual(await client.getJoinedRooms(), []);
});

test('an invite is joined, a message arrives by sync, a reply comes back', async () => {
  const host = await botClient('host');
  const guest = await botClient('guest');
  AutojoinRoomsMixin.setupOnClient(guest);
  guest.on('room.message', async (room, event) => {
    if (event.sender === '@guest:localhost' || event.content.msgtype !== 'm.text') return;
    await guest.replyNotice(room, event, `heard: ${event.content.body}`);
  });
  const heard = [];
  host.on('room.message', (room, event) => heard.push(event));
  await guest.start();
  await host.start();
  const room = await host.createRoom({ preset: 'private_chat', name: 'Two', invite: ['@guest:localhost'] });
  await until(async () => (await host.getJoinedRoomMembers(room)).includes('@guest:localhost'), 'the guest to join');
  await host.sendText(room, 'good morning');
  const reply = await until(() => heard.find((e) => e.content.body?.includes('heard: good morning')), 'the reply');
  assert.equal(reply.sender, '@guest:localhost');
});

test('state, redaction, profile, account data and power levels', async () => {
  const client = await botClient('stateful');
  const room = await client.createRoom({ preset: 'public_chat', room_version: '11' }); // the library does not know the creators of version 12
  await client.sendStateEvent(room, 'm.room.topic', '', { topic: 'Weather' });
  assert.equal((await client.getRoomStateEvent(room, 'm.room.topic', '')).topic, 'Weather');
  const event = await client.sendText(room, 'oops');
  await client.redactEvent(room, event, 'typo');
  await until(async () => Object.keys((await client.getEvent(room, event)).content).length === 0, 'the redaction');
  await client.setDisplayName('State Ful');
  assert.equal((await client.getUserProfile('@stateful:localhost')).displayname, 'State Ful');
  await client.setAccountData('org.example.settings', { volume: 11 });
  assert.deepEqual(await client.getAccountData('org.example.settings'), { volume: 11 });
  assert.equal(await client.userHasPowerLevelFor('@stateful:localhost', room, 'm.room.topic', true), true);
});

test('a space is made, whose maker the library lists among the power levels', async () => {
  const client = await botClient('gardener');
  const space = await client.createSpace({ name: 'Garden', isPublic: false });
  const levels = await client.getRoomStateEvent(space.roomId, 'm.room.power_levels', '');
  assert.deepEqual(levels.users, {});
  assert.equal(levels.events_default, 50);
  const shed = await client.createRoom({ name: 'Shed' });
  await space.addChildRoom(shed);
  assert.deepEqual(Object.keys(await space.getChildEntities()), [shed]);
});

test('media goes up and comes back byte for byte', async () => {
  const client = await botClient('painter');
  const bytes = Buffer.from(Array.from({ length: 100_000 }, (_, i) => (i * 7919) % 256));
  const mxc = await client.uploadContent(bytes, 'application/octet-stream', 'noise.bin');
  const back = await fetch(`${troupe.matrix}/_matrix/client/v1/media/download/${mxc.slice(6)}`,
    { headers: { authorization: `Bearer ${client.accessToken}` } });
  assert.equal(back.status, 200);
  assert.ok(bytes.equals(Buffer.from(await back.arrayBuffer())));
});

test('a bot author\'s working day: register, sign in twice, relations, search, push rules, an upgrade, logout everywhere', async () => {
  const auth = new MatrixAuth(open.matrix);
  const first = await auth.passwordRegister('scribe', 'a password of scribe', 'the first');
  const second = await auth.passwordLogin('scribe', 'a password of scribe', 'the second');
  const { devices } = await first.doRequest('GET', '/_matrix/client/v3/devices');
  assert.deepEqual(devices.map((device) => device.display_name).sort(), ['the first', 'the second']);

  const room = await first.createRoom({ name: 'Library', room_version: '10' });
  const path = `/_matrix/client/v3/rooms/${encodeURIComponent(room)}`;
  const root = await first.sendText(room, 'the loan of a rare vloume');
  await first.sendMessage(room, { msgtype: 'm.text', body: '* volume', 'm.new_content': { msgtype: 'm.text', body: 'the loan of a rare volume' },
    'm.relates_to': { rel_type: 'm.replace', event_id: root } });
  await second.sendEvent(room, 'm.reaction', { 'm.relates_to': { rel_type: 'm.annotation', event_id: root, key: '📚' } });
  const threaded = await second.sendMessage(room, { msgtype: 'm.text', body: 'returned', 'm.relates_to': { rel_type: 'm.thread', event_id: root } });
  const shown = await first.doRequest('GET', `${path}/event/${encodeURIComponent(root)}`);
  assert.equal(shown.unsigned['m.relations']['m.replace'].content['m.new_content'].body, 'the loan of a rare volume');
  assert.equal(shown.unsigned['m.relations']['m.thread'].latest_event.event_id, threaded);
  const reactions = await first.getRelationsForEvent(room, root, 'm.annotation', 'm.reaction');
  assert.equal(reactions.chunk[0].content['m.relates_to'].key, '📚');

  const query = { search_categories: { room_events: { search_term: 'returned', keys: ['content.body'] } } };
  await until(async () => (await first.doRequest('POST', '/_matrix/client/v3/search', null, query)).search_categories.room_events.count === 1, 'the message to be found');

  const rule = '/_matrix/client/v3/pushrules/global/content/books';
  await first.doRequest('PUT', rule, null, { pattern: 'volume', actions: ['notify'] });
  await second.doRequest('PUT', `${rule}/enabled`, null, { enabled: false });
  assert.equal((await first.doRequest('GET', rule)).enabled, false);
  await first.doRequest('DELETE', rule);
  await assert.rejects(first.doRequest('GET', rule), (error) => error.statusCode === 404);

  const { replacement_room: next } = await first.doRequest('POST', `${path}/upgrade`, null, { new_version: '12' });
  assert.equal((await first.getRoomStateEvent(room, 'm.room.tombstone', '')).replacement_room, next);
  assert.equal((await first.getRoomStateEvent(next, 'm.room.name', '')).name, 'Library');

  await second.doRequest('POST', '/_matrix/client/v3/logout/all', null, {});
  for (const client of [first, second]) await assert.rejects(client.getWhoAmI(), (error) => error.errcode === 'M_UNKNOWN_TOKEN');
});

test('the echo bot answers once, and not after it was stopped', async () => {
  const made = await troupe.api('POST', '/api/v1/bots', { bot_id: 'parrot', brain: { kind: 'echo' } });
  assert.equal(made.status < 300, true, JSON.stringify(made.body));
  assert.equal((await troupe.api('POST', '/api/v1/bots/parrot/start')).status, 200);
  await until(async () => (await troupe.api('GET', '/api/v1/bots/parrot')).body.state === 'running', 'the bot to run');
  const person = await botClient('person');
  const bot = made.body.bot.user_id;
  const heard = [];
  person.on('room.message', (room, event) => { if (event.sender === bot) heard.push(event.content.body); });
  await person.start();
  const room = await person.createRoom({ preset: 'trusted_private_chat', invite: [bot], is_direct: true });
  await until(async () => (await person.getJoinedRoomMembers(room)).includes(bot), 'the bot to join');
  await person.sendText(room, 'polly?');
  await until(() => heard.some((body) => body.includes('polly?')), 'the answer');
  assert.equal((await troupe.api('POST', '/api/v1/bots/parrot/stop')).status, 200);
  await until(async () => (await troupe.api('GET', '/api/v1/bots/parrot')).body.state === 'stopped', 'the bot to stop');
  await person.sendText(room, 'still there?');
  // A message of another running bot's room would be answered by now; wait for a whole round through the feed.
  await until(async () => (await troupe.api('GET', '/api/v1/bots/parrot')).body.turns.skipped >= 1, 'the skipped turn');
  assert.equal(heard.length, 1, JSON.stringify(heard));
});

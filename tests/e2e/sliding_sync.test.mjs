// Sliding sync by those who speak it: matrix-js-sdk's own SlidingSync from the first page to the logout, with its Rust
// crypto, and the requests of Element X (matrix-rust-sdk) replayed, with its three connections.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import * as sdk from 'matrix-js-sdk';
import { logger } from 'matrix-js-sdk/lib/logger.js';
import { SlidingSync, SlidingSyncEvent, SlidingSyncState } from 'matrix-js-sdk/lib/sliding-sync.js';
import { Troupe, until } from './lib/troupe.mjs';

logger.setLevel?.('error');
logger.disableAll?.();
let troupe;
const clients = [];
before(async () => { troupe = await Troupe.start(); });
after(async () => {
  for (const client of clients) client.stopClient();
  await troupe?.stop();
  setTimeout(() => process.exit(), 1000).unref(); // the crypto library keeps timers
});

const requiredState = [['m.room.create', ''], ['m.room.name', ''], ['m.room.encryption', ''], ['m.room.member', '$ME'], ['m.room.member', '$LAZY']];

/** A client with sliding sync; `answers` has what came, `errors` what went wrong. */
async function sliding(name, { window = [0, 19], timelineLimit = 1, crypto = false, account } = {}) {
  const user = account ?? await troupe.user(name);
  const client = sdk.createClient({ baseUrl: troupe.matrix, accessToken: user.token, userId: user.id, deviceId: user.device });
  clients.push(client);
  if (crypto) await client.initRustCrypto({ useIndexedDB: false });
  const lists = new Map([['all', { ranges: [window], timeline_limit: timelineLimit, required_state: requiredState, sort: ['by_recency'] }]]);
  const sync = new SlidingSync(troupe.matrix, lists, { timeline_limit: 20, required_state: requiredState }, client, 5000);
  const seen = { answers: [], errors: [] };
  sync.on(SlidingSyncEvent.Lifecycle, (state, answer, error) => {
    if (error) seen.errors.push(error);
    else if (state === SlidingSyncState.Complete) seen.answers.push(answer);
  });
  await client.startClient({ slidingSync: sync });
  await until(() => seen.answers.length > 0, `${name}'s first page`);
  return { user, client, sync, ...seen };
}

const bodies = (c, room) => (c.getRoom(room)?.getLiveTimeline().getEvents() ?? [])
  .filter((e) => e.getType() === 'm.room.message').map((e) => e.getContent().body);

test('from the first page over scrolling, sending, invites and receipts to the logout', async () => {
  const ann = await troupe.user('ann');
  const rooms = [];
  for (let i = 0; i < 25; ++i) {
    const { room_id: id } = await ann.request('POST', '/_matrix/client/v3/createRoom', { name: `Room ${i}`, preset: 'public_chat' });
    await ann.send(id, `first of ${i}`);
    rooms.unshift(id); // the newest first
  }
  const { client, sync, answers, errors } = await sliding('ann', { window: [0, 9], account: ann });
  assert.equal(sync.getListData('all').joinedCount, 25);
  assert.deepEqual(answers[0].lists.all.ops, [{ op: 'SYNC', range: [0, 9], room_ids: rooms.slice(0, 10) }]);
  assert.equal(client.getRooms().length, 10);
  assert.equal(client.getRoom(rooms[0]).name, 'Room 24');
  assert.deepEqual(bodies(client, rooms[0]), ['first of 24']);

  sync.setListRanges('all', [[0, 24]]); // scrolled
  await until(() => client.getRooms().length === 25, 'the rest of the rooms');
  await until(() => client.getRoom(rooms[24]).name === 'Room 0', 'its name');

  sync.modifyRoomSubscriptions(new Set([rooms[24]])); // opened: more of its history
  await until(() => client.getRoom(rooms[24]).getLiveTimeline().getEvents().length > 5, 'more of the timeline');

  const ben = await sliding('ben', { timelineLimit: 10 });
  assert.equal(ben.sync.getListData('all').joinedCount, 0);
  await ben.client.joinRoom(rooms[24]);
  await until(() => bodies(ben.client, rooms[24]).includes('first of 0'), 'the room at the other side');
  const sent = await client.sendTextMessage(rooms[24], 'hello ben');
  await until(() => bodies(ben.client, rooms[24]).includes('hello ben'), 'the message');
  await until(() => bodies(client, rooms[24]).includes('hello ben'), 'the echo');
  assert.equal(bodies(client, rooms[24]).filter((b) => b === 'hello ben').length, 1, 'the local echo is merged');
  await until(() => ben.client.getRoom(rooms[24]).getUnreadNotificationCount('total') > 0, 'an unread mark');

  const event = ben.client.getRoom(rooms[24]).findEventById(sent.event_id);
  await ben.client.sendReadReceipt(event);
  await until(() => ben.client.getRoom(rooms[24]).getUnreadNotificationCount('total') === 0, 'the mark to go');
  await until(() => client.getRoom(rooms[24]).hasUserReadEvent('@ben:localhost', sent.event_id), 'the receipt at the sender');
  await ben.client.sendTyping(rooms[24], true, 120_000);
  await until(() => client.getRoom(rooms[24]).getMember('@ben:localhost')?.typing, 'typing');
  await ben.client.sendTyping(rooms[24], false);
  await until(() => !client.getRoom(rooms[24]).getMember('@ben:localhost').typing, 'no typing');

  const { room_id: party } = await ben.client.createRoom({ name: 'Party', invite: ['@ann:localhost'] });
  await until(() => client.getRoom(party)?.getMyMembership() === 'invite', 'the invite');
  await until(() => client.getRoom(party).name === 'Party', 'its name');
  await client.joinRoom(party);
  await until(() => client.getRoom(party).getMyMembership() === 'join', 'the join');
  await ben.client.setRoomName(party, 'Feast');
  await until(() => client.getRoom(party).name === 'Feast', 'the new name');
  await client.setAccountData('m.direct', { '@ben:localhost': [party] });
  await until(() => client.getAccountData('m.direct')?.getContent()['@ben:localhost']?.[0] === party, 'the account data');

  // Quiet clients wait: no going round.
  await until(async () => {
    const before = answers.length; // what was done above may still be under way at first
    await new Promise((r) => setTimeout(r, 1500));
    if (answers.length - before > 2) throw new Error(`${answers.length - before} answers in 1.5 quiet seconds`);
    return true;
  }, 'a quiet client');
  assert.deepEqual(errors, []);
  assert.deepEqual(ben.errors, []);

  await client.logout(false);
  await until(() => errors.length > 0, 'the end of the sync');
  assert.equal(errors[0].errcode, 'M_UNKNOWN_TOKEN');
});

test('an encrypted talk between two clients with sliding sync', async () => {
  const eve = await sliding('eve', { crypto: true, timelineLimit: 10 });
  const fay = await sliding('fay', { crypto: true, timelineLimit: 10 });
  const { room_id: room } = await eve.client.createRoom({
    invite: ['@fay:localhost'],
    initial_state: [{ type: 'm.room.encryption', state_key: '', content: { algorithm: 'm.megolm.v1.aes-sha2' } }],
  });
  await until(() => fay.client.getRoom(room)?.getMyMembership() === 'invite', 'the invite');
  await fay.client.joinRoom(room);
  await until(() => eve.client.getRoom(room)?.getJoinedMemberCount() === 2, 'both in the room');
  await until(() => fay.client.getRoom(room)?.getMyMembership() === 'join', 'the join');
  await eve.client.sendTextMessage(room, 'the password is swordfish');
  await until(() => bodies(fay.client, room).includes('the password is swordfish'), 'the decrypted message');
  await fay.client.sendTextMessage(room, 'understood');
  await until(() => bodies(eve.client, room).includes('understood'), 'the answer, decrypted');
  assert.deepEqual([...eve.errors, ...fay.errors], []);
});

test('a restart of the server makes a client begin anew, and nothing is lost', async () => {
  const { client, errors } = await sliding('gil', { timelineLimit: 5 });
  const { room_id: room } = await client.createRoom({ name: 'Lasting' });
  await client.sendTextMessage(room, 'before');
  await until(() => bodies(client, room).includes('before'), 'the first message');
  await troupe.restart();
  await until(async () => { await client.sendTextMessage(room, 'after'); return true; }, 'the server');
  await until(() => errors.some((e) => e.errcode === 'M_UNKNOWN_POS'), 'the old position to be refused');
  await until(() => bodies(client, room).includes('after'), 'the message after the restart');
  assert.equal(bodies(client, room).filter((b) => b === 'before').length, 1);
});

/** As Element X asks (matrix-rust-sdk: room_list_service, encryption_sync_service). */
class ElementX {
  constructor(user) { this.user = user; this.pos = {}; }

  async ask(connection, body, timeout = 0) {
    const pos = this.pos[connection] ? `&pos=${encodeURIComponent(this.pos[connection])}` : '';
    const answer = await this.user.request('POST',
      `/_matrix/client/unstable/org.matrix.simplified_msc3575/sync?timeout=${timeout}${pos}`, { conn_id: connection, ...body });
    this.pos[connection] = answer.pos;
    return answer;
  }

  roomList(range, { subscriptions = {}, timeout } = {}) {
    const state = [['m.room.name', ''], ['m.room.encryption', ''], ['m.room.member', '$LAZY'], ['m.room.member', '$ME'],
      ['m.room.topic', ''], ['m.room.canonical_alias', ''], ['m.room.power_levels', ''],
      ['org.matrix.msc3401.call.member', '*'], ['m.room.join_rules', ''], ['m.room.create', ''], ['m.room.history_visibility', ''],
      ['io.element.functional_members', ''], ['m.space.parent', '*'], ['m.space.child', '*']];
    return this.ask('room-list', {
      lists: { all_rooms: { ranges: [range], timeline_limit: 1, required_state: state, filters: { not_room_types: [] } } },
      room_subscriptions: Object.fromEntries(Object.entries(subscriptions).map(([room, limit]) => [room, { timeline_limit: limit, required_state: [...state, ['m.room.pinned_events', '']] }])),
      extensions: { account_data: { enabled: true }, receipts: { enabled: true, rooms: ['*'] }, typing: { enabled: true } },
    }, timeout);
  }

  async encryption(timeout) {
    const answer = await this.ask('encryption', { extensions: { e2ee: { enabled: true }, to_device: { enabled: true, since: this.since } } }, timeout);
    this.since = answer.extensions.to_device.next_batch;
    return answer;
  }
}

test('Element X: a growing list, subscriptions, and a connection of its own for keys', async () => {
  const versions = await (await fetch(`${troupe.matrix}/_matrix/client/versions`)).json();
  assert.equal(versions.unstable_features['org.matrix.simplified_msc3575'], true);
  const hal = await troupe.user('hal');
  const ida = await troupe.user('ida');
  const rooms = [];
  for (let i = 0; i < 30; ++i) rooms.unshift((await hal.request('POST', '/_matrix/client/v3/createRoom', { name: `R${i}`, preset: 'public_chat' })).room_id);
  const app = new ElementX(hal);
  let answer = await app.roomList([0, 19]);
  assert.equal(answer.lists.all_rooms.count, 30);
  assert.equal(Object.keys(answer.rooms).length, 20);
  assert.ok(answer.extensions.account_data.global.some((e) => e.type === 'm.push_rules'));
  answer = await app.roomList([0, 29], { timeout: 30_000 });
  assert.equal(Object.keys(answer.rooms).length, 10);
  assert.ok(Object.values(answer.rooms).every((room) => room.initial && Number.isInteger(room.bump_stamp)));
  const keys = await app.encryption();
  assert.equal(keys.extensions.e2ee.device_one_time_keys_count.signed_curve25519, 0);
  assert.deepEqual(keys.rooms, {});

  answer = await app.roomList([0, 29], { subscriptions: { [rooms[29]]: 20 }, timeout: 30_000 });
  assert.equal(answer.rooms[rooms[29]].unstable_expanded_timeline, true);
  assert.ok(answer.rooms[rooms[29]].timeline.length > 1);

  // The list waits, and the keys' connection with it; each hears its own.
  const list = app.roomList([0, 29], { subscriptions: { [rooms[29]]: 20 }, timeout: 30_000 });
  const waiting = app.encryption(30_000);
  await ida.request('PUT', '/_matrix/client/v3/sendToDevice/m.test/1', { messages: { [hal.id]: { [hal.device]: { secret: 1 } } } });
  const heard = await waiting;
  assert.equal(heard.extensions.to_device.events[0].content.secret, 1);
  await ida.request('POST', `/_matrix/client/v3/rooms/${rooms[7]}/join`, {});
  answer = await list;
  assert.equal(answer.rooms[rooms[7]].joined_count, 2);
  assert.equal(answer.lists.all_rooms.ops[0].room_ids[0], rooms[7]);
  assert.deepEqual((await app.encryption()).extensions.to_device.events, []);
});

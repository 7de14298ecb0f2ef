// matrix-js-sdk with its Rust crypto, the library under Element: two clients exchange an encrypted message.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import * as sdk from 'matrix-js-sdk';
import { logger } from 'matrix-js-sdk/lib/logger.js';
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

async function client(name, { crypto = false } = {}) {
  const user = await troupe.user(name);
  const made = sdk.createClient({ baseUrl: troupe.matrix, accessToken: user.token, userId: user.id, deviceId: user.device });
  clients.push(made);
  if (crypto) await made.initRustCrypto({ useIndexedDB: false });
  await made.startClient({ initialSyncLimit: 20 });
  await until(() => made.isInitialSyncComplete(), `${name}'s first sync`);
  return made;
}

const bodies = (c, room) => (c.getRoom(room)?.getLiveTimeline().getEvents() ?? [])
  .filter((e) => e.getType() === 'm.room.message').map((e) => e.getContent().body);

test('rooms, invites, names, receipts and read state, unencrypted', async () => {
  const anna = await client('anna');
  const ben = await client('ben');
  const { room_id: room } = await anna.createRoom({ name: 'Garden', invite: ['@ben:localhost'] });
  await until(() => ben.getRoom(room)?.getMyMembership() === 'invite', 'the invite');
  assert.equal(ben.getRoom(room).name, 'Garden');
  await ben.joinRoom(room);
  await until(() => anna.getRoom(room)?.getJoinedMemberCount() === 2, 'both in the room');
  await anna.sendTextMessage(room, 'tomatoes');
  await until(() => bodies(ben, room).includes('tomatoes'), 'the message');
  await until(() => ben.getRoom(room).getUnreadNotificationCount('total') === 1, 'one unread');
  const event = ben.getRoom(room).getLiveTimeline().getEvents().at(-1);
  await ben.sendReadReceipt(event);
  await until(() => ben.getRoom(room).getUnreadNotificationCount('total') === 0, 'none unread');
  await until(() => anna.getRoom(room).hasUserReadEvent('@ben:localhost', event.getId()), 'the receipt at the sender');
  assert.equal(bodies(anna, room).filter((b) => b === 'tomatoes').length, 1, 'the local echo is merged');
  await ben.sendTyping(room, true, 120_000);
  await until(() => anna.getRoom(room).getMember('@ben:localhost')?.typing, 'typing');
  await ben.sendTyping(room, false);
  await until(() => !anna.getRoom(room).getMember('@ben:localhost')?.typing, 'typing no more');
  await anna.sendTextMessage(room, 'Ben, look');
  await until(() => ben.getRoom(room).getUnreadNotificationCount('highlight') === 1, 'his name in a message highlights it');
  await anna.setRoomTopic(room, 'Vegetables');
  await until(() => ben.getRoom(room).currentState.getStateEvents('m.room.topic', '')?.getContent().topic === 'Vegetables', 'the topic');
});

test('an edit, a reaction, a thread and a redaction reach the other side', async () => {
  const cora = await client('cora');
  const dan = await client('dan');
  const { room_id: room } = await cora.createRoom({ invite: ['@dan:localhost'] });
  await until(() => dan.getRoom(room), 'the invite');
  await dan.joinRoom(room);
  const { event_id: root } = await cora.sendTextMessage(room, 'firts');
  await until(() => dan.getRoom(room)?.findEventById(root), 'the message');
  await cora.sendEvent(room, 'm.room.message', { msgtype: 'm.text', body: '* first',
    'm.new_content': { msgtype: 'm.text', body: 'first' }, 'm.relates_to': { rel_type: 'm.replace', event_id: root } });
  await until(() => dan.getRoom(room).findEventById(root).getContent().body === 'first', 'the edit');
  await dan.sendEvent(room, 'm.reaction', { 'm.relates_to': { rel_type: 'm.annotation', event_id: root, key: '👍' } });
  const { chunk } = await until(async () => {
    const found = await cora.fetchRelations(room, root, 'm.annotation', 'm.reaction', { dir: 'b' });
    return found.chunk.length ? found : null;
  }, 'the reaction');
  assert.equal(chunk[0].content['m.relates_to'].key, '👍');
  await dan.sendEvent(room, 'm.room.message', { msgtype: 'm.text', body: 'in thread',
    'm.relates_to': { rel_type: 'm.thread', event_id: root } });
  const fetched = await until(async () => {
    const event = await cora.fetchRoomEvent(room, root);
    return event.unsigned?.['m.relations']?.['m.thread'] ? event : null;
  }, 'the bundled thread');
  assert.equal(fetched.unsigned['m.relations']['m.thread'].count, 1);
  await cora.redactEvent(room, root);
  await until(() => dan.getRoom(room).findEventById(root).isRedacted(), 'the redaction');
});

test('two clients with Rust crypto exchange an encrypted message', async () => {
  const eve = await client('eve', { crypto: true });
  const fay = await client('fay', { crypto: true });
  for (const [c, name] of [[eve, 'eve'], [fay, 'fay']]) {
    await c.getCrypto().bootstrapCrossSigning({
      authUploadDeviceSigningKeys: (makeRequest) => makeRequest({
        type: 'm.login.password', identifier: { type: 'm.id.user', user: name }, password: `password-of-${name}` }),
    });
    assert.equal(await c.getCrypto().isCrossSigningReady(), true);
  }
  const { room_id: room } = await eve.createRoom({
    invite: ['@fay:localhost'],
    initial_state: [{ type: 'm.room.encryption', state_key: '', content: { algorithm: 'm.megolm.v1.aes-sha2' } }],
  });
  await until(() => fay.getRoom(room)?.getMyMembership() === 'invite', 'the invite');
  await fay.joinRoom(room);
  await until(() => eve.getRoom(room)?.getJoinedMemberCount() === 2, 'both in the room');
  await eve.sendTextMessage(room, 'the password is swordfish');
  await until(() => bodies(fay, room).includes('the password is swordfish'), 'the decrypted message', 60_000);
  await fay.sendTextMessage(room, 'understood');
  await until(() => bodies(eve, room).includes('understood'), 'the answer, decrypted', 60_000);
  const stored = await (await fetch(`${troupe.matrix}/_matrix/client/v3/rooms/${encodeURIComponent(room)}/messages?dir=b&limit=50`,
    { headers: { authorization: `Bearer ${eve.getAccessToken()}` } })).json();
  assert.equal(JSON.stringify(stored).includes('swordfish'), false, 'the server never sees the text');
  assert.ok(stored.chunk.some((e) => e.type === 'm.room.encrypted'));
});

test('media by the authenticated endpoints, and a profile picture', async () => {
  const gus = await client('gus');
  const { content_uri: uri } = await gus.uploadContent(Buffer.from('hello, file'), { name: 'a.txt', type: 'text/plain' });
  const url = gus.mxcUrlToHttp(uri, undefined, undefined, undefined, false, true, true);
  const back = await fetch(url, { headers: { authorization: `Bearer ${gus.getAccessToken()}` } });
  assert.equal(await back.text(), 'hello, file');
  assert.match(back.headers.get('content-type'), /^text\/plain/);
  await gus.setAvatarUrl(uri);
  assert.equal((await gus.getProfileInfo('@gus:localhost')).avatar_url, uri);
});

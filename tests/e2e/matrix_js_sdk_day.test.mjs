// matrix-js-sdk with its Rust crypto: a person's whole working day, from the registration to the logout everywhere.
// Key backup and a second sign-in that restores it: matrix_key_backup; sliding sync: sliding_sync.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import * as sdk from 'matrix-js-sdk';
import { CryptoEvent, VerificationPhase, VerifierEvent } from 'matrix-js-sdk/lib/crypto-api/index.js';
import { sdkClient, stopClients } from './lib/js_sdk.mjs';
import { Troupe, until } from './lib/troupe.mjs';

let troupe;
before(async () => { troupe = await Troupe.start({ env: { TROUPE_REGISTRATION: 'open' } }); });
after(() => stopClients(troupe));

const started = ({ user_id: id, access_token: token, device_id: device }) => sdkClient(troupe, { id, token, device });
const nobody = () => sdk.createClient({ baseUrl: troupe.matrix });
const passwordOf = (name) => `a password of ${name}`;
const register = async (name) => started(await nobody().registerRequest({
  username: name, password: passwordOf(name), auth: { type: 'm.login.dummy' }, initial_device_display_name: `${name}'s first` }));
const logIn = async (name) => started(await nobody().loginRequest({
  type: 'm.login.password', identifier: { type: 'm.id.user', user: name }, password: passwordOf(name), initial_device_display_name: `${name}'s second` }));

const events = (client, room) => client.getRoom(room)?.getLiveTimeline().getEvents() ?? [];
const heard = (client, room, body) => events(client, room).find((e) => e.getType() === 'm.room.message' && e.getContent().body === body);
const find = (client, room, id) => client.getRoom(room)?.findEventById(id);

/** One's other device is asked, both show the same emoji, both say so. */
async function verify(one, other) {
  const asked = new Promise((r) => other.once(CryptoEvent.VerificationRequestReceived, r));
  const request = await one.getCrypto().requestDeviceVerification(other.getUserId(), other.getDeviceId());
  const received = await asked;
  await received.accept();
  await until(() => request.phase === VerificationPhase.Ready, 'the other device to be ready');
  const shown = [];
  const follow = (verifier) => {
    const sas = new Promise((r) => verifier.once(VerifierEvent.ShowSas, r));
    const done = verifier.verify();
    return sas.then(async (callbacks) => {
      shown.push(callbacks.sas.emoji);
      await until(() => shown.length === 2, 'both to show their emoji');
      assert.deepEqual(shown[0], shown[1]);
      await callbacks.confirm();
      await done;
    });
  };
  const first = follow(await request.startVerification('m.sas.v1'));
  const second = follow(await until(() => received.verifier, 'the verification to begin'));
  await Promise.all([first, second]);
  await until(() => request.phase === VerificationPhase.Done && received.phase === VerificationPhase.Done, 'both to be done');
}

test('a working day', async (t) => {
  let phone, laptop, ben, kitchen;

  await t.test('register, and log in twice', async () => {
    phone = await register('anna');
    ben = await register('ben');
    await phone.getCrypto().bootstrapCrossSigning({ authUploadDeviceSigningKeys: (makeRequest) => makeRequest({
      type: 'm.login.password', identifier: { type: 'm.id.user', user: 'anna' }, password: passwordOf('anna') }) });
    laptop = await logIn('anna');
    await assert.rejects(nobody().loginRequest({ type: 'm.login.password', identifier: { type: 'm.id.user', user: 'anna' }, password: 'wrong' }),
      (error) => error.errcode === 'M_FORBIDDEN');
    const { devices } = await phone.getDevices();
    assert.deepEqual(devices.map((d) => d.display_name).sort(), ["anna's first", "anna's second"]);
    await phone.setDeviceDetails(laptop.getDeviceId(), { display_name: 'The laptop' });
  });

  await t.test('the new device is verified by emoji', async () => {
    await until(async () => (await phone.getCrypto().getUserDeviceInfo(['@anna:localhost'], true)).get('@anna:localhost')?.has(laptop.getDeviceId()), 'the laptop to be known');
    await until(async () => (await laptop.getCrypto().getUserDeviceInfo(['@anna:localhost'], true)).get('@anna:localhost')?.has(phone.getDeviceId()), 'the phone to be known');
    await verify(phone, laptop);
    await until(async () => (await phone.getCrypto().getDeviceVerificationStatus('@anna:localhost', laptop.getDeviceId()))?.isVerified(), 'the laptop to count as verified');
    await until(async () => (await laptop.getCrypto().getDeviceVerificationStatus('@anna:localhost', phone.getDeviceId()))?.isVerified(), 'the phone to count as verified');
  });

  await t.test('an encrypted room, both ways, on all devices', async () => {
    ({ room_id: kitchen } = await phone.createRoom({ name: 'Kitchen', invite: ['@ben:localhost'],
      initial_state: [{ type: 'm.room.encryption', state_key: '', content: { algorithm: 'm.megolm.v1.aes-sha2' } }] }));
    await until(() => ben.getRoom(kitchen)?.getMyMembership() === 'invite', 'the invite');
    await ben.joinRoom(kitchen);
    await until(() => phone.getRoom(kitchen)?.getJoinedMemberCount() === 2, 'both in the room');
    await phone.sendTextMessage(kitchen, 'the password is swordfish');
    for (const client of [ben, laptop]) await until(() => heard(client, kitchen, 'the password is swordfish'), 'the message, decrypted');
    await ben.sendTextMessage(kitchen, 'understood');
    for (const client of [phone, laptop]) await until(() => heard(client, kitchen, 'understood'), 'the answer, decrypted');
  });

  await t.test('media', async () => {
    const bytes = Buffer.from(Array.from({ length: 70_000 }, (_, i) => (i * 7919) % 256));
    const { content_uri: url } = await phone.uploadContent(bytes, { name: 'noise.bin', type: 'application/octet-stream' });
    await phone.sendMessage(kitchen, { msgtype: 'm.file', body: 'noise.bin', url });
    const event = await until(() => heard(ben, kitchen, 'noise.bin'), 'the file');
    const back = await fetch(ben.mxcUrlToHttp(event.getContent().url, undefined, undefined, undefined, false, true, true),
      { headers: { authorization: `Bearer ${ben.getAccessToken()}` } });
    assert.ok(bytes.equals(Buffer.from(await back.arrayBuffer())));
  });

  await t.test('threads, reactions, edits, redactions', async () => {
    const { event_id: root } = await phone.sendTextMessage(kitchen, 'firts');
    await until(() => heard(ben, kitchen, 'firts'), 'the message');
    await until(() => find(phone, kitchen, root)?.status === null, 'its echo');
    await phone.sendMessage(kitchen, { msgtype: 'm.text', body: '* first', 'm.new_content': { msgtype: 'm.text', body: 'first' },
      'm.relates_to': { rel_type: 'm.replace', event_id: root } });
    await until(() => find(ben, kitchen, root).getContent().body === 'first', 'the edit');
    const { event_id: reaction } = await ben.sendEvent(kitchen, 'm.reaction', { 'm.relates_to': { rel_type: 'm.annotation', event_id: root, key: '👍' } });
    await until(() => find(ben, kitchen, reaction)?.status === null, 'its echo');
    await until(async () => (await phone.fetchRelations(kitchen, root, 'm.annotation', 'm.reaction', { dir: 'b' })).chunk[0]?.event_id === reaction, 'the reaction');
    await ben.sendMessage(kitchen, { msgtype: 'm.text', body: 'in thread', 'm.relates_to': { rel_type: 'm.thread', event_id: root } });
    await until(() => heard(phone, kitchen, 'in thread'), 'the threaded message, decrypted');
    const fetched = await phone.fetchRoomEvent(kitchen, root);
    assert.equal(fetched.unsigned['m.relations']['m.thread'].count, 1);
    await ben.redactEvent(kitchen, reaction);
    await until(async () => (await phone.fetchRelations(kitchen, root, 'm.annotation', 'm.reaction', { dir: 'b' })).chunk.length === 0, 'the redaction');
  });

  await t.test('search', async () => {
    const { room_id: garden } = await phone.createRoom({ name: 'Garden', invite: ['@ben:localhost'] });
    await until(() => ben.getRoom(garden), 'the invite');
    await ben.joinRoom(garden);
    const { event_id: said } = await ben.sendTextMessage(garden, 'the tomatoes are ripe');
    await until(async () => (await phone.searchMessageText({ query: 'tomatoes' })).search_categories.room_events.results
      .some(({ result }) => result.event_id === said), 'the message to be found');
  });

  await t.test('push rules change, and the other device hears of it', async () => {
    await phone.addPushRule('global', 'content', 'vegetables', { pattern: 'tomato*', actions: ['notify', { set_tweak: 'highlight' }] });
    const known = () => laptop.pushRules?.global.content?.find((rule) => rule.rule_id === 'vegetables');
    await until(() => known()?.enabled, 'the new rule');
    await phone.setPushRuleActions('global', 'content', 'vegetables', ['notify']);
    await phone.setPushRuleEnabled('global', 'content', 'vegetables', false);
    await until(() => known()?.enabled === false && known().actions.length === 1, 'the changed rule');
    await phone.deletePushRule('global', 'content', 'vegetables');
    await until(() => !known(), 'the rule to go');
  });

  await t.test('an upgrade, and a space around the new room', async () => {
    const { room_id: old } = await phone.createRoom({ name: 'Shed', room_version: '10', invite: ['@ben:localhost'] });
    await until(() => ben.getRoom(old), 'the invite');
    await ben.joinRoom(old);
    const { replacement_room: shed } = await phone.upgradeRoom(old, '12');
    await until(() => ben.getRoom(old).currentState.getStateEvents('m.room.tombstone', '')?.getContent().replacement_room === shed, 'the tombstone');
    await until(() => phone.getRoom(shed)?.getVersion() === '12', 'the new room');
    assert.equal(phone.getRoom(shed).findPredecessor().roomId, old);
    const { room_id: house } = await phone.createRoom({ name: 'House', creation_content: { type: 'm.space' } });
    await phone.sendStateEvent(house, 'm.space.child', { via: ['localhost'] }, shed);
    await until(() => phone.getRoom(house)?.isSpaceRoom(), 'the space');
    const { rooms } = await phone.getRoomHierarchy(house);
    assert.deepEqual(rooms.map((room) => room.room_id), [house, shed]);
  });

  await t.test('logout everywhere', async () => {
    const ended = [phone, laptop].map((client) => new Promise((r) => client.once(sdk.HttpApiEvent.SessionLoggedOut, r)));
    const answer = await fetch(`${troupe.matrix}/_matrix/client/v3/logout/all`, { method: 'POST', headers: { authorization: `Bearer ${laptop.getAccessToken()}` } });
    assert.equal(answer.status, 200);
    for (const error of await Promise.all(ended)) assert.equal(error.errcode, 'M_UNKNOWN_TOKEN');
    assert.equal((await ben.whoami()).user_id, '@ben:localhost', 'the other person stays');
  });
});

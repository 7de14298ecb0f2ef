// matrix-js-sdk with its Rust crypto and a dehydrated device: what was said while nobody was signed in is read later.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { sdkClient, stopClients } from './lib/js_sdk.mjs';
import { MatrixUser, Troupe, until } from './lib/troupe.mjs';

let troupe;
before(async () => { troupe = await Troupe.start(); });
after(() => stopClients(troupe));

const client = (user, cryptoCallbacks) => sdkClient(troupe, user, { cryptoCallbacks });

const bodies = (c, room) => (c.getRoom(room)?.getLiveTimeline().getEvents() ?? [])
  .filter((e) => e.getType() === 'm.room.message').map((e) => e.getContent().body);

test('a new device reads what was said while its owner was signed in nowhere', async () => {
  const phone = await troupe.user('eva');
  let recovery;
  const callbacks = { getSecretStorageKey: async ({ keys }) => [Object.keys(keys)[0], recovery.privateKey] };
  const byPassword = (makeRequest) => makeRequest({
    type: 'm.login.password', identifier: { type: 'm.id.user', user: 'eva' }, password: 'password-of-eva' });
  const one = await client(phone, callbacks);
  const first = one.getCrypto();
  assert.ok(await first.isDehydrationSupported());
  await first.bootstrapCrossSigning({ authUploadDeviceSigningKeys: byPassword });
  await first.bootstrapSecretStorage({
    createSecretStorageKey: async () => { recovery = await first.createRecoveryKeyFromPassphrase(); return recovery; },
    setupNewSecretStorage: true });
  await first.startDehydration();
  const { devices } = await phone.request('GET', '/_matrix/client/v3/devices');
  const dry = devices.find((device) => device.dehydrated);
  assert.ok(dry, JSON.stringify(devices));

  const friend = await troupe.user('fred');
  const two = await client(friend);
  const { room_id: room } = await two.createRoom({ invite: [phone.id],
    initial_state: [{ type: 'm.room.encryption', state_key: '', content: { algorithm: 'm.megolm.v1.aes-sha2' } }] });
  await phone.join(room);
  await until(() => two.getRoom(room)?.getMember(phone.id)?.membership === 'join', 'her joining');
  await until(async () => (await two.getCrypto().getUserDeviceInfo([phone.id], true)).get(phone.id)?.has(dry.device_id), 'her dehydrated device');
  await one.logout(true);
  await two.sendTextMessage(room, 'while you were out');

  const laptop = await MatrixUser.login(troupe.matrix, 'eva', 'password-of-eva');
  const three = await client(laptop, callbacks);
  const second = three.getCrypto();
  assert.ok(await second.userHasCrossSigningKeys(laptop.id, true));
  await second.bootstrapCrossSigning({});
  await second.startDehydration();
  await until(() => bodies(three, room).includes('while you were out'), 'the message, decrypted', 60_000);
  const now = (await phone.raw('GET', '/_matrix/client/v3/devices')).status;
  assert.equal(now, 401, 'the phone is signed out');
  const after = (await laptop.request('GET', '/_matrix/client/v3/devices')).devices.filter((device) => device.dehydrated);
  assert.equal(after.length, 1);
  assert.notEqual(after[0].device_id, dry.device_id, 'the new device has made another');
  await three.logout(true);
});

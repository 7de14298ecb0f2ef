// matrix-js-sdk with its Rust crypto: what a person does who signs in on a second device. Cross-signing, secret storage,
// the backup of room keys and its restoration, fallback keys, a reset that asks for the password, and the device's end.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { sdkClient, stopClients } from './lib/js_sdk.mjs';
import { MatrixUser, Troupe, until } from './lib/troupe.mjs';

let troupe;
before(async () => { troupe = await Troupe.start(); });
after(() => stopClients(troupe));

const bodies = (c, room) => (c.getRoom(room)?.getLiveTimeline().getEvents() ?? [])
  .filter((e) => e.getType() === 'm.room.message').map((e) => e.getContent().body);

const client = (user, cryptoCallbacks) => sdkClient(troupe, user, { cryptoCallbacks });

async function asked(user, method, path, body) {
  const answer = await fetch(`${troupe.matrix}/_matrix/client/v3${path}`, {
    method, headers: { authorization: `Bearer ${user.token}` }, body: body && JSON.stringify(body) });
  return answer.json();
}

test('a second device verifies itself by secret storage and restores the backup', async () => {
  const phone = await troupe.user('hal');
  let recovery;
  const callbacks = { getSecretStorageKey: async ({ keys }) => [Object.keys(keys)[0], recovery.privateKey] };
  const byPassword = (makeRequest) => makeRequest({
    type: 'm.login.password', identifier: { type: 'm.id.user', user: 'hal' }, password: 'password-of-hal' });

  const one = await client(phone, callbacks);
  const first = one.getCrypto();
  await first.bootstrapCrossSigning({ authUploadDeviceSigningKeys: byPassword });
  await first.bootstrapSecretStorage({
    createSecretStorageKey: async () => { recovery = await first.createRecoveryKeyFromPassphrase(); return recovery; },
    setupNewKeyBackup: true, setupNewSecretStorage: true });
  assert.ok(await first.checkKeyBackupAndEnable());
  const { room_id: room } = await one.createRoom({
    initial_state: [{ type: 'm.room.encryption', state_key: '', content: { algorithm: 'm.megolm.v1.aes-sha2' } }] });
  await until(() => one.getRoom(room), 'the room');
  await one.sendTextMessage(room, 'before the second device');
  await until(async () => (await asked(phone, 'GET', '/room_keys/version')).count > 0, 'a key in the backup', 60_000);

  const laptop = await MatrixUser.login(troupe.matrix, 'hal', 'password-of-hal');
  const two = await client(laptop, callbacks);
  const second = two.getCrypto();
  assert.ok(await second.userHasCrossSigningKeys(laptop.id, true)); // fetches them: the import needs them
  await second.bootstrapCrossSigning({});
  for (const crypto of [first, second]) {
    await until(async () => (await crypto.getDeviceVerificationStatus(laptop.id, laptop.device))?.crossSigningVerified,
      'the second device to count as verified');
  }
  await second.loadSessionBackupPrivateKeyFromSecretStorage();
  assert.equal((await second.restoreKeyBackup()).imported, 1);
  await until(() => bodies(two, room).includes('before the second device'), 'the history, decrypted', 60_000);

  // More claims than there are one-time keys: the fallback key answers.
  const claim = { one_time_keys: { [phone.id]: { [phone.device]: 'signed_curve25519' } } };
  for (let i = 0; i < 60; i += 1) {
    const given = (await asked(laptop, 'POST', '/keys/claim', claim)).one_time_keys;
    assert.equal(Object.keys(given[phone.id][phone.device]).length, 1, `claim ${i}`);
  }
  await one.sendTextMessage(room, 'after');
  await until(() => bodies(two, room).includes('after'), 'the new message, decrypted', 60_000);

  await first.resetEncryption(byPassword);
  await two.logout(true);
  await until(async () => !(await first.getUserDeviceInfo([phone.id], true)).get(phone.id).has(laptop.device),
    'the first device to learn that the second is gone');
});

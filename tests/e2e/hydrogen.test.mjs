// Hydrogen in a real Chromium, a client that is not Element's kin in its code: a person signs in, reads, writes, is invited,
// talks encrypted with somebody who uses matrix-js-sdk, comes back after a reload, and signs out.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import * as sdk from 'matrix-js-sdk';
import { logger } from 'matrix-js-sdk/lib/logger.js';
import { Browser } from './lib/browser.mjs';
import { serveHydrogen } from './lib/hydrogen.mjs';
import { MatrixUser, Troupe, until } from './lib/troupe.mjs';

logger.setLevel?.('error');
logger.disableAll?.();
let troupe, browser, hydrogen, page, ben, crypto;
before(async () => {
  troupe = await Troupe.start();
  browser = await Browser.start();
  hydrogen = await serveHydrogen(troupe.matrix);
  ben = await troupe.user('ben');
  await troupe.user('ida');
  page = await browser.open({ base: hydrogen.url });
});
after(async () => {
  crypto?.stopClient();
  await browser?.stop();
  await hydrogen?.stop();
  await troupe?.stop();
  setTimeout(() => process.exit(), 1000).unref(); // the crypto library keeps timers
});

const roomInList = (name) => page.locator('.RoomList li', { hasText: name });
const message = (text) => page.locator('.Timeline_messageBody', { hasText: text });
const say = async (text) => {
  await page.locator('.MessageComposer_input textarea').fill(text);
  await page.keyboard.press('Enter');
};
const texts = async (user, room) => (await user.history(room)).map((event) => event.content.body);

test('a working day in Hydrogen', async (t) => {
  let garden;

  await t.test('sign in, and see the rooms and what was said', async () => {
    garden = await ben.createRoom({ name: 'Garden', preset: 'public_chat' });
    const ida = await MatrixUser.login(troupe.matrix, 'ida', 'password-of-ida');
    await ida.join(garden);
    await ben.send(garden, 'the tomatoes are ripe');
    await page.goto(hydrogen.url);
    await page.locator('#username').fill('ida');
    await page.locator('#password').fill('password-of-ida');
    await page.locator('.PasswordLoginView button[type=submit]').click();
    await roomInList('Garden').click();
    await message('the tomatoes are ripe').waitFor();
  });

  await t.test('write, and hear the answer', async () => {
    await say('I come at once');
    await until(async () => (await texts(ben, garden)).includes('I come at once'), 'the message at the other side');
    await message('I come at once').waitFor();
    await ben.send(garden, 'bring a basket');
    await message('bring a basket').waitFor();
    assert.equal(await message('I come at once').count(), 1, 'the local echo is merged');
  });

  await t.test('an edit, a reaction and a redaction are shown', async () => {
    const said = await ben.send(garden, 'a rde one');
    await message('a rde one').waitFor();
    const path = `/_matrix/client/v3/rooms/${encodeURIComponent(garden)}`;
    await ben.request('PUT', `${path}/send/m.reaction/r1`, { 'm.relates_to': { rel_type: 'm.annotation', event_id: said, key: '👍' } });
    await page.locator('.Timeline_messageReactions', { hasText: '👍' }).waitFor();
    await ben.request('PUT', `${path}/redact/${encodeURIComponent(said)}/d1`, {});
    await message('a rde one').waitFor({ state: 'detached' });
  });

  await t.test('an invite to an encrypted room, and a talk there', async () => {
    crypto = sdk.createClient({ baseUrl: troupe.matrix, accessToken: ben.token, userId: ben.id, deviceId: ben.device });
    await crypto.initRustCrypto({ useIndexedDB: false });
    await crypto.startClient({ initialSyncLimit: 20 });
    await until(() => crypto.isInitialSyncComplete(), 'the first sync');
    const { room_id: cellar } = await crypto.createRoom({ name: 'Cellar', invite: ['@ida:localhost'],
      initial_state: [{ type: 'm.room.encryption', state_key: '', content: { algorithm: 'm.megolm.v1.aes-sha2' } }] });
    await roomInList('Cellar').click();
    await page.locator('.InviteView').getByRole('button', { name: 'Accept' }).click();
    await until(() => crypto.getRoom(cellar)?.getJoinedMemberCount() === 2, 'both in the room');
    await page.getByPlaceholder('Send an encrypted message…').waitFor();
    await crypto.sendTextMessage(cellar, 'the password is swordfish');
    await message('the password is swordfish').waitFor();
    await say('understood');
    await until(() => crypto.getRoom(cellar).getLiveTimeline().getEvents().some((event) => event.getContent().body === 'understood'), 'the answer, decrypted');
    assert.equal(JSON.stringify(await ben.messages(cellar)).includes('swordfish'), false, 'the server never sees the text');
  });

  await t.test('everything is there after a reload', async () => {
    await page.reload();
    await roomInList('Cellar').click();
    await message('the password is swordfish').waitFor();
    await roomInList('Garden').click();
    await message('bring a basket').waitFor();
  });

  await t.test('sign out', async () => {
    const ida = await MatrixUser.login(troupe.matrix, 'ida', 'password-of-ida');
    const devices = async () => (await ida.request('GET', '/_matrix/client/v3/devices')).devices.length;
    const were = await devices();
    await page.locator('.utilities .settings').click();
    await page.getByRole('button', { name: 'Log out' }).click();
    await page.locator('.LogoutScreen').getByRole('button', { name: 'Log out' }).click();
    await until(async () => (await devices()) === were - 1, 'its device to be gone');
  });
});

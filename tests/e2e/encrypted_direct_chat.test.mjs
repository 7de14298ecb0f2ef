// What Element does when a person starts a chat with a bot: an encrypted direct chat, here with matrix-js-sdk's Rust
// crypto. The bot answers encrypted, from a device that its owner has signed, and nothing plain is in the room.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { sdkClient, stopClients } from './lib/js_sdk.mjs';
import { Troupe, until } from './lib/troupe.mjs';

let troupe;
before(async () => { troupe = await Troupe.start(); });
after(() => stopClients(troupe));

const client = (user) => sdkClient(troupe, user);
const saidBy = (c, room, sender) => (c.getRoom(room)?.getLiveTimeline().getEvents() ?? [])
  .filter((e) => e.getSender() === sender && !e.isState());

test('a bot answers in an encrypted direct chat', async () => {
  const anna = await client(await troupe.user('anna'));
  const made = await troupe.api('POST', '/api/v1/bots', { bot_id: 'helper', brain: { kind: 'echo' } });
  assert.equal(made.status, 201, JSON.stringify(made.body));
  assert.equal((await troupe.api('POST', '/api/v1/bots/helper/start')).status, 200);
  const bot = made.body.bot.user_id;
  const { room_id: room } = await anna.createRoom({ preset: 'trusted_private_chat', is_direct: true, invite: [bot],
    initial_state: [{ type: 'm.room.encryption', state_key: '', content: { algorithm: 'm.megolm.v1.aes-sha2' } }] });
  await until(() => anna.getRoom(room)?.getMember(bot)?.membership === 'join', 'the bot', 60_000);
  for (const text of ['hello', 'hello again']) {
    await anna.sendTextMessage(room, text);
    await until(() => saidBy(anna, room, bot).some((e) => e.getContent().body === text), `the answer to ${text}`, 60_000);
  }
  assert.deepEqual([...new Set(saidBy(anna, room, bot).map((e) => e.getWireType()))], ['m.room.encrypted']);
  const crypto = anna.getCrypto();
  const devices = (await crypto.getUserDeviceInfo([bot], true)).get(bot);
  assert.equal(devices.size, 1);
  const [device] = devices.keys();
  assert.ok((await crypto.getDeviceVerificationStatus(bot, device)).signedByOwner);
  const shown = await crypto.getEncryptionInfoForEvent(saidBy(anna, room, bot)[0]);
  assert.equal(shown.shieldColour, 0, 'the client warns of nothing');
  // With the bot goes its device: nobody encrypts for what nobody has the keys of.
  const gone = await troupe.api('DELETE', '/api/v1/bots/helper?confirm=helper');
  assert.ok(gone.status < 300, JSON.stringify(gone));
  const published = async () => Object.keys((await anna.downloadKeysForUsers([bot])).device_keys[bot] ?? {});
  await until(async () => (await published()).length === 0, 'the device to go', 60_000);
});

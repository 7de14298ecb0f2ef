// The further day of a person and an encrypted bot, with matrix-js-sdk's Rust crypto: a second device, a server that is
// killed, a key that never comes, somebody who leaves, a picture. At its end nothing plain of the bot is in any room.
import assert from 'node:assert/strict';
import { createCipheriv, createHash, randomBytes } from 'node:crypto';
import { after, before, test } from 'node:test';
import * as sdk from 'matrix-js-sdk';
import { clockedServer } from './lib/clocked.mjs';
import { OpenAi } from './lib/openai.mjs';
import { sdkClient, stopClients } from './lib/js_sdk.mjs';
import { MatrixUser, until } from './lib/troupe.mjs';

const kLong = 120_000;
let server;
let troupe;
let model;
let annaUser;
let anna;
let room; // anna's direct chat with the bot
const bot = '@bot_helper:localhost';
const rooms = [];

before(async () => {
  server = await clockedServer();
  ({ troupe } = server);
  model = await OpenAi.start();
  annaUser = await troupe.user('anna');
  anna = await client(annaUser);
  await running('helper', { kind: 'echo' });
  room = await encryptedRoom(anna, [bot]);
});
after(() => stopClients(server, model));

const client = (user) => sdkClient(troupe, user);
async function running(bot_id, brain) {
  const made = await troupe.api('POST', '/api/v1/bots', { bot_id, brain });
  assert.equal(made.status, 201, JSON.stringify(made.body));
  assert.equal((await troupe.api('POST', `/api/v1/bots/${bot_id}/start`)).status, 200);
}
async function encryptedRoom(by, invite) {
  const { room_id } = await by.createRoom({ preset: 'trusted_private_chat', is_direct: invite.length === 1, invite,
    initial_state: [{ type: 'm.room.encryption', state_key: '', content: { algorithm: 'm.megolm.v1.aes-sha2' } }] });
  rooms.push(room_id);
  const bots = invite.filter((user) => user.startsWith('@bot_'));
  await until(() => bots.every((user) => by.getRoom(room_id)?.getMember(user)?.membership === 'join'), 'the bot', kLong);
  return room_id;
}
/** What the bot has said, as a client reads it. */
const bodies = (c, where, sender = bot) => (c.getRoom(where)?.getLiveTimeline().getEvents() ?? [])
  .filter((e) => e.getSender() === sender && !e.isState()).map((e) => (e.isDecryptionFailure() ? '(unreadable)' : e.getContent().body));
const hears = (c, where, text, sender = bot) => until(() => bodies(c, where, sender).includes(text) || false,
  `the answer '${text}'`, kLong).catch((error) => {
  throw new Error(`${error.message}\nsaid: ${JSON.stringify(bodies(c, where, sender))}\n${troupe.output.slice(-3000)}`);
});
const devicesOfBot = async () => [...(await anna.getCrypto().getUserDeviceInfo([bot], true)).get(bot).keys()];
/** The bot's events of a room as the server has them. */
const rawOf = async (where, sender = bot) => (await annaUser.history(where)).filter((e) => e.sender === sender && e.state_key === undefined);

test('a second device reads what is said once it is there', async () => {
  await anna.sendTextMessage(room, 'to one device');
  await hears(anna, room, 'to one device');
  const tablet = await client(await MatrixUser.login(troupe.matrix, 'anna', annaUser.password));
  assert.notEqual(tablet.getDeviceId(), anna.getDeviceId());
  await anna.sendTextMessage(room, 'to both devices');
  await hears(anna, room, 'to both devices');
  await hears(tablet, room, 'to both devices');
  await tablet.sendTextMessage(room, 'from the tablet');
  await hears(tablet, room, 'from the tablet');
  await hears(anna, room, 'from the tablet');
});

test('a server that is killed goes on with the same device', async () => {
  const devices = await devicesOfBot();
  assert.equal(devices.length, 1);
  const sessions = new Set((await rawOf(room)).map((e) => e.content.session_id));
  await troupe.restart();
  await anna.sendTextMessage(room, 'after the fall');
  await hears(anna, room, 'after the fall');
  assert.deepEqual(await devicesOfBot(), devices);
  const [last] = (await rawOf(room)).slice(-1);
  assert.equal(sessions.has(last.content.session_id), false, 'no session is written to again');
  await anna.sendTextMessage(room, 'and once more');
  await hears(anna, room, 'and once more');
  assert.equal(bodies(anna, room).filter((body) => body === 'after the fall').length, 1, 'one answer');
});

test('a key that never comes is told once, encrypted', async () => {
  for (let i = 0; i < 3; ++i) {
    await annaUser.request('PUT', `/_matrix/client/v3/rooms/${encodeURIComponent(room)}/send/m.room.encrypted/lost${i}`,
      { algorithm: 'm.megolm.v1.aes-sha2', session_id: 'a/session/that/nobody/has', ciphertext: `AwgAEg${i}`,
        sender_key: 'nobody', device_id: annaUser.device });
  }
  const notices = () => bodies(anna, room).filter((body) => body?.includes('could not read'));
  await anna.sendTextMessage(room, 'with a key'); // when it is answered the bot has seen what stands before it
  await hears(anna, room, 'with a key');
  assert.equal(notices().length, 0, 'it waits for the key');
  server.ahead(150_000); // two minutes and a half later
  await until(() => notices().length > 0, 'the notice', 300_000);
  await anna.sendTextMessage(room, 'with a key again');
  await hears(anna, room, 'with a key again');
  const turns = async () => (await troupe.api('GET', '/api/v1/bots/helper')).body.queue;
  await until(async () => (await turns()) === 0, 'all that is under way', kLong);
  assert.equal(notices().length, 1, JSON.stringify(bodies(anna, room)));
});

test('whoever leaves cannot read what is said afterwards', async () => {
  const ben = await client(await troupe.user('ben'));
  const group = await encryptedRoom(anna, [bot, ben.getUserId()]);
  await until(() => ben.getRoom(group), 'the invite', kLong);
  await ben.joinRoom(group);
  await until(() => anna.getRoom(group)?.getMember(ben.getUserId())?.membership === 'join', 'ben', kLong);
  const ask = async (text) => {
    const before = (await rawOf(group)).length;
    await anna.sendTextMessage(group, `!helper ${text}`);
    return until(async () => (await rawOf(group)).length > before && (await rawOf(group)).at(-1), `an answer to ${text}`, kLong);
  };
  const reads = async (raw) => {
    const event = new sdk.MatrixEvent({ ...raw, room_id: group });
    await ben.decryptEventIfNeeded(event);
    return !event.isDecryptionFailure();
  };
  const first = await ask('for all of us');
  await until(() => reads(first), 'what ben was given', kLong);
  await ben.leave(group);
  await until(() => anna.getRoom(group)?.getMember(ben.getUserId())?.membership === 'leave', 'that ben is gone', kLong);
  // Who has gone and asks for the key of the old session gets nothing by it either.
  const [device] = await devicesOfBot();
  await ben.sendToDevice('m.room_key_request', new Map([[bot, new Map([[device, { action: 'request', request_id: 'again',
    requesting_device_id: ben.getDeviceId(), body: { algorithm: 'm.megolm.v1.aes-sha2', room_id: group, session_id: first.content.session_id } }]])]]));
  const second = await ask('for the two of us');
  assert.notEqual(second.content.session_id, first.content.session_id);
  assert.equal(await reads(second), false);
  assert.equal(await reads(first), true, 'he keeps what he had');
});

test('an encrypted picture is looked at', async () => {
  await running('eyes', { kind: 'openai', config: { base_url: model.url, model: 'stand-in', api_key: 'sk-very-secret' } });
  const eyes = '@bot_eyes:localhost';
  const chat = await encryptedRoom(anna, [eyes]);
  const png = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==', 'base64');
  const key = randomBytes(32);
  const iv = Buffer.concat([randomBytes(8), Buffer.alloc(8)]);
  const cipher = createCipheriv('aes-256-ctr', key, iv);
  const sealed = Buffer.concat([cipher.update(png), cipher.final()]);
  const unpadded = (bytes) => bytes.toString('base64').replace(/=+$/, '');
  const uploaded = await annaUser.raw('POST', '/_matrix/media/v3/upload', new Uint8Array(sealed), { 'content-type': 'application/octet-stream' });
  assert.equal(uploaded.status, 200, JSON.stringify(uploaded.body));
  await anna.sendMessage(chat, { msgtype: 'm.image', body: 'what is this', filename: 'dot.png', info: { mimetype: 'image/png', size: png.length },
    file: { v: 'v2', url: uploaded.body.content_uri, iv: unpadded(iv), hashes: { sha256: unpadded(createHash('sha256').update(sealed).digest()) },
      key: { kty: 'oct', alg: 'A256CTR', ext: true, key_ops: ['encrypt', 'decrypt'], k: key.toString('base64url') } } });
  await until(() => bodies(anna, chat, eyes).some((body) => body && body !== '(unreadable)'), 'an answer about the picture', kLong);
  const asked = JSON.stringify(model.requests.map((request) => request.body));
  assert.ok(asked.includes(png.toString('base64')), 'the brain saw the picture itself');
  assert.deepEqual([...new Set((await rawOf(chat, eyes)).map((e) => e.type))], ['m.room.encrypted']);
});

test('a webhook and its file go in encrypted', async () => {
  const made = await troupe.api('POST', '/api/v1/bots/helper/hooks', { name: 'CI', room_id: room, wait_for_complete: true });
  assert.equal(made.status, 201, JSON.stringify(made.body));
  const posted = await fetch(troupe.platform + new URL(made.body.url, troupe.platform).pathname, { method: 'POST',
    headers: { 'content-type': 'application/json' }, body: JSON.stringify({ text: 'built',
      attachments: [{ name: 'build.log', content_type: 'text/plain', data: Buffer.from('a secret line').toString('base64') }] }) });
  assert.equal(posted.status, 200, await posted.text());
  await hears(anna, room, 'built');
  await hears(anna, room, 'build.log');
  const file = anna.getRoom(room).getLiveTimeline().getEvents().map((e) => e.getContent()).find((c) => c.body === 'build.log');
  assert.equal(file.url, undefined);
  const kept = await annaUser.raw('GET', `/_matrix/client/v1/media/download/${file.file.url.slice(6)}`);
  assert.equal(kept.status, 200);
  assert.equal(Buffer.from(kept.bytes).includes('secret'), false);
});

test('nothing plain of a bot is in any room', async () => {
  for (const where of rooms) {
    const said = (await annaUser.history(where)).filter((e) => e.sender.startsWith('@bot_'));
    assert.ok(said.length > 1);
    assert.deepEqual([...new Set(said.map((e) => e.type))].sort(), ['m.room.encrypted', 'm.room.member']);
    for (const event of said) assert.equal(event.content.body, undefined);
  }
});

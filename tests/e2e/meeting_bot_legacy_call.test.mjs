// The meeting bot in a call of two as Matrix had them first: somebody rings in an encrypted room, the bot takes it, hears them and
// nobody else, and goes when they hang up, decline, or it is told to.
import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { CallHouse } from './lib/call_bot.mjs';
import { noPeers, Peer, spoken } from './lib/call_peers.mjs';
import { decoded, isOpus, receiver } from './lib/recorded.mjs';
import { Troupe, until } from './lib/troupe.mjs';
import { loudest } from './lib/whisper_stand_in.mjs';

const missing = ['/usr/bin/espeak-ng', '/usr/bin/sox'].find((program) => !existsSync(program));
const skip = noPeers || (missing && `${missing} is missing (scripts/setup --test)`);
let folder, troupe, house, anna, scribe, room, ann;

before(async () => {
  if (skip) return;
  folder = mkdtempSync(join(tmpdir(), 'legacy-'));
  const wav = spoken(folder, 'anna', 'en-us', ['Good morning everybody, can you hear me?'], { lead: 0.1, pause: 0.3 });
  [troupe, house] = await Promise.all([Troupe.start(), CallHouse.start()]);
  [anna, scribe] = await Promise.all([troupe.user('anna'), troupe.user('scribe')]);
  room = await anna.createRoom({ preset: 'private_chat', is_direct: true, invite: [scribe.id],
    initial_state: [{ type: 'm.room.encryption', state_key: '', content: { algorithm: 'm.megolm.v1.aes-sha2' } }] });
  await scribe.join(room);
  ann = await Peer.start(anna, { room, wav, loop: true });
});
after(async () => {
  await ann?.stop();
  await house?.stop();
  await troupe?.stop();
  if (folder) rmSync(folder, { recursive: true, force: true });
});

/** A device of the bot's account, made for one call, as the server makes them. */
async function send(callId, more = {}, config = {}) {
  const device = await scribe.request('POST', '/_matrix/client/v3/login', { type: 'm.login.password', identifier: { type: 'm.id.user', user: 'scribe' }, password: scribe.password });
  return house.send('matrix', room, { link: `https://matrix.to/#/${room}`, env: { MEETING_BOT_TEST_ORIGIN: '' }, config: { ...config, matrix: { homeserverUrl: troupe.matrix, userId: scribe.id,
    deviceId: device.device_id, accessToken: device.access_token, roomId: room, call: 'legacy', callId, displayName: 'Scribe', ...more } } });
}

test('it takes the call, hears who rings by their name, and ends when they hang up', { skip }, async () => {
  const bot = await send(null);
  await house.until(bot, () => house.said.some((one) => one.url.endsWith('/matrix_device')), 'the device to be reported');
  await ann.do('ring');
  await house.becomes(bot, 'active');
  await until(() => ann.do('ringing').then((state) => state === 'connected'), 'the call to stand');
  const session = await house.until(bot, () => house.whisper.last?.frames > 8 && loudest(house.whisper.last) > 0.02 && house.whisper.last, 'sound');
  assert.deepEqual(session.hello.speaker, { id: anna.id, name: 'anna' });
  assert.equal(session.hello.uid, `${bot.config.connectionId}:1`);
  assert.match((await until(() => ann.do('notices', scribe.id).then((all) => all[0]), 'the notice')).body, /Scribe is a bot.*!meet decline/);
  await ann.do('hangUp');
  assert.equal((await house.ends(bot)).reason, 'meeting_ended');
  assert.ok(session.ended, 'what was heard last is sent for good');
  assert.ok(!bot.output.includes(bot.config.matrix.accessToken));
});

test('it is recorded where whoever asked said so, the room is told, and the pieces play', { skip }, async (t) => {
  const { pieces, url: upload } = await receiver(t);
  const known = new Set((await ann.do('notices', scribe.id)).map((one) => one.id));
  const reported = () => house.said.filter((one) => one.url.endsWith('/matrix_device')).length;
  const before = reported();
  const bot = await send(null, {}, { recordingEnabled: true, captureModes: ['audio'], recordingUploadUrl: upload });
  await house.until(bot, () => reported() > before, 'the device to be reported');
  assert.equal(pieces.length, 0);
  await ann.do('ring');
  await house.until(bot, () => pieces.length >= 3, 'pieces of the recording');
  const notice = (await ann.do('notices', scribe.id)).find((one) => !known.has(one.id));
  assert.match(notice.body, /records this call.*!meet decline/);
  await ann.do('hangUp');
  await house.ends(bot);
  const whole = Buffer.concat(pieces);
  isOpus(whole);
  const { seconds, loud } = await decoded(ann.page, whole);
  assert.ok(seconds > 9, `${seconds} s`);
  assert.ok(loud > 0.15, `sound in ${loud} of it`);
});

test('who declines in a call of two ends it, and one who has declined before is not answered', { skip }, async () => {
  const before = house.whisper.sessions.length;
  const reported = () => house.said.filter((one) => one.url.endsWith('/matrix_device')).length;
  const devices = reported();
  const bot = await send(null);
  await house.until(bot, () => reported() === devices + 1, 'the device to be reported');
  await ann.do('ring');
  await house.becomes(bot, 'active');
  await house.until(bot, () => house.whisper.sessions.length > before && house.whisper.last.frames > 2, 'sound');
  await ann.do('say', '!meet decline');
  assert.equal((await house.ends(bot)).reason, 'self_initiated_leave_from_browser');
  assert.deepEqual(house.said.filter((one) => one.url.endsWith('/consent')).map(({ user_id, declined }) => [user_id, declined]), [[anna.id, true]]);
  await until(() => ann.do('ringing').then((state) => state === 'ended'), 'the call to end');

  const sessions = house.whisper.sessions.length;
  const second = await send(null, { declined: [anna.id] });
  await house.until(second, () => reported() === devices + 2, 'the device to be reported');
  await ann.do('ring');
  assert.equal((await house.ends(second)).reason, 'self_initiated_leave_from_browser');
  assert.equal(house.whisper.sessions.length, sessions, 'nothing is heard');
});

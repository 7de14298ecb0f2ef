// The meeting bot in an encrypted Matrix call of several people over a real LiveKit server (scripts/test --with-livekit): everybody's
// words are their own, who declines is not heard, and frames that are sealed with another key say nothing.
import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { wordErrors } from '../../workers/transcriber/test/lib/speech.mjs';
import { botArguments, CallHouse } from './lib/call_bot.mjs';
import { ElementCallPeer, noElementCall, noPeers, Peer, spoken } from './lib/call_peers.mjs';
import { Livekit, noLivekit } from './lib/livekit.mjs';
import { processesWith } from './lib/program_bot.mjs';
import { decoded, isOpus, receiver } from './lib/recorded.mjs';
import { MatrixUser, Troupe, until } from './lib/troupe.mjs';
import { loudest } from './lib/whisper_stand_in.mjs';
import { transcribe, transcriberFolder } from './lib/transcribe.mjs';

const said = {
  anna: ['Good morning everybody, thank you for joining the meeting today.', 'The first topic is the budget for the next year.'],
  bob: ['I think we should wait for the answer of the customer.', 'Let us move the next meeting to Thursday afternoon.'],
  mallory: ['The new server will be installed on Monday at ten in the morning.'],
};
const mostWrong = 0.25;
const memberType = 'org.matrix.msc3401.call.member';
const missing = ['/usr/bin/espeak-ng', '/usr/bin/sox', join(transcriberFolder, 'node_modules')].find((path) => !existsSync(path));
const skip = noLivekit || noPeers || (missing && `${missing} is missing (scripts/setup --test)`);
let folder, livekit, troupe, house, people, room, peers, url;

before(async () => {
  if (skip) return;
  folder = mkdtempSync(join(tmpdir(), 'matrix-call-'));
  [livekit, house] = await Promise.all([Livekit.start(), CallHouse.start()]);
  troupe = await Troupe.start({ env: { ...livekit.env, TROUPE_MEETINGS_ATTEMPTS: '1', TROUPE_MEETINGS_STOP_GRACE_S: '20',
    TROUPE_MEETINGS_BOT_COMMAND: [...(process.env.CHROMIUM ? ['/usr/bin/env', `CHROMIUM=${process.env.CHROMIUM}`] : []), process.execPath, ...botArguments].join(',') } });
  people = Object.fromEntries(await Promise.all(['anna', 'bob', 'mallory', 'scribe'].map(async (name) => [name, await troupe.user(name)])));
  const { anna, ...others } = people;
  url = (await anna.request('GET', '/_matrix/client/unstable/org.matrix.msc4143/rtc/transports')).rtc_transports[0].livekit_service_url;
  room = await anna.createRoom({ preset: 'private_chat', invite: Object.values(others).map((one) => one.id), power_level_content_override: { events: { [memberType]: 0 } },
    initial_state: [{ type: 'm.room.encryption', state_key: '', content: { algorithm: 'm.megolm.v1.aes-sha2' } }] });
  await Promise.all(Object.values(others).map((one) => one.join(room)));
  peers = Object.fromEntries(await Promise.all(Object.keys(said).map(async (name) =>
    [name, await Peer.start(people[name], { room, service: url, wav: spoken(folder, name, 'en-us', said[name], { lead: 2 }), wrongKey: name === 'mallory' })])));
});
after(async () => {
  for (const peer of Object.values(peers ?? {})) await peer.stop();
  for (const one of [house, troupe, livekit]) await one?.stop();
  if (folder) rmSync(folder, { recursive: true, force: true });
});

/** A device of the bot's account, made for one call, as the server makes them. */
async function send(config = {}) {
  const { scribe } = people;
  const device = await scribe.request('POST', '/_matrix/client/v3/login', { type: 'm.login.password', identifier: { type: 'm.id.user', user: 'scribe' }, password: scribe.password });
  return house.send('matrix', room, { link: `https://matrix.to/#/${room}`, env: { MEETING_BOT_TEST_ORIGIN: '' }, config: { ...config, matrix: { homeserverUrl: troupe.matrix, userId: scribe.id,
    deviceId: device.device_id, accessToken: device.access_token, roomId: room, call: 'rtc', displayName: 'Scribe' } } });
}
/** A call of Troupe's API as the person, not as an administrator. */
async function asPerson(person) {
  const headers = { origin: troupe.platform, 'content-type': 'application/json' };
  const session = await fetch(`${troupe.platform}/api/v1/session`, { method: 'POST', headers, body: JSON.stringify({ user: person.id, password: person.password }) });
  const cookie = session.headers.getSetCookie().map((line) => line.split(';')[0]).join('; ');
  return async (method, path, body) => {
    const response = await fetch(troupe.platform + path, { method, headers: { ...headers, cookie }, body: body && JSON.stringify(body) });
    return { status: response.status, body: await response.json().catch(() => null) };
  };
}
const sessionsOf = (name) => house.whisper.sessions.filter((one) => one.hello?.speaker?.id === people[name].id);
const membership = async (bot) => (await people.anna.raw('GET', `/_matrix/client/v3/rooms/${encodeURIComponent(room)}/state/${memberType}/${encodeURIComponent(`_${people.scribe.id}_${bot.config.matrix.deviceId}_m.call`)}`)).body;
const seconds = (session) => session.frames * 0.256;

test('a device that is not signed does not join', { skip }, async () => {
  house.answers = (_, address) => (address.endsWith('/matrix_device') ? 422 : 200);
  const bot = await send();
  const end = await house.ends(bot);
  house.answers = () => 200;
  assert.deepEqual([end.reason, end.completion_reason], ['join_meeting_error', 'join_failure']);
  assert.equal((await membership(bot)).errcode, 'M_NOT_FOUND');
});

test('everybody is written down by themselves; who declines is not heard; another key says nothing; who is put out goes', { skip }, async (t) => {
  const names = Object.keys(said);
  await Promise.all(names.map((name) => peers[name].do('joinCall')));
  const bot = await send();
  await house.becomes(bot, 'active');
  assert.deepEqual(house.sayings(bot).map((one) => one.status ?? one.url.split('/').at(-1)), ['joining', 'matrix_device', 'awaiting_admission', 'active']);
  assert.equal((await membership(bot)).device_id, bot.config.matrix.deviceId, 'everybody sees it in the call');
  for (const name of names) await until(() => peers[name].do('participants').then((all) => all.includes(`${people.scribe.id}:${bot.config.matrix.deviceId}`)), `${name} to see the bot`);
  const notice = await until(() => peers.bob.do('notices', people.scribe.id).then((all) => all.at(-1)), 'the notice');
  await Promise.all(names.map((name) => peers[name].do('speak')));

  await t.test('words', async () => {
    await house.until(bot, () => names.every((name) => sessionsOf(name)[0] && seconds(sessionsOf(name)[0]) > 15), 'sound of all');
    const heard = {};
    for (const name of names) heard[name] = await transcribe(sessionsOf(name)[0].samples);
    for (const name of ['anna', 'bob']) {
      const { errors, count } = wordErrors(said[name].join(' '), heard[name]);
      console.log(`${name}: ${errors} of ${count} words wrong: ${heard[name]}`);
      assert.ok(errors / count <= mostWrong, `${name}: ${heard[name]}`);
      assert.equal(sessionsOf(name)[0].hello.speaker.name, name);
    }
    assert.equal(heard.mallory, '', 'frames under a key that nobody was given');
    assert.ok(loudest(sessionsOf('mallory')[0]) < 0.001, `${loudest(sessionsOf('mallory')[0])}`);
    assert.deepEqual(new Set(house.whisper.sessions.map((one) => one.hello.uid)), new Set([1, 2, 3].map((n) => `${bot.config.connectionId}:${n}`)));
  });

  await t.test('declining, and taking it back', async () => {
    const [first] = sessionsOf('bob');
    const mark = await peers.bob.do('react', notice.id, '\u274c');
    await house.until(bot, () => first.ended, 'his session to end');
    await house.until(bot, () => house.said.some((one) => one.url.endsWith('/consent')), 'the report');
    // Somebody else's taking back is nothing.
    await people.anna.request('PUT', `/_matrix/client/v3/rooms/${encodeURIComponent(room)}/redact/${encodeURIComponent(mark)}/1`, {});
    const before = seconds(sessionsOf('anna')[0]);
    await house.until(bot, () => seconds(sessionsOf('anna')[0]) > before + 2, 'more of the others');
    assert.equal(sessionsOf('bob').length, 1);
    await peers.bob.do('say', '!meet accept');
    const second = await house.until(bot, () => sessionsOf('bob')[1]?.frames > 4 && sessionsOf('bob')[1], 'a new session of his');
    assert.equal(second.hello.uid, `${bot.config.connectionId}:4`);
    const again = await peers.bob.do('react', notice.id, '\u274c\ufe0f');
    await house.until(bot, () => second.ended, 'his second session to end');
    await peers.bob.do('redact', again);
    await house.until(bot, () => sessionsOf('bob')[2]?.frames > 4, 'a third');
    assert.deepEqual(house.said.filter((one) => one.url.endsWith('/consent')).map(({ user_id, declined }) => [user_id, declined]),
      [true, false, true, false].map((declined) => [people.bob.id, declined]));
  });

  await t.test('put out of the room', async () => {
    await people.anna.request('POST', `/_matrix/client/v3/rooms/${encodeURIComponent(room)}/kick`, { user_id: people.scribe.id });
    const end = await house.ends(bot);
    assert.deepEqual([end.reason, end.completion_reason], ['removed_by_admin', 'evicted']);
    assert.ok(sessionsOf('anna')[0].ended);
    assert.ok(![bot.config.matrix.accessToken, bot.config.token].some((secret) => bot.output.includes(secret)), bot.output);
  });
});

test('alone it goes by itself and takes its membership with it; killed, the server takes it', { skip }, async () => {
  const { anna, scribe } = people;
  await anna.invite(room, scribe.id);
  await scribe.join(room);
  await Promise.all(['bob', 'mallory'].map((name) => peers[name].do('leaveCall')));
  const killed = await send();
  const bot = await send({ automaticLeave: { waitingRoomTimeout: 60_000, noOneJoinedTimeout: 60_000, everyoneLeftTimeout: 2_000 } });
  await Promise.all([house.becomes(bot, 'active'), house.becomes(killed, 'active')]);
  killed.process.kill('SIGKILL');
  await house.until(bot, () => house.whisper.sessions.some((one) => one.hello?.uid.startsWith(bot.config.connectionId)), 'sound of Anna');
  await peers.anna.do('leaveCall');
  assert.equal((await house.ends(bot)).reason, 'left_alone_timeout');
  for (const gone of [bot, killed]) await until(async () => Object.keys(await membership(gone)).length === 0, 'the membership to be gone', 40_000);
});

test('a call of several is recorded, the room is told, and who declines is in it no longer', { skip }, async (t) => {
  for (const peer of Object.values(peers)) await peer.stop();
  peers = {};
  // Devices that sign in anew: those of before have left their keys with their pages. Bob says the same again and again.
  const [ann, ben] = await Promise.all(['anna', 'bob'].map((name) => MatrixUser.login(troupe.matrix, name, people[name].password)));
  peers.anna = await Peer.start(ann, { room, service: url, wav: spoken(folder, 'anna-recorded', 'en-us', said.anna, { lead: 1 }) });
  peers.bob = await Peer.start(ben, { room, service: url, loop: true, wav: spoken(folder, 'bob-recorded', 'en-us', said.bob, { lead: 1 }) });
  await Promise.all(['anna', 'bob'].map((name) => peers[name].do('joinCall')));
  const { pieces, url: upload } = await receiver(t);
  const known = new Set((await peers.bob.do('notices', people.scribe.id)).map((one) => one.id));
  const bot = await send({ recordingEnabled: true, captureModes: ['audio'], recordingUploadUrl: upload });
  await house.becomes(bot, 'active');
  const notice = await until(() => peers.bob.do('notices', people.scribe.id).then((all) => all.find((one) => !known.has(one.id))), 'the notice');
  assert.match(notice.body, /records this call.*!meet decline/);
  assert.deepEqual(house.notices(bot), ['given']);
  await Promise.all(['anna', 'bob'].map((name) => peers[name].do('speak')));
  await house.until(bot, () => pieces.length >= 4, 'pieces of the recording');
  await peers.bob.do('react', notice.id, '\u274c');
  await house.until(bot, () => house.said.some((one) => one.connection_id === bot.config.connectionId && one.url.endsWith('/consent')), 'the report');
  await peers.anna.do('leaveCall');
  // What was under way when he declined is in the next piece.
  const then = pieces.length + 2;
  await house.until(bot, () => pieces.length >= then + 3, 'more of the recording');
  bot.process.kill('SIGTERM');
  await house.ends(bot);
  const soundOf = async (count) => {
    const { seconds, loud } = await decoded(peers.bob.page, Buffer.concat(pieces.slice(0, count)));
    return { seconds, loud: seconds * loud };
  };
  isOpus(Buffer.concat(pieces));
  const [before, all] = [await soundOf(then), await soundOf(pieces.length)];
  assert.ok(before.loud > 5, `${before.loud} s of sound in ${before.seconds} s`);
  assert.ok(all.seconds - before.seconds > 9, `${all.seconds - before.seconds} s after that`);
  assert.ok(all.loud - before.loud < 0.5, `${all.loud - before.loud} s of sound after he had declined`);
});

test('the whole way: somebody with Element Call and somebody else are written down by name, who declined is not, and the bot is a verified member', { skip: skip || noElementCall }, async () => {
  const { anna, bob, mallory } = people;
  for (const peer of Object.values(peers)) await peer.stop();
  peers = {};
  assert.equal((await troupe.cli(['bot', 'add', 'notes', '--brain', 'meetings', '--display-name', 'Notes'])).code, 0);
  assert.equal((await troupe.cli(['bot', 'start', 'notes'])).code, 0);
  const scribe = '@bot_notes:localhost';
  const team = await anna.createRoom({ preset: 'private_chat', invite: [bob.id, mallory.id, scribe], power_level_content_override: { events: { [memberType]: 0 } },
    initial_state: [{ type: 'm.room.encryption', state_key: '', content: { algorithm: 'm.megolm.v1.aes-sha2' } }] });
  await Promise.all([bob, mallory].map((one) => one.join(team)));
  await until(async () => (await anna.request('GET', `/_matrix/client/v3/rooms/${encodeURIComponent(team)}/joined_members`)).joined[scribe], 'the bot to join');
  // Devices that sign in anew: those of before have left their keys with their pages.
  const again = (name) => MatrixUser.login(troupe.matrix, name, people[name].password);
  const [ann, ben, mal] = await Promise.all(['anna', 'bob', 'mallory'].map(again));
  // Element Call listens to the microphone from its lobby on: she says the same again and again.
  peers.anna = await ElementCallPeer.start(ann, { room: team, service: url, loop: true, wav: spoken(folder, 'anna-again', 'en-us', said.anna, { lead: 1 }) });
  peers.bob = await Peer.start(ben, { room: team, service: url, wav: spoken(folder, 'bob-again', 'en-us', said.bob, { lead: 2 }) });
  peers.mallory = await Peer.start(mal, { room: team, service: url, wav: spoken(folder, 'mallory-again', 'en-us', said.mallory, { lead: 2 }) });
  await peers.anna.joinCall();
  await Promise.all(['bob', 'mallory'].map((name) => peers[name].do('joinCall')));

  const ask = await asPerson(anna);
  const made = await ask('POST', '/api/v1/meetings', { link: `https://matrix.to/#/${encodeURIComponent(team)}`, language: 'en', bot_name: 'Notes' });
  assert.equal(made.status, 201, JSON.stringify(made.body));
  const look = async () => (await ask('GET', `/api/v1/meetings/${made.body.id}`)).body;
  const trouble = async () => JSON.stringify((await ask('GET', `/api/v1/meetings/${made.body.id}/history`)).body);
  const becomes = (state) => until(async () => {
    const now = await look();
    if (now.state !== state && ['completed', 'failed', 'error'].includes(now.state)) throw Object.assign(new Error(`${JSON.stringify(now)} ${await trouble()}`), { fatal: true });
    return now.state === state && now;
  }, `the meeting to be ${state}`, 120_000);
  await becomes('active');
  // Everybody can see that the device belongs to the bot: its own signing key has signed it.
  const keys = await anna.request('POST', '/_matrix/client/v3/keys/query', { device_keys: { [scribe]: [] } });
  const signer = Object.keys(keys.self_signing_keys[scribe].keys)[0];
  const device = Object.values(keys.device_keys[scribe]).find((one) => one.device_id.startsWith('MEET'));
  assert.ok(device?.signatures[scribe][signer], JSON.stringify(keys));

  const notice = await until(() => peers.mallory.do('notices', scribe).then((all) => all.at(-1)), 'the notice');
  await peers.mallory.do('react', notice.id, '\u274c');
  await until(async () => (await ask('GET', `/api/v1/meetings/${made.body.id}/history`)).body.consents.some((one) => one.user_id === mallory.id && one.declined), 'the meeting to know who declines');
  await Promise.all(['bob', 'mallory'].map((name) => peers[name].do('speak')));
  const segments = async () => (await ask('GET', `/api/v1/meetings/${made.body.id}/transcript`)).body.items;
  const wordsOf = (text) => new Set(text.toLowerCase().match(/[a-z]+/g));
  /** Of these sentences' words, the part that is written down as this speaker's. */
  const share = (all, speaker, sentences) => {
    const wanted = [...wordsOf(sentences.join(' '))], heard = wordsOf(all.filter((one) => one.speaker === speaker).map((one) => one.text).join(' '));
    return wanted.filter((word) => heard.has(word)).length / wanted.length;
  };
  const all = await until(async () => {
    const heard = await segments();
    return ['anna', 'bob'].every((name) => share(heard, name, said[name]) >= 1 - mostWrong) && heard;
  }, 'the words of both', 90_000).catch(async (error) => { throw new Error(`${error.message}\n${JSON.stringify(await segments())}\n${await trouble()}`); });
  console.log(`anna ${share(all, 'anna', said.anna)}, bob ${share(all, 'bob', said.bob)}`);
  assert.deepEqual(new Set(all.map((one) => one.speaker)), new Set(['anna', 'bob']), 'nothing is anybody else\'s');

  for (const [name, other] of [['anna', 'bob'], ['bob', 'anna']]) assert.ok(share(all, other, said[name]) < 0.5, `${other} says what ${name} says`);
  assert.ok((await ask('POST', `/api/v1/meetings/${made.body.id}/stop`)).status < 300);
  assert.equal((await becomes('completed')).reason, 'stopped');
  assert.deepEqual(processesWith(botArguments.at(-1)), [], 'the bot is left running');
  await until(async () => !Object.keys((await anna.request('POST', '/_matrix/client/v3/keys/query', { device_keys: { [scribe]: [] } })).device_keys[scribe] ?? {}).includes(device.device_id), 'its device to be gone', 40_000);
});

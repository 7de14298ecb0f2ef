// The parts of a Matrix call that need no browser: what the bot is told, who may be heard, and a session for each voice.
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { test } from 'node:test';
import { frameSamples } from '../src/audio/ear.ts';
import { ConfigError, configFrom } from '../src/config.ts';
import { Consent } from '../src/matrix_call/consent.ts';
import { fociIn, fociOf, isPublic, wayIn } from '../src/matrix_call/page/focus.ts';
import { Ended, endedBy } from '../src/matrix_call/protocol.ts';
import { Reports } from '../src/matrix_call/reports.ts';
import { mostVoices, Voices } from '../src/matrix_call/voices.ts';
import { callNoticeFor } from '../src/notice.ts';
import { WhisperStandIn } from '../../../tests/e2e/lib/whisper_stand_in.mjs';

const access = { homeserverUrl: 'http://127.0.0.1:8008/', userId: '@meetings:host', deviceId: 'MEETX', accessToken: 'secret-token', roomId: '!x:host', call: 'rtc', displayName: 'Scribe' };
const read = (matrix, more = {}, members = {}) => configFrom({ BOT_CONFIG: JSON.stringify({ meeting_id: 42, platform: 'matrix', meetingUrl: 'https://matrix.to/#/!x:host', botName: 'Scribe', token: 'a-token',
  nativeMeetingId: '!x:host', connectionId: 'C', language: 'en', task: 'transcribe', matrix, ...members }), ...more });
const until = async (check) => { for (const end = Date.now() + 20_000; !check(); await new Promise((r) => setTimeout(r, 10))) assert.ok(Date.now() < end, 'too late'); };

test('the account of a call: whole, or named what is wrong; absent, the bot is a guest', () => {
  assert.deepEqual(read(access).matrix, { homeserverUrl: 'http://127.0.0.1:8008', userId: '@meetings:host', deviceId: 'MEETX', accessToken: 'secret-token', roomId: '!x:host', call: 'rtc', callId: null, declined: [], foci: null });
  const more = read({ ...access, call: 'legacy', callId: 'c1', declined: ['@bob:host'], foci: [{ type: 'livekit', livekit_service_url: 'https://rtc.host/' }] }).matrix;
  assert.deepEqual([more.call, more.callId, more.declined, more.foci], ['legacy', 'c1', ['@bob:host'], [{ type: 'livekit', livekit_service_url: 'https://rtc.host' }]]);
  assert.equal(read(undefined).matrix, null);
  assert.equal(read(access, {}, { platform: 'jitsi', meetingUrl: 'https://meet.jit.si/x' }).matrix, null, 'nobody else needs it');
  for (const [members, word] of [[{ accessToken: 7 }, 'accessToken'], [{ homeserverUrl: 'file:///secret-token' }, 'homeserverUrl'], [{ roomId: 'x'.repeat(256) }, 'roomId'], [{ call: 'video' }, 'call'],
    [{ declined: '@bob:host' }, 'declined'], [{ declined: [7] }, 'declined'], [{ declined: Array(10_001).fill('@b:h') }, 'declined'], [{ foci: [null] }, 'livekit_service_url'], [{ userId: '' }, 'userId']]) {
    assert.throws(() => read({ ...access, ...members }), (error) => error instanceof ConfigError && error.message.includes(word) && !error.message.includes('secret-token'));
  }
  assert.throws(() => read([]), ConfigError);
});

const message = (sender, body, more = {}) => ({ id: `$${Math.random()}`, sender, type: 'm.room.message', content: { body, ...more } });
const mark = (id, sender, key = '\u274c', toOurs = true, to = '$notice') => ({ id, sender, type: 'm.reaction', toOurs, content: { 'm.relates_to': { rel_type: 'm.annotation', event_id: to, key } } });
const redaction = (sender, redacts) => ({ id: '$r', sender, type: 'm.room.redaction', content: {}, redacts });

test('declining: by a mark or by words, each for themselves, and taken back by themselves alone', () => {
  const consent = new Consent(['@before:h']);
  assert.ok(consent.declines('@before:h'));
  assert.deepEqual(consent.alsoDeclined(['@before:h', '@eve:h']), [{ id: '@eve:h', declined: true }], 'who has said so meanwhile');
  assert.equal(consent.see(mark('$y', '@bob:h', '\u274c', false)), null, 'to the words of somebody else');
  assert.deepEqual(consent.see(mark('$1', '@bob:h')), { id: '@bob:h', declined: true });
  assert.equal(consent.see(mark('$2', '@bob:h', '\u274c\ufe0f')), null, 'a second mark changes nothing');
  assert.equal(consent.see(redaction('@mod:h', '$1')), null, 'a moderator decides for nobody');
  assert.equal(consent.see(redaction('@bob:h', '$1')), null, 'the other mark still stands');
  assert.ok(consent.declines('@bob:h'));
  assert.deepEqual(consent.see(redaction('@bob:h', '$2')), { id: '@bob:h', declined: false });
  assert.deepEqual(consent.see(message('@bob:h', '  !Meet   DECLINE ')), { id: '@bob:h', declined: true });
  assert.deepEqual(consent.see(message('@bob:h', '!meet accept')), { id: '@bob:h', declined: false });
  assert.deepEqual(consent.see(mark('$3', '@cid:h')), { id: '@cid:h', declined: true });
  assert.deepEqual(consent.see(message('@cid:h', '!meet accept')), { id: '@cid:h', declined: false });
  assert.equal(consent.see(redaction('@cid:h', '$3')), null, 'forgotten with the word');
  assert.deepEqual(consent.see(message('@before:h', '!meet accept')), { id: '@before:h', declined: false });
});

test('what is no decision: other marks, other messages, repetitions, and nonsense', () => {
  const consent = new Consent([]);
  for (const nothing of [mark('$1', '@b:h', '\u2705'), mark('$1', '@b:h', '\u274c', false), mark('$1', '@b:h', 7), mark('$1', '@b:h', '\u274c\u274c'), { ...mark('$1', '@b:h'), content: {} },
    { ...mark('$1', '@b:h'), content: { 'm.relates_to': 'x' } }, message('@b:h', 'I !meet decline'), message('@b:h', { a: 1 }), message('@b:h', `!meet decline${' '.repeat(5000)}x`),
    message('@b:h', '!meet decline', { 'm.relates_to': { rel_type: 'm.replace', event_id: '$x' } }), { ...message('@b:h', '!meet decline'), type: 'm.room.encrypted' }, redaction('@b:h', undefined)]) {
    assert.equal(consent.see(nothing), null, JSON.stringify(nothing));
  }
  assert.ok(!consent.declines('@b:h'));
});

test('addresses that members name: LiveKit services over HTTP, and not too many', () => {
  const good = { type: 'livekit', livekit_service_url: 'https://rtc.host/jwt' };
  assert.deepEqual(fociIn([good, { ...good, livekit_alias: 'x' }]), [good, good]);
  for (const bad of [null, 'x', {}, [null], [{ type: 'full_mesh' }], [{ ...good, livekit_service_url: 'javascript:alert(1)' }], [{ ...good, livekit_service_url: 7 }], [{ ...good, livekit_service_url: `https://h/${'x'.repeat(3000)}` }]]) {
    assert.deepEqual(fociIn(bad), []);
  }
  assert.equal(fociIn(Array(100).fill(good)).length, 8);
});

test('where the sound is: one\'s own homeserver\'s, and what strangers name over TLS; one\'s own people send the bot nowhere', () => {
  const focus = (url) => ({ type: 'livekit', livekit_service_url: url });
  const own = [focus('http://own/jwt')], far = focus('https://far.example/jwt'), evil = focus('https://evil.example/jwt');
  const member = (userId, at, wrote = [at]) => ({ userId, at, wrote });
  assert.deepEqual(fociOf([member('@a:h', own[0]), member('@b:h', evil)], own, '@bot:h'), own);
  assert.deepEqual(fociOf([member('@c:far', far), member('@a:h', far, own)], own, '@bot:h'), [far, far], 'a stranger was first: all are there');
  assert.deepEqual(fociOf([member('@c:far', focus('http://169.254.169.254/'))], own, '@bot:h'), []);
  const stranger = focus('https://rtc.far.example/jwt'), other = focus('https://rtc.evil.example/jwt');
  assert.deepEqual(fociOf([member('@a:h', stranger), member('@b:h', other), member('@c:far', other)], [], '@bot:h'), [stranger], 'a homeserver that names none: who was first');
  assert.deepEqual(fociOf([member('@a:h', focus('http://rtc.far.example/jwt'))], [], '@bot:h'), [], 'over TLS only');
  assert.deepEqual(fociOf([member('@c:far', focus('https://10.0.0.1/jwt'))], own, '@bot:h'), []);
  assert.deepEqual(fociOf([member('@a:h', undefined, null)], own, '@bot:h'), []);
});

test('a stranger leads to public hosts only, and one\'s own homeserver wherever it says', async (t) => {
  for (const url of ['http://a.example/', 'https://127.0.0.1/', 'https://0x7f.1/', 'https://2130706433/', 'https://[::1]/', 'https://[::ffff:10.0.0.1]/', 'https://localhost/', 'https://localhost./', 'https://db/',
    'https://a.internal/', 'https://x.localhost/', 'https://printer.local./', 'https://u:p@a.example/', 'x']) assert.equal(isPublic(url), false, url);
  assert.ok(isPublic('https://rtc.a.example:8443/jwt'));
  let url = 'ws://10.0.0.1:7880';
  t.mock.method(globalThis, 'fetch', async () => Response.json({ url, jwt: 'j' }));
  const client = { getOpenIdToken: async () => ({}) }, focus = { type: 'livekit', livekit_service_url: 'https://rtc.a.example' };
  assert.deepEqual(await wayIn(client, access, focus, true), { url, jwt: 'j' });
  for (url of ['ws://10.0.0.1:7880', 'ws://sfu.a.example', 'wss://10.0.0.1', 'wss://sfu.internal']) await assert.rejects(wayIn(client, access, focus, false), Ended);
  url = 'wss://sfu.a.example';
  assert.deepEqual(await wayIn(client, access, focus, false), { url, jwt: 'j' });
});

test('each voice has a session that is told whose it is; too many are left out, and who goes is ended', async () => {
  const server = await WhisperStandIn.start();
  const voices = new Voices(read(access, { WHISPER_LIVE_URL: server.url }), () => {});
  const frame = (value) => new Float32Array(frameSamples).fill(value);
  try {
    for (let n = 0; n < mostVoices + 3; ++n) voices.audio({ id: `@p${n}:h`, name: `P${n}` }, frame(n / 100));
    await until(() => server.sessions.length === mostVoices && server.sessions.every((one) => one.frames === 1));
    const byUid = Object.fromEntries(server.sessions.map((one) => [one.hello.uid, one]));
    assert.deepEqual(byUid['C:2'].hello.speaker, { id: '@p1:h', name: 'P1' });
    assert.equal(byUid['C:2'].samples[0][0], Math.fround(0.01), 'nobody hears another');
    voices.keep(new Set(Array.from({ length: mostVoices }, (_, n) => `@p${n}:h`).filter((id) => id !== '@p1:h')));
    await until(() => byUid['C:2'].ended);
    voices.audio({ id: '@p33:h', name: 'P33' }, frame(0.5));
    await until(() => server.sessions.length === mostVoices + 1 && server.last.frames === 1);
    assert.deepEqual([server.last.hello.uid, server.last.hello.speaker.name], [`C:${mostVoices + 1}`, 'P33'], 'there is room again');
    voices.reconfigure('de', 'translate');
    await until(() => server.sessions.length === 2 * mostVoices + 1 && voices.ready);
    assert.deepEqual([server.last.hello.language, server.last.hello.task, server.last.hello.speaker.id.slice(0, 2)], ['de', 'translate', '@p']);
    assert.equal(new Set(server.sessions.map((one) => one.hello.uid)).size, server.sessions.length);
    await voices.close(5_000);
    assert.ok(server.sessions.every((one) => one.ended));
  } finally {
    await voices.close(0);
    await server.stop();
  }
});

test('the device is reported until it is signed or refused, and decisions in their order', async () => {
  const heard = [];
  let answers = [];
  const server = createServer(async (request, answer) => {
    let text = '';
    for await (const part of request) text += part;
    heard.push([request.url, JSON.parse(text), request.headers.authorization]);
    answer.writeHead(answers.shift() ?? 200).end(request.url.endsWith('matrix_device') ? JSON.stringify({ ok: true, declined: ['@dan:h', 7] }) : '');
  });
  await new Promise((r) => server.listen(0, '127.0.0.1', r));
  try {
    const config = read(access, {}, { botManagerCallbackUrl: `http://127.0.0.1:${server.address().port}/bots/internal/callback/secret/exited` });
    const reports = new Reports(config, new AbortController().signal);
    answers = [409, 503, 200];
    assert.deepEqual(await reports.device('MEETX'), ['@dan:h'], 'with who has declined meanwhile');
    assert.deepEqual(heard, Array(3).fill(['/bots/internal/callback/secret/matrix_device', { connection_id: 'C', device_id: 'MEETX' }, 'Bearer a-token']));
    for (const no of [422, 404]) {
      answers = [no];
      assert.equal(await reports.device('MEETX'), null);
    }
    heard.length = 0;
    answers = [503, 200, 200];
    reports.consent({ id: '@bob:h', declined: true });
    reports.consent({ id: '@bob:h', declined: false });
    await reports.done();
    assert.deepEqual(heard.map(([url, body]) => [url, body.user_id, body.declined]), [true, true, false].map((declined) => ['/bots/internal/callback/secret/consent', '@bob:h', declined]));
    const agos = heard.map(([, body]) => body.ago_ms);
    assert.ok(agos.every((ago) => Number.isInteger(ago) && ago >= 0) && agos[1] >= agos[0] + 300 && agos[2] >= 300, `${agos}: told late, it says how late`);
    const stopped = new AbortController();
    stopped.abort();
    answers = [409];
    assert.equal(await new Reports(config, stopped.signal).device('MEETX'), null, 'a stop waits for nobody');
  } finally {
    server.close();
  }
});

test('why a page gave up crosses to the bot, and a stranger\'s words are no reason', () => {
  assert.equal(endedBy(new Error(`page.evaluate: Error: ${new Ended('removed', 'x').message}`)), 'removed');
  assert.equal(endedBy(new Error('[constructor] x')), null);
  assert.equal(endedBy('fetch failed'), null);
});

test('the notice says how to decline, in the call\'s language where it knows it', () => {
  for (const language of [null, 'en', 'de', 'fr', 'es', 'zh']) assert.match(callNoticeFor(read(access, {}, { language })), /Scribe.*\/stop.*\u274c.*!meet decline.*!meet accept/);
});

test('with its own account it records where that is asked, and its notice says so', () => {
  const recording = { recordingEnabled: true, recordingUploadUrl: 'https://troupe.example/bots/internal/recording/t' };
  for (const account of [access, undefined]) assert.ok(read(account, {}, recording).recordingUrl);
  assert.match(callNoticeFor(read(access, {}, recording)), /records this call.*!meet decline/);
  assert.doesNotMatch(callNoticeFor(read(access)), /records/);
});

// The meeting bot in the replica of Google Meet, and what it does on any platform: when nobody comes, when it is asked to go, when
// it is told nothing or nonsense, and when those it talks to are away.
// Alone: it measures how soon what waited is sent.
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { test } from 'node:test';
import { platformTests } from './lib/call_bot_suite.mjs';
import { below, killRenderers } from './lib/renderers.mjs';
import { until } from './lib/troupe.mjs';

const letters = 'abcdefghijklmnopqrstuvwx';
const { house, send, inside, said } = platformTests('google_meet', { common: true, id: (n) => `abc-defg-hi${letters[n]}` });
const patience = { waitingRoomTimeout: 60_000, noOneJoinedTimeout: 60_000, everyoneLeftTimeout: 60_000 };

test('nobody comes', async () => {
  const { bot, room } = send({ config: { automaticLeave: { ...patience, noOneJoinedTimeout: 1500 } } });
  room.lobby = false;
  assert.deepEqual(said(await house().ends(bot)), ['completed', 'startup_alone_timeout', 'startup_alone', 0]);
  assert.deepEqual(house().sayings(bot).map((one) => one.status), ['joining', 'awaiting_admission', 'active', 'completed'], 'the lobby is said although there was none');
});

test('somebody in the call writes /stop, and nothing else makes it go', async () => {
  const { bot, room } = await inside();
  await house().until(bot, () => room.lines.length > 0, 'the notice');
  await house().until(bot, () => house().notices(bot).length > 0, 'it to say that the call was told');
  assert.deepEqual(house().notices(bot), ['given']);
  room.say('Ann', 'shall we say /stop? The meeting has ended, you have been removed from the meeting');
  const { frames } = house().whisper.last;
  await house().until(bot, () => house().whisper.last.frames > frames + 8, 'it to stay'); // two seconds of sound
  assert.equal(bot.code, undefined);
  room.say('Ann', ' /STOP ');
  assert.deepEqual(said(await house().ends(bot)), ['completed', 'self_initiated_leave_from_browser', 'stopped', 0]);
});

test('without the notice nothing is written', async () => {
  const { bot, room } = await inside({ env: { MEETING_BOT_NOTICE: 'off' } });
  await house().until(bot, () => house().whisper.last?.frames > 8, 'sound');
  assert.deepEqual(room.lines, []);
  await house().until(bot, () => house().notices(bot).length > 0, 'it to say that nobody was told');
  assert.deepEqual(house().notices(bot), ['off']);
  bot.process.kill('SIGTERM');
  assert.deepEqual(said(await house().ends(bot)), ['completed', 'self_initiated_leave', 'stopped', 0]);
});

test('a speech server that is away or slow loses no first words, and a session that breaks is made anew', async () => {
  const { whisper } = house();
  whisper.answering = false;
  const before = whisper.sessions.length;
  const { bot } = await inside();
  const first = await house().until(bot, () => whisper.sessions[before]?.hello && whisper.sessions[before], 'a session');
  const began = Date.now();
  await until(() => Date.now() - began > 2500, 'words that wait');
  assert.equal(first.frames, 0);
  whisper.answering = true;
  whisper.ready(first);
  await house().until(bot, () => first.frames >= 8, 'what waited, at once');
  assert.ok(Date.now() - began < 6000);
  first.socket.destroy();
  const second = await house().until(bot, () => whisper.sessions[before + 1]?.frames > 0 && whisper.sessions[before + 1], 'a second session');
  assert.notEqual(second.hello.uid, first.hello.uid);
  whisper.say(second, { uid: second.hello.uid, message: 'DISCONNECT' });
  await house().until(bot, () => whisper.sessions[before + 2]?.frames > 0, 'a third session');
  bot.process.kill('SIGTERM');
  await house().ends(bot);
});

test('a server that is away hears it later, and one that does not know a reason hears the rest', async () => {
  let away = 3;
  house().answers = (body) => (away-- > 0 ? [0, 503, 429][away] : body.completion_reason === 'startup_alone' ? 422 : 200);
  try {
    const { bot, room } = send({ config: { automaticLeave: { ...patience, noOneJoinedTimeout: 500 } } });
    room.lobby = false;
    const last = await house().ends(bot);
    assert.deepEqual(house().sayings(bot).filter((one) => one.answered === 200).map((one) => one.status), ['joining', 'awaiting_admission', 'active', 'completed'], 'in order');
    assert.deepEqual(said(last), ['completed', 'startup_alone_timeout', undefined, 0]);
  } finally {
    house().answers = () => 200;
  }
});

test('a call that there is not, and one for people with an account', async () => {
  for (const [code, reason, completion] of [['zzz-zzzz-zzz', 'meeting_not_found', 'validation_error'], ['yyy-yyyy-yyy', 'auth_session_missing', 'auth_session_missing']]) {
    const bot = house().send('google_meet', code);
    assert.deepEqual(said(await house().ends(bot)), ['failed', reason, completion, 1]);
    assert.equal(bot.code, 1);
  }
});

test('without a browser, and without sense in what it is told', async () => {
  const { bot } = send({ env: { CHROMIUM: '/nowhere/chromium' } });
  assert.deepEqual(said(await house().ends(bot)), ['failed', 'browser_not_started', 'join_failure', 1]);
  const wrong = [undefined, 'not JSON', '[]', '{"platform":"webex"}', JSON.stringify({ ...bot.config, meetingUrl: 'file:///etc/passwd' }), JSON.stringify({ ...bot.config, token: '' }),
    JSON.stringify({ ...bot.config, botManagerCallbackUrl: 'http://127.0.0.1/else' }), JSON.stringify({ ...bot.config, automaticLeave: { waitingRoomTimeout: 'long' } }), JSON.stringify({ ...bot.config, language: 'english' })];
  for (const text of wrong) {
    const mad = house().send('google_meet', 'abc-defg-hij', { env: { BOT_CONFIG: text ?? '' } });
    await mad.exited;
    assert.equal(mad.code, 1, text);
    assert.ok(!mad.output.includes('a-token-of-one-meeting') && mad.output.split('\n').filter(Boolean).length === 1, mad.output);
  }
});

test('a page that crashes ends the bot', async () => {
  const { bot } = await inside();
  await house().until(bot, () => house().whisper.last?.frames > 0, 'sound');
  killRenderers(bot.process.pid);
  const last = await house().ends(bot);
  assert.deepEqual(said(last), ['failed', 'platform_handler_exception', undefined, 1]);
});

test('a bot that is killed leaves no browser behind', async () => {
  const { bot, room } = await inside();
  const browser = below(bot.process.pid);
  assert.ok(browser.length > 3, String(browser));
  bot.process.kill('SIGKILL');
  await until(() => browser.every((pid) => !existsSync(`/proc/${pid}`)), 'its browser to end', 30_000);
  await until(() => !room.of('Scribe'), 'it to be out of the call');
});

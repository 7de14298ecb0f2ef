// The parts of the bot that need no browser: what it is told, what it obeys, when it is alone, who speaks, and what it sends.
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { Company } from '../src/audio/company.ts';
import { frameSamples } from '../src/audio/ear.ts';
import { Speakers } from '../src/audio/speakers.ts';
import { commandOf } from '../src/commands.ts';
import { ConfigError, configFrom } from '../src/config.ts';
import { hide, log } from '../src/log.ts';
import { noticeFor } from '../src/notice.ts';
import { makers } from '../src/platforms/all.ts';
import { mostPiece, mostWaiting, Upload } from '../src/recording/upload.ts';
import { Whisper } from '../src/whisper.ts';
import { wired } from '../src/wire.ts';
import { WhisperStandIn } from '../../../tests/e2e/lib/whisper_stand_in.mjs';

// As the contract prints it.
const example = { meeting_id: 42, platform: 'google_meet', meetingUrl: 'https://meet.google.com/abc-defg-hij', botName: 'Scribe', token: '<per-meeting token>', nativeMeetingId: 'abc-defg-hij',
  connectionId: 'C', language: 'en', task: 'transcribe', redisUrl: 'redis://redis:6379/0', container_name: 'vexa-bot-42-1a2b3c4d',
  automaticLeave: { waitingRoomTimeout: 300000, noOneJoinedTimeout: 120000, everyoneLeftTimeout: 60000 }, botManagerCallbackUrl: 'http://troupe:8080/bots/internal/callback/<secret>/exited' };
const read = (members, more = {}) => configFrom({ BOT_CONFIG: JSON.stringify({ ...example, ...members }), ...more });

test('the image suits drivers of containers: its user is a number, and it begins in any folder', () => {
  const recipe = readFileSync(new URL('../Dockerfile', import.meta.url), 'utf8');
  assert.match(recipe.match(/^USER .*$/gm).at(-1), /^USER \d+:\d+$/);
  assert.ok(JSON.parse(recipe.match(/^ENTRYPOINT (.*)$/m)[1]).at(-1).startsWith('/'));
});

test('half a character spoils nothing that goes to others', () => {
  const half = '\u{1F600}'.slice(0, 1);
  assert.deepEqual(JSON.parse(wired({ name: `Ann ${half}`, parts: [half, 1, null, { whole: '\u{1F600}' }] })), { name: 'Ann \uFFFD', parts: ['\uFFFD', 1, null, { whole: '\u{1F600}' }] });
});

test('BOT_CONFIG as the contract prints it, under either name, with what later versions add', () => {
  const config = read({ transcribeEnabled: true, captureModes: ['audio'], passcode: null }, { WHISPER_LIVE_URL: 'ws://127.0.0.1:9090/ws' });
  assert.deepEqual([config.platform, config.meetingUrl.href, config.connectionId, config.meetingId, config.language, config.task, config.passcode, config.whisperUrl, config.leave],
    ['google_meet', 'https://meet.google.com/abc-defg-hij', 'C', 42, 'en', 'transcribe', null, 'ws://127.0.0.1:9090/ws', { lobby: 300000, nobodyCame: 120000, everyoneLeft: 60000 }]);
  assert.equal(configFrom({ VEXA_BOT_CONFIG: JSON.stringify(example) }).botName, 'Scribe');
  assert.deepEqual([read({ language: null, task: null }).language, read({ language: '', task: '' }).task], [null, 'transcribe']);
  assert.equal(read({ redisUrl: undefined, automaticLeave: undefined, botManagerCallbackUrl: undefined }).callbackUrl, null);
});

test('what is wrong is named, and its value is not', () => {
  for (const [members, word] of [[{ platform: 'webex' }, 'platform'], [{ meetingUrl: null }, 'meetingUrl'], [{ meetingUrl: 'http://meet.google.com/x' }, 'meetingUrl'], [{ token: 7 }, 'token'],
    [{ botName: 'x'.repeat(5000) }, 'botName'], [{ task: 'dance' }, 'task'], [{ automaticLeave: [] }, 'automaticLeave'], [{ redisUrl: 'http://secret-place/' }, 'redisUrl']]) {
    assert.throws(() => read(members), (error) => error instanceof ConfigError && error.message.includes(word) && !error.message.includes('secret-place'));
  }
  assert.throws(() => configFrom({ BOT_CONFIG: `"${'x'.repeat(200_000)}"` }), ConfigError);
});

test('commands: what is left out stays, null is automatic, and nonsense is nothing', () => {
  assert.deepEqual(commandOf('{"action":"leave","meeting_id":1}'), { action: 'leave' });
  assert.deepEqual(commandOf('{"action":"reconfigure","uid":"C","language":"es","task":null}'), { action: 'reconfigure', change: { language: 'es', task: 'transcribe' } });
  assert.deepEqual(commandOf('{"action":"chat_send","text":"Hello"}'), { action: 'chat_send', text: 'Hello' });
  assert.deepEqual(commandOf('{"action":"reconfigure","language":null}'), { action: 'reconfigure', change: { language: null } });
  for (const bad of ['', 'leave', 'null', '[]', '7', '{"action":"speak","text":"hello"}', '{"action":"reconfigure","language":"english"}', '{"action":"reconfigure","task":{}}', `{"action":"leave","x":"${'x'.repeat(20_000)}"}`]) {
    assert.equal(commandOf(bad), null, bad);
  }
});

const bot = { id: 'b', name: 'Scribe', self: true }, ann = { id: 'a', name: 'Ann', self: false, tracks: ['t1'] };
const loud = [{ track: 't1', stream: 's1', level: 0.2 }], quiet = [{ track: 't1', stream: 's1', level: 0.0005 }];

test('alone: by the list and by silence together, never by one of them', () => {
  const times = { nobodyCame: 120_000, everyoneLeft: 60_000 };
  const run = (steps) => {
    const company = new Company(times, 0);
    let last = null;
    for (const [seconds, people, levels] of steps) last ??= company.look(people, levels, seconds * 1000);
    return last;
  };
  const every = (from, to, people, levels) => Array.from({ length: (to - from) / 5 + 1 }, (_, i) => [from + i * 5, people, levels]);
  assert.equal(run(every(0, 115, [bot], [])), null);
  assert.equal(run(every(0, 120, [bot], [])), 'nobody_came');
  assert.equal(run([...every(0, 300, [bot, ann], quiet), ...every(305, 355, [bot], [])]), null);
  assert.equal(run([...every(0, 300, [bot, ann], quiet), ...every(305, 360, [bot], [])]), 'left_alone');
  assert.equal(run(every(0, 3000, [bot, ann], quiet)), null, 'people who say nothing are people');
  assert.equal(run(every(0, 3000, [bot], loud)), null, 'who is heard is there, whatever the list says');
  assert.equal(run(every(0, 595, [], quiet)), null, 'a list without the bot is no list');
  assert.equal(run(every(0, 595, null, quiet)), null);
  assert.equal(run(every(0, 600, null, quiet)), 'nobody_came', 'but not for ever');
  assert.equal(run([...every(0, 100, [ann, bot], quiet), ...every(105, 400, null, quiet), [405, [bot], quiet]]), null, 'nor is one look after a page that was not readable');
});

test('turns: from what the page shows, else from tracks; a short pause ends none', () => {
  const speakers = new Speakers();
  const kinds = (turns) => turns.map((turn) => `${turn.kind} ${turn.name} ${turn.ago}`);
  assert.deepEqual(kinds(speakers.look([bot, ann], loud, 0)), ['SPEAKER_START Ann 0']);
  assert.deepEqual(kinds(speakers.look([bot, ann], quiet, 500)), []);
  assert.deepEqual(kinds(speakers.look([bot, ann], loud, 600)), []);
  assert.deepEqual(kinds(speakers.look([bot, ann], quiet, 1400)), ['SPEAKER_END Ann 800']);
  assert.deepEqual(kinds(speakers.look([{ ...ann, speaking: true, tracks: [] }, { ...bot, speaking: true }], [], 2000)), ['SPEAKER_START Ann 0'], 'never the bot itself');
  assert.deepEqual(speakers.current().map((turn) => turn.id), ['a']);
  assert.deepEqual(kinds(speakers.look([], [], 3000)), ['SPEAKER_END Ann 1000'], 'who has left has ended');
});

test('WhisperLive: what waits comes first, times begin at the first sample, and a change keeps what is said meanwhile', async () => {
  const server = await WhisperStandIn.start();
  let whisper;
  const until = async (check) => { for (const end = Date.now() + 20_000; !check(); await new Promise((r) => setTimeout(r, 10))) assert.ok(Date.now() < end, 'too late'); };
  try {
    server.answering = false;
    let began = 0;
    whisper = new Whisper(read({}, { WHISPER_LIVE_URL: server.url }), () => [{ kind: 'SPEAKER_START', id: 'c', name: 'Cid', ago: 0 }], () => ++began);
    whisper.open();
    const frame = (value) => new Float32Array(frameSamples).fill(value);
    await until(() => server.last?.hello);
    for (let i = 0; i < 200; ++i) whisper.audio(frame(i / 1000)); // 51 s: more than is kept
    whisper.turn({ kind: 'SPEAKER_START', id: 'a', name: 'Ann', ago: 0 });
    server.ready(server.last);
    await until(() => server.last.texts.some((one) => one.payload.participant_name === 'Ann'));
    const first = server.last, kept = first.frames;
    assert.equal(began, 1);
    assert.equal(kept, 117, '30 s, less the turn');
    assert.equal(first.samples.at(-1)[0], Math.fround(0.199), 'the last are kept');
    const turns = first.texts.filter((one) => one.type === 'speaker_activity').map((one) => one.payload);
    assert.deepEqual(turns.map((one) => [one.participant_name, one.relative_client_timestamp_ms]), [['Cid', 0], ['Ann', 117 * 256]]);
    assert.deepEqual(first.texts.find((one) => one.type === 'audio_chunk_metadata').payload.length, frameSamples);
    whisper.reconfigure('de', 'translate');
    whisper.audio(frame(0.5));
    await until(() => server.last !== first && server.last.hello);
    assert.deepEqual([server.last.hello.language, server.last.hello.task], ['de', 'translate']);
    server.ready(server.last);
    await until(() => server.last.frames === 1);
    assert.equal(server.last.samples[0][0], 0.5);
    await until(() => first.ended);
    assert.ok(first.texts.some((one) => one.type === 'session_control' && one.payload.event === 'LEAVING_MEETING'));
    await whisper.close(5000);
    assert.ok(server.last.ended);
  } finally {
    await whisper?.close(0);
    await server.stop();
  }
});

/** A server for pieces: `answer(number)` is what it says to the next one, and what it said yes to is kept. */
async function keeper(t, answer) {
  const kept = [], asked = [];
  const server = createServer(async (request, reply) => {
    const parts = [];
    for await (const part of request) parts.push(part);
    const number = Number(/\/(\d+)\?/.exec(request.url)[1]);
    asked.push(number);
    const [status, headers = {}] = answer(number);
    if (status === 200) kept.push([number, Buffer.concat(parts)]);
    reply.writeHead(status, headers).end('{}');
  });
  await new Promise((done) => server.listen(0, '127.0.0.1', done));
  const stop = () => { server.closeAllConnections(); server.close(); };
  t.after(stop);
  return { kept, asked, stop, address: new URL(`http://127.0.0.1:${server.address().port}/up`) };
}

test('a recording\'s last pieces do not sleep through its end when the server is back', async (t) => {
  let away = true;
  const server = await keeper(t, () => (away ? [503, { 'retry-after': '20' }] : [200]));
  const upload = new Upload(server.address, 'part');
  for (const text of ['one', 'two', 'three']) upload.add(Buffer.from(text), 1);
  for (const due = Date.now() + 30_000; server.asked.length === 0 && Date.now() < due;) await new Promise((r) => setTimeout(r, 5));
  away = false;
  await upload.close(15_000);
  assert.deepEqual(server.kept.map(([number, bytes]) => `${number} ${bytes}`), ['0 one', '1 two', '2 three']);
});

test('a piece that is too large goes in several, one that the server does not want ends the recording, and so much waits', async (t) => {
  let says = [200];
  const server = await keeper(t, () => says);
  const upload = new Upload(server.address, 'part');
  const large = Buffer.alloc(mostPiece * 2 + 5, 7);
  upload.add(large, 1);
  await upload.close(15_000);
  assert.ok(Buffer.concat(server.kept.map(([, bytes]) => bytes)).equals(large));
  says = [409];
  const refused = new Upload(server.address, 'other');
  refused.add(Buffer.from('x'), 1);
  await refused.close(15_000);
  assert.equal(refused.over, true);
  server.stop();
  const alone = new Upload(server.address, 'third'); // nobody is there any more
  for (let i = 0; i < mostWaiting / mostPiece; ++i) alone.add(Buffer.alloc(mostPiece), 1);
  assert.equal(alone.over, false);
  alone.add(Buffer.alloc(1), 1);
  assert.equal(alone.over, true);
  await alone.close(0);
});

test('the notice names the bot and the word that stops it, in the call\'s language where it knows it', () => {
  for (const language of [null, 'en', 'de', 'fr', 'es', 'zh']) assert.match(noticeFor(read({ language })), /Scribe.*\/stop/);
  assert.match(noticeFor(read({ language: 'de' })), /schreibt mit/);
});

test('addresses as browsers open them', () => {
  const address = (platform, meetingUrl) => makers[platform]().address(read({ platform, meetingUrl }));
  assert.equal(address('google_meet', 'https://meet.google.com/abc-defg-hij'), 'https://meet.google.com/abc-defg-hij?hl=en');
  assert.equal(address('zoom', 'https://us02web.zoom.us/j/123456789?pwd=x'), 'https://us02web.zoom.us/wc/123456789/join?pwd=x');
  assert.match(address('teams', 'https://teams.live.com/meet/123?p=x'), /^https:\/\/teams\.live\.com\/meet\/123\?p=x&msLaunch=false/);
  assert.match(address('jitsi', 'https://meet.jit.si/standup'), /^https:\/\/meet\.jit\.si\/standup#config\./);
});

test('secrets are in no line, and a line is one line', (t) => {
  const lines = [];
  t.mock.method(console, 'log', (line) => lines.push(line));
  hide('top-secret', null, 'x');
  log('a', 'top-secret\nb', { c: 'top-secret' }, new Error('top-secret'), 'x'.repeat(5000));
  assert.ok(!lines[0].includes('top-secret') && !lines[0].includes('\n') && lines[0].length <= 1000);
});

// The whole way of a spoken sentence: somebody speaks in a real WebRTC call, the bot sits in it with a browser of its own, the words
// go through this server to the transcriber on this machine, and come out as a transcript, as a thread in a Matrix room, over
// Vexa's REST and over its WebSocket. TROUPE_TEST_DOCKER (unix:///path of an engine) and TROUPE_TEST_MEETING_IMAGE (built from
// workers/meeting-bot): the same with the bot in a container.
// Alone: sound is heard as it is spoken, and a machine that has too much to do tears it.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { wordErrors } from '../../workers/transcriber/test/lib/speech.mjs';
import { BotImage } from './lib/bot_image.mjs';
import { botArguments, CallHouse } from './lib/call_bot.mjs';
import { freePort } from './lib/ports.mjs';
import { processesGiven } from './lib/program_bot.mjs';
import { Troupe, until } from './lib/troupe.mjs';

const sentences = ['Good morning everybody, thank you for joining the meeting today.', 'The first topic is the budget for the next year.',
  'We need to finish the report before the end of the week.', 'Thank you very much, that was all for today.'];
const mostWrong = 0.25;
const workers = join(import.meta.dirname, '../../workers');
const missing = ['/usr/bin/espeak-ng', '/usr/bin/sox'].find((program) => !existsSync(program)) ??
  ['transcriber', 'meeting-bot'].map((name) => join(workers, name, 'node_modules')).find((folder) => !existsSync(folder));
const skip = missing ? `${missing} is missing (scripts/setup --test)` : false;
const { TROUPE_TEST_DOCKER: engine, TROUPE_TEST_MEETING_IMAGE: image } = process.env;
let house, troupe, folder, own, imaged;

before(async () => {
  if (skip) return;
  folder = mkdtempSync(join(tmpdir(), 'golden-'));
  // 48 kHz as a microphone's; a while of silence for the connection to stand, and between the sentences.
  const parts = sentences.map((sentence, at) => {
    const raw = join(folder, `raw-${at}.wav`), part = join(folder, `part-${at}.wav`);
    execFileSync('espeak-ng', ['-v', 'en-us', '-s', '150', '-w', raw, sentence]);
    execFileSync('sox', [raw, '-r', '48000', '-c', '1', '-b', '16', part, 'pad', at === 0 ? '6' : '0', '1.2']);
    return part;
  });
  execFileSync('sox', [...parts, join(folder, 'speech.wav')]);
  house = await CallHouse.start();
  own = `127.0.0.1:${await freePort()}`;
  if (engine && image) imaged = await BotImage.knowing(engine, image, house.replicas.origin);
  troupe = await Troupe.start({ env: { TROUPE_MEETINGS_ATTEMPTS: '1', TROUPE_MEETINGS_STOP_GRACE_S: '20', TROUPE_MEETINGS_VEXA_LISTEN: own,
    ...imaged ? imaged.env : { TROUPE_MEETINGS_BOT_COMMAND: ['/usr/bin/env', `MEETING_BOT_TEST_ORIGIN=${house.replicas.origin}`, ...(process.env.CHROMIUM ? [`CHROMIUM=${process.env.CHROMIUM}`] : []),
      process.execPath, ...botArguments].join(',') } } });
});
after(async () => {
  await house?.stop();
  await troupe?.stop();
  await imaged?.drop();
  if (folder) rmSync(folder, { recursive: true, force: true });
});

/** An API key of a person. */
async function keyOf(person) {
  const headers = { 'content-type': 'application/json', origin: troupe.platform };
  const session = await fetch(`${troupe.platform}/api/v1/session`, { method: 'POST', headers, body: JSON.stringify({ user: person.id, password: person.password }) });
  const cookie = session.headers.getSetCookie()[0].split(';')[0];
  const key = await fetch(`${troupe.platform}/api/v1/keys`, { method: 'POST', headers: { ...headers, cookie }, body: JSON.stringify({ name: 'hers', role: 'member' }) });
  return (await key.json()).token;
}
const spoken = sentences.join(' ');
function agrees(words, where) {
  const { errors, count } = wordErrors(spoken, words);
  console.log(`${where}: ${errors} of ${count} words wrong: ${words}`);
  assert.ok(errors / count <= mostWrong, `${where}: ${errors} of ${count} words are wrong: ${words}`);
}

test('what is said in a call is read in the transcript, in the room, over Vexa\'s REST and its WebSocket', { skip }, async () => {
  const anna = await troupe.user('anna');
  const key = await keyOf(anna);
  const mine = async (method, path, body) => {
    const answer = await troupe.api(method, path, body, { authorization: `Bearer ${key}` });
    assert.ok(answer.status < 300, `${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
    return answer.body;
  };
  const room = await anna.createRoom({ name: 'Team' });
  const made = await mine('POST', '/api/v1/meetings', { link: 'https://meet.jit.si/golden-path', language: 'en', bot_name: 'Scribe', room });
  const state = async () => (await mine('GET', `/api/v1/meetings/${made.id}`));
  const call = house.room('jitsi', 'golden-path');
  const trouble = async () => JSON.stringify((await mine('GET', `/api/v1/meetings/${made.id}/history`)).attempts);
  const becomes = (wanted) => until(async () => {
    const now = await state();
    if (now.state !== wanted && ['completed', 'failed', 'error'].includes(now.state)) throw Object.assign(new Error(`${JSON.stringify(now)} ${await trouble()}`), { fatal: true });
    return now.state === wanted && now;
  }, `the meeting to be ${wanted}`, 120_000);
  await until(async () => {
    const now = await state();
    if (['completed', 'failed', 'error'].includes(now.state)) throw Object.assign(new Error(`${JSON.stringify(now)} ${await trouble()}`), { fatal: true });
    return now.phase === 'awaiting_admission';
  }, 'the bot to be in the lobby', 120_000);

  // Vexa's WebSocket, as its own client follows a call: the newest text of each absolute start.
  const live = new Map(), frames = [];
  const socket = new WebSocket(`ws://${own}/ws?api_key=${key}`);
  socket.onmessage = ({ data }) => {
    const frame = JSON.parse(data);
    frames.push(frame);
    if (frame.type === 'transcript.mutable') for (const one of frame.payload.segments) if (one.absolute_start_time && one.text.trim()) live.set(one.absolute_start_time, one);
  };
  await until(() => socket.readyState === WebSocket.OPEN, 'the WebSocket');
  socket.send(JSON.stringify({ action: 'subscribe', meetings: [{ platform: 'jitsi', native_id: 'golden-path' }] }));
  await until(() => frames.find((one) => one.type === 'subscribed'), 'the subscription');

  call.admit('Scribe');
  await becomes('active');
  await house.person('Ann', 'jitsi/golden-path', join(folder, 'speech.wav'));
  const segments = async () => (await mine('GET', `/api/v1/meetings/${made.id}/transcript`)).items;
  const count = spoken.split(' ').length;
  await until(async () => {
    const all = await segments(), heard = all.map((one) => one.text).join(' ').trim();
    return all.every((one) => one.final) && heard.split(/\s+/).length >= count - 4 && wordErrors(spoken, heard).errors <= mostWrong * count;
  }, 'the last sentence', 180_000).catch(async (error) => {
    throw new Error(`${error.message}\n${JSON.stringify(await segments())}\n${await trouble()}\n${troupe.output.slice(-3000)}`);
  });
  const status = frames.filter((one) => one.type === 'meeting.status').map((one) => one.payload.status);
  assert.ok(status.includes('active'), status.join(' '));

  const stopped = await mine('POST', `/api/v1/meetings/${made.id}/stop`);
  assert.ok(stopped);
  assert.equal((await becomes('completed')).reason, 'stopped');
  const last = await segments();
  agrees(last.map((one) => one.text).join(' '), 'transcript');
  assert.ok(last.some((one) => one.speaker === 'Ann'), JSON.stringify(last.map((one) => one.speaker)));
  assert.ok(last.every((one) => !one.speaker || one.speaker === 'Ann'));
  agrees([...live.values()].sort((a, b) => (a.absolute_start_time < b.absolute_start_time ? -1 : 1)).map((one) => one.text).join(' '), 'WebSocket');
  socket.close();

  const vexa = await fetch(`http://${own}/transcripts/jitsi/golden-path`, { headers: { 'x-api-key': key } });
  assert.equal(vexa.status, 200);
  agrees((await vexa.json()).segments.map((one) => one.text).join(' '), "Vexa's REST");

  // The thread: each message with its newest edit, without who says it and when.
  const told = async () => {
    const events = (await anna.history(room)).filter((event) => event.type === 'm.room.message' && event.content.body !== undefined);
    const newest = (event) => events.filter((one) => one.sender === event.sender && one.content['m.relates_to']?.rel_type === 'm.replace' &&
      one.content['m.relates_to'].event_id === event.event_id).at(-1)?.content['m.new_content'].body ?? event.content.body;
    return events.filter((event) => event.content['m.relates_to']?.rel_type === 'm.thread').map((event) => newest(event).replace(/ \(\d+:\d\d\)/, ''));
  };
  const said = await until(async () => {
    const lines = await told();
    return !lines.some((line) => line.endsWith('…')) && wordErrors(spoken, lines.map((line) => line.replace(/^[^:]{1,30}: /, '')).join(' ')).errors <= mostWrong * count && lines;
  }, 'the thread to be told', 90_000).catch(async (error) => { throw new Error(`${error.message}\n${JSON.stringify(await told())}`); });
  agrees(said.map((line) => line.replace(/^[^:]{1,30}: /, '')).join(' '), 'thread');
  assert.ok(said.some((line) => line.startsWith('Ann: ')), said.join('\n'));

  const { transitions, attempts } = await mine('GET', `/api/v1/meetings/${made.id}/history`);
  assert.ok(transitions.some((one) => one.cause === 'the call was told that a bot listens'), JSON.stringify(transitions));
  assert.equal(attempts.length, 1);
  const instance = imaged && readFileSync(join(troupe.data, 'containers/instance'), 'utf8').trim();
  if (imaged) await until(async () => (await imaged.left(instance)).length === 0, 'nothing to be left on the engine', 60_000);
  assert.deepEqual(processesGiven(botArguments.at(-1), house.replicas.origin), [], 'the bot is left running');
  await until(() => !call.of('Scribe'), 'it to be out of the call');
});

// Vexa's WebSocket with the client that its reference describes: it follows a call, merges what it hears by absolute_start_time,
// and never shows a piece twice; keys that are missing, wrong, somebody else's or revoked hear nothing.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startWithBots, Voice } from './lib/meeting_voice.mjs';
import { apiToken, until } from './lib/troupe.mjs';

let troupe;
const sockets = [];

before(async () => { troupe = await startWithBots(); });
after(async () => {
  for (const socket of sockets) socket.close();
  for (const meeting of (await troupe.api('GET', '/api/v1/meetings?limit=1000')).body.items) await troupe.api('POST', `/api/v1/meetings/${meeting.id}/stop`);
  await until(async () => (await troupe.api('GET', '/api/v1/meetings?limit=1000')).body.items.every((m) => m.ended_at), 'every meeting to end');
  await troupe.stop();
});

function open(query, path = '/ws') {
  const socket = new WebSocket(`${troupe.platform.replace('http', 'ws')}${path}${query}`);
  sockets.push(socket);
  socket.frames = [];
  socket.ended = new Promise((r) => { socket.onclose = (event) => r(event.code); });
  socket.onmessage = (event) => socket.frames.push(JSON.parse(event.data));
  socket.onerror = () => {};
  socket.ready = new Promise((r) => { socket.onopen = r; });
  socket.of = (type) => socket.frames.filter((frame) => frame.type === type);
  return socket;
}
const call = (name) => ({ platform: 'jitsi', native_id: name });
async function follow(name, more = {}, query = `?api_key=${apiToken}`) {
  const socket = open(query);
  await socket.ready;
  socket.send(JSON.stringify({ action: 'subscribe', meetings: [call(name)], ...more }));
  await until(() => socket.of('subscribed').length === 1, 'the subscription');
  return socket;
}
async function join(name) {
  const made = await troupe.api('POST', '/api/v1/meetings', { link: `https://meet.jit.si/${name}` });
  assert.equal(made.status, 201, JSON.stringify(made.body));
  return made.body.id;
}
/** As the reference client merges: by absolute_start_time, the newer one wins, blank ones go. */
function merged(socket) {
  const shown = new Map();
  for (const frame of socket.of('transcript.mutable')) {
    for (const segment of frame.payload.segments) {
      if (!segment.absolute_start_time || !segment.text.trim()) continue;
      const before = shown.get(segment.absolute_start_time);
      if (!before || segment.updated_at >= before.updated_at) shown.set(segment.absolute_start_time, segment);
    }
  }
  return [...shown.keys()].sort().map((key) => shown.get(key).text);
}

test('without a key, and with a wrong one: accepted, told, closed', async () => {
  for (const [query, code] of [['', 'missing_api_key'], ['?api_key=nobody', 'invalid_api_key']]) {
    const socket = open(query);
    assert.equal(await socket.ended, 4401);
    assert.deepEqual(socket.frames, [{ type: 'error', error: code }]);
  }
});

test('a meeting is followed from the lobby to its end, and no piece is shown twice', async () => {
  const id = await join('joins-live');
  const socket = await follow('joins-live');
  const later = await follow('joins-live', { protocol: 'v1' });
  const voice = await Voice.join(troupe, id);
  const sentences = Array.from({ length: 60 }, (_, i) => `This is sentence number ${i}.`);
  for (let i = 0; i < sentences.length; ++i) {
    // As WhisperLive repeats itself: the last ten and the open one, whose end still moves.
    const segments = [];
    for (let j = Math.max(0, i - 9); j <= i; ++j) {
      segments.push({ start: (j * 2).toFixed(3), end: (j * 2 + (j === i ? 0.9 : 1.8)).toFixed(3), text: j === i ? sentences[j].slice(0, 12) : sentences[j], completed: j !== i, language: 'en' });
    }
    await voice.tell({ type: 'transcription', segments });
  }
  await voice.tell({ type: 'transcription', segments: [{ start: '118.000', end: '119.800', text: sentences.at(-1), completed: true, language: 'en' }] });
  await until(() => JSON.stringify(merged(socket)) === JSON.stringify(sentences), 'all sentences, each once');
  await until(() => later.of('transcript').flatMap((frame) => frame.confirmed).length >= 60, 'the confirmed ones');
  assert.equal(later.of('transcript').at(-1).meeting.id, id);
  const chat = { type: 'chat.new_message', meeting: { id }, payload: { sender: 'Anna', text: 'Where are the notes?', timestamp: 1, is_from_bot: false } };
  assert.equal(await voice.ask('PUBLISH', `va:meeting:${id}:chat`, JSON.stringify(chat)), ':1\r\n');
  for (const one of [socket, later]) {
    await until(() => one.of('chat_message').length === 1, 'what is written in the chat');
    assert.equal(one.of('chat_message')[0].sender, 'Anna');
    assert.equal(one.of('chat_message')[0].text, 'Where are the notes?');
  }
  const rest = (await troupe.api('GET', `/api/v1/meetings/${id}/transcript`)).body;
  assert.equal((rest.items ?? rest.segments).length, 60);
  await troupe.api('POST', `/api/v1/meetings/${id}/stop`);
  await until(() => socket.of('meeting.status').at(-1)?.payload.status === 'completed', 'the end');
  const words = socket.of('meeting.status').map((frame) => frame.payload.status);
  assert.deepEqual(words.filter((word) => !['joining', 'awaiting_admission'].includes(word)).slice(-3), ['active', 'stopping', 'completed']);
});

test('mistakes are answered and close nothing; what is not theirs is refused', async () => {
  await join('joins-mine');
  const socket = open(`?api_key=${apiToken}`);
  await socket.ready;
  for (const text of ['{', '{"action":"dance"}', '{"action":"subscribe"}', JSON.stringify({ action: 'subscribe', meetings: [call('joins-mine'), call('not-mine')] }), '{"action":"ping"}']) socket.send(text);
  await until(() => socket.of('pong').length === 1, 'the pong');
  assert.deepEqual(socket.of('error').map((frame) => frame.error), ['invalid_json', 'unknown_action', 'invalid_subscribe_payload', 'invalid_subscribe_payload']);
  assert.deepEqual(socket.of('subscribed')[0].meetings, [call('joins-mine')]);
  assert.equal(socket.readyState, WebSocket.OPEN);
});

test('a key that is revoked ends its stream', async () => {
  const headers = { 'content-type': 'application/json' };
  await troupe.user('vera');
  const session = await fetch(`${troupe.platform}/api/v1/session`, { method: 'POST', headers, body: JSON.stringify({ user: 'vera', password: 'password-of-vera' }) });
  const cookie = session.headers.getSetCookie()[0].split(';')[0];
  const key = await (await fetch(`${troupe.platform}/api/v1/keys`, { method: 'POST', headers: { ...headers, cookie }, body: JSON.stringify({ name: 'ws', role: 'member' }) })).json();
  const socket = open(`?api_key=${key.token}`);
  await socket.ready;
  socket.send(JSON.stringify({ action: 'subscribe', meetings: [call('joins-mine')] }));
  await until(() => socket.of('error').length === 1, 'the refusal');
  assert.equal(socket.of('subscribed').length, 0, 'another person is in that call');
  const gone = await fetch(`${troupe.platform}/api/v1/keys/${key.key.id}`, { method: 'DELETE', headers: { cookie } });
  assert.ok(gone.status < 300, String(gone.status));
  assert.equal(await socket.ended, 4401);
});

test('Troupe stops: the socket is closed in order', async () => {
  const socket = await follow('joins-mine');
  await troupe.terminate();
  assert.equal(await socket.ended, 1001);
  await troupe.launch();
});

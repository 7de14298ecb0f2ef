// A transcript that is told in a Matrix room: a thread that grows while people speak, whatever is killed when, and goes when the
// transcript is deleted. And a bot that is sent by what somebody writes.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { sdkClient, stopClients } from './lib/js_sdk.mjs';
import { botOf, startWithBots, Voice } from './lib/meeting_voice.mjs';
import { MatrixUser, until } from './lib/troupe.mjs';

let troupe;
let anna;
before(async () => {
  troupe = await startWithBots();
  anna = await troupe.user('anna');
});
after(() => stopClients(troupe));

/** A call of Troupe's API as the person, not as an administrator. */
async function asPerson(person) {
  const answer = await fetch(`${troupe.platform}/api/v1/session`, { method: 'POST', headers: { 'content-type': 'application/json', origin: troupe.platform },
    body: JSON.stringify({ user: person.id, password: person.password }) });
  assert.equal(answer.status < 300, true, `sign-in: ${answer.status} ${await answer.clone().text()}`);
  const cookie = answer.headers.getSetCookie().map((line) => line.split(';')[0]).join('; ');
  return async (method, path, body) => {
    const response = await fetch(troupe.platform + path, { method, headers: { cookie, origin: troupe.platform, 'content-type': 'application/json' },
      body: body && JSON.stringify(body) });
    const text = await response.text();
    return { status: response.status, body: text ? JSON.parse(text) : null };
  };
}
const look = async (id) => (await troupe.api('GET', `/api/v1/meetings/${id}`)).body;
const becomes = (id, state) => until(async () => (await look(id)).state === state, `meeting ${id} to be ${state}`);

const encryption = { type: 'm.room.encryption', state_key: '', content: { algorithm: 'm.megolm.v1.aes-sha2' } };

/** The thread as a person's client shows it: the root, and each message with its newest edit. */
async function threadOf(room, of = anna) {
  const events = (await of.history(room)).filter((event) => event.type === 'm.room.message' && event.content.body !== undefined);
  const root = events.find((event) => /^Transcript of /.test(event.content.body) && !event.content['m.relates_to']);
  if (!root) return { root: undefined, said: [] };
  const newest = (event) => events.filter((one) => one.sender === event.sender && one.content['m.relates_to']?.rel_type === 'm.replace'
    && one.content['m.relates_to'].event_id === event.event_id).at(-1)?.content['m.new_content'].body ?? event.content.body;
  const replies = events.filter((event) => event.content['m.relates_to']?.rel_type === 'm.thread' && event.content['m.relates_to'].event_id === root.event_id);
  return { root: newest(root), sender: root.sender, said: replies.map((event) => newest(event).replace(/ \(\d+:\d\d\)/, '')) };
}
const tells = (room, said, of = anna) => until(async () => {
  const now = await threadOf(room, of);
  if (JSON.stringify(now.said) !== JSON.stringify(said)) throw new Error(JSON.stringify(now));
  return now;
}, `the thread to say ${JSON.stringify(said)}`);

test('a call is told in a room while people speak, through a kill, and goes with its transcript', async () => {
  const room = await anna.createRoom({ name: 'Team' });
  const ask = await asPerson(anna);
  const made = await ask('POST', '/api/v1/meetings', { link: 'https://meet.jit.si/joins-thread', room });
  assert.equal(made.status, 201, JSON.stringify(made.body));
  const { id } = made.body;
  await becomes(id, 'active');
  const voice = await Voice.join(troupe, id);
  await voice.say('Anna', 'Good mor', 1, false);
  await tells(room, ['Anna: Good mor …']);
  await voice.say('Anna', 'Good morning.', 1);
  await voice.say('Ben', 'Hello, all.', 3);
  const shown = await tells(room, ['Anna: Good morning.', 'Ben: Hello, all.']);
  assert.equal(shown.sender, '@transcripts:localhost');
  assert.match(shown.root, /^Transcript of https:\/\/meet\.jit\.si\/.*: the bot is in the call and listens\.$/);
  voice.end();
  await troupe.restart();
  const again = await Voice.join(troupe, id);
  await again.say('Carla', 'I am late from Zanzibar.', 6);
  await tells(room, ['Anna: Good morning.', 'Ben: Hello, all.', 'Carla: I am late from Zanzibar.']);
  again.end();
  assert.deepEqual((await ask('GET', `/api/v1/meetings/${id}/thread`)).body.state, 'open');
  await ask('POST', `/api/v1/meetings/${id}/stop`);
  await becomes(id, 'completed');
  await until(async () => /the call is over\.$/.test((await threadOf(room)).root), 'the root to say that it is over');
  const erased = await until(async () => {
    const answer = await ask('DELETE', `/api/v1/meetings/${id}`);
    return answer.status === 200 && answer;
  }, 'the transcript to be deleted');
  assert.equal(erased.status, 200);
  await until(async () => (await ask('GET', `/api/v1/meetings/${id}/thread`)).body.state === 'erased', 'the thread to be taken back');
  const left = JSON.stringify((await anna.history(room)).map((event) => event.content));
  for (const words of ['Good mor', 'Hello, all', 'I am late']) assert.ok(!left.includes(words), words);
  if (!process.env.TROUPE_TEST_POSTGRES) { // neither the words nor what the index of words makes of them
    await until(() => filesWith('anzibar').length === 0, 'the word to be in no file', 20_000);
  }
});

test('only into a room of one\'s own, and into an encrypted one only where a bot can write there', async () => {
  const ask = await asPerson(anna);
  const send = (room) => ask('POST', '/api/v1/meetings', { link: 'https://meet.jit.si/joins-nowhere', room });
  const mallory = await troupe.user('mallory');
  assert.equal((await send(await mallory.createRoom({}))).status, 404);
  assert.equal((await send('#nowhere:localhost')).status, 404);
  assert.equal((await send('team')).status, 400);
  const sealed = await anna.createRoom({ initial_state: [encryption] });
  const refused = await send(sealed);
  assert.equal(refused.status, 409);
  assert.match(refused.body.detail, /encrypted[\s\S]*troupe bot add/);
  // An administrator's key has no account, so it is in no room.
  assert.equal((await troupe.api('POST', '/api/v1/meetings', { link: 'https://meet.jit.si/joins-nowhere', room: sealed })).status, 400);
  assert.equal((await troupe.api('GET', '/api/v1/meetings')).body.items.filter((meeting) => /nowhere/.test(meeting.native_meeting_id)).length, 0);
});

test('!meet sends a bot as whoever writes it, and tells the call in that room', async () => {
  const made = await troupe.cli(['bot', 'add', 'meet', '--brain', 'meetings', '--display-name', 'Meetings']);
  assert.equal(made.code, 0, made.stderr);
  assert.equal((await troupe.cli(['bot', 'start', 'meet'])).code, 0);
  const ben = await MatrixUser.login(troupe.matrix, (await troupe.user('ben')).id, 'password-of-ben');
  const room = await ben.createRoom({ name: 'Calls', invite: [anna.id, '@bot_meet:localhost'] });
  await anna.join(room);
  await until(async () => (await ben.request('GET', `/_matrix/client/v3/rooms/${encodeURIComponent(room)}/joined_members`)).joined['@bot_meet:localhost'], 'the bot to join');
  const answer = async (text, pattern) => {
    const about = await ben.send(room, text);
    return until(async () => (await ben.history(room)).find((event) => event.sender === '@bot_meet:localhost' && event.content.body
      && !event.content['m.relates_to']?.rel_type && pattern.test(event.content.body) && event.origin_server_ts > 0), `an answer to ${text} (${about})`);
  };
  await answer('!meet help', /!meet LINK/);
  await answer('!meet https://meet.google.com/abc-defg', /Google|code|link/i);
  await answer('!meet https://meet.jit.si/joins-by-words en', /A bot is on its way/);
  const mine = await until(async () => (await troupe.api('GET', '/api/v1/meetings')).body.items.find((meeting) => meeting.native_meeting_id === 'joins-by-words'), 'the meeting');
  assert.equal(mine.owner, ben.id);
  assert.equal(mine.language, 'en');
  await becomes(mine.id, 'active');
  const voice = await Voice.join(troupe, mine.id);
  await voice.say('Dora', 'By words alone.', 1);
  const shown = await tells(room, ['Dora: By words alone.'], ben);
  assert.equal(shown.sender, '@bot_meet:localhost');
  voice.end();
  await answer('!meet status', /In calls:[\s\S]*active/);
  await answer('!meet stop', /They leave:/);
  await becomes(mine.id, 'completed');
});

test('in an encrypted room a bot writes the thread with its device, through a kill, and nothing of it plain', async () => {
  const ask = await asPerson(anna);
  const room = await anna.createRoom({ name: 'Sealed', initial_state: [encryption] });
  const client = await sdkClient(troupe, anna);
  // As her client has it: what is related stands in the clear, what is said only in what it could decrypt.
  const reader = { history: async () => client.getRoom(room).getLiveTimeline().getEvents().filter((event) => event.isEncrypted())
    .map((event) => ({ type: event.getType(), sender: event.getSender(), event_id: event.getId(),
      content: { ...event.getClearContent(), 'm.relates_to': event.getWireContent()['m.relates_to'] } })) };
  const made = await ask('POST', '/api/v1/meetings', { link: 'https://meet.jit.si/joins-sealed', room });
  assert.equal(made.status, 201, JSON.stringify(made.body));
  const { id } = made.body;
  await becomes(id, 'active');
  const voice = await Voice.join(troupe, id);
  await voice.say('Anna', 'Quicksil', 1, false);
  await tells(room, ['Anna: Quicksil …'], reader);
  await voice.say('Anna', 'Quicksilver is heavy.', 1);
  const shown = await tells(room, ['Anna: Quicksilver is heavy.'], reader);
  assert.equal(shown.sender, '@bot_meet:localhost');
  voice.end();
  await troupe.kill();
  await troupe.launch();
  const again = await Voice.join(troupe, id);
  await again.say('Ben', 'So is osmium.', 4);
  await tells(room, ['Anna: Quicksilver is heavy.', 'Ben: So is osmium.'], reader);
  again.end();
  const said = (await anna.history(room)).filter((event) => event.sender === '@bot_meet:localhost' && event.state_key === undefined);
  assert.deepEqual([...new Set(said.map((event) => event.type))], ['m.room.encrypted']);
  assert.equal(said.filter((event) => event.content['m.relates_to']?.rel_type === 'm.thread').length, 2, 'each message is there once');
  assert.ok(said.every((event) => event.content.body === undefined && event.content['m.new_content'] === undefined));
  await (await asPerson(anna))('POST', `/api/v1/meetings/${id}/stop`);
  await becomes(id, 'completed');
  await until(async () => /the call is over\.$/.test((await threadOf(room, reader)).root), 'the root to say that it is over');
});

const whoami = async (token) => (await fetch(`${troupe.matrix}/_matrix/client/v3/account/whoami`, { headers: { authorization: `Bearer ${token}` } })).status;
/** What the bot with this config calls back, by the last word of the address. */
const callBack = async (config, what, body) => (await fetch(config.botManagerCallbackUrl.replace(/exited$/, what), { method: 'POST',
  headers: { 'content-type': 'application/json' }, body: JSON.stringify({ connection_id: config.connectionId, ...body }) })).status;
/** Files of the data folder, but those of the stand-in bots, that hold this text. */
const filesWith = (text) => readdirSync(troupe.data, { recursive: true, withFileTypes: true }).filter((file) => file.isFile() && !/^bot-\d+\.json$/.test(file.name))
  .map((file) => join(file.parentPath, file.name)).filter((path) => readFileSync(path).includes(text));

test('into a Matrix call a bot goes with an account and a verified device of its own, for as long as it lasts', async () => {
  const ask = await asPerson(anna);
  const room = await anna.createRoom({ name: 'Call' });
  const link = `https://matrix.to/#/${room}`;
  assert.equal((await (await asPerson(await troupe.user('eve')))('POST', '/api/v1/meetings', { link })).status, 403);
  const made = await ask('POST', '/api/v1/meetings', { link });
  assert.equal(made.status, 201, JSON.stringify(made.body));
  const { id } = made.body;
  const config = await botOf(troupe, id), { matrix } = config;
  assert.deepEqual([matrix.homeserverUrl, matrix.userId, matrix.roomId, matrix.call, matrix.declined], [troupe.matrix, '@bot_meet:localhost', room, 'rtc', []]);
  const joined = (await anna.request('GET', `/_matrix/client/v3/rooms/${encodeURIComponent(room)}/joined_members`)).joined;
  assert.ok(joined['@bot_meet:localhost'], 'brought into the room in the name of whoever asks');
  assert.equal(await whoami(matrix.accessToken), 200);

  assert.equal(await callBack(config, 'matrix_device', { device_id: 'ANOTHER' }), 422);
  assert.equal(await callBack(config, 'matrix_device', { device_id: matrix.deviceId }), 409, 'it has no keys yet');
  await sdkClient(troupe, { id: matrix.userId, token: matrix.accessToken, device: matrix.deviceId });
  await until(async () => await callBack(config, 'matrix_device', { device_id: matrix.deviceId }) === 200, 'the device to be signed');
  const keys = await anna.request('POST', '/_matrix/client/v3/keys/query', { device_keys: { [matrix.userId]: [] } });
  const own = Object.keys(keys.self_signing_keys[matrix.userId].keys)[0];
  assert.ok(keys.device_keys[matrix.userId][matrix.deviceId].signatures[matrix.userId][own], JSON.stringify(keys));

  assert.equal(await callBack(config, 'consent', { user_id: 'eve', declined: true }), 422, 'nobody is called that');
  assert.equal(await callBack(config, 'consent', { user_id: anna.id, declined: true }), 200);
  assert.deepEqual((await ask('GET', `/api/v1/meetings/${id}/history`)).body.consents.map(({ user_id, declined }) => [user_id, declined]), [[anna.id, true]]);

  await troupe.kill();
  await troupe.launch();
  assert.equal(await whoami(matrix.accessToken), 200, 'its bot goes on');
  // What the bot's process is started with lies in its own folder (0700), and goes with it.
  assert.deepEqual(filesWith(matrix.accessToken).map((path) => path.replace(troupe.data, '')), [`/tasks/meeting-${id}-1/spec`]);
  const again = await asPerson(anna);
  assert.equal((await again('POST', `/api/v1/meetings/${id}/stop`)).status, 202);
  await becomes(id, 'completed');
  assert.equal(await whoami(matrix.accessToken), 401);
  assert.deepEqual(filesWith(matrix.accessToken), [], 'it is kept nowhere');
  assert.equal(await callBack(config, 'consent', { user_id: anna.id, declined: false }), 404);
});

test('!meet goes into the call of the room, and knows who declined there', async () => {
  const room = await anna.createRoom({ name: 'Call' });
  const said = async (text, pattern) => {
    await anna.send(room, text);
    return until(async () => (await anna.history(room)).find((event) => event.sender === '@bot_meet:localhost' && pattern.test(event.content.body ?? '')), `an answer to ${text}`);
  };
  await anna.request('POST', `/_matrix/client/v3/rooms/${encodeURIComponent(room)}/invite`, { user_id: '@bot_meet:localhost' });
  await until(async () => (await anna.request('GET', `/_matrix/client/v3/rooms/${encodeURIComponent(room)}/joined_members`)).joined['@bot_meet:localhost'], 'the bot to join');
  await said('!meet call', /Nobody is in a call/);
  await anna.request('PUT', `/_matrix/client/v3/rooms/${encodeURIComponent(room)}/state/org.matrix.msc3401.call.member/_${anna.id}_PHONE_m.call`,
    { application: 'm.call', call_id: '', scope: 'm.room', device_id: 'PHONE', expires: 600_000, foci_preferred: [], focus_active: { type: 'livekit', focus_selection: 'oldest_membership' } });
  await said('!meet', /A bot is on its way/);
  const mine = await until(async () => (await troupe.api('GET', '/api/v1/meetings')).body.items.find((meeting) => meeting.native_meeting_id === room), 'the meeting');
  await becomes(mine.id, 'active');
  const first = await botOf(troupe, mine.id);
  assert.equal(await callBack(first, 'consent', { user_id: anna.id, declined: true }), 200);
  await said('!meet stop', /They leave/);
  await becomes(mine.id, 'completed');
  await said('!meet call', /A bot is on its way[\s\S]*meeting/);
  const next = await until(async () => (await troupe.api('GET', '/api/v1/meetings')).body.items.find((meeting) => meeting.native_meeting_id === room && meeting.id !== mine.id), 'the next');
  assert.deepEqual((await botOf(troupe, next.id)).matrix.declined, [anna.id]);
  await said('!meet stop', /They leave/);
  await becomes(next.id, 'completed');
});

// Makes tests/golden/data_040d10d with the program of that commit: TROUPE_BINARY names it. Run in tests/e2e. See the
// README there. What it makes differs from run to run (keys, ids, times), so it is made once and kept.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { generateKeyPairSync, sign } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { deflateSync, gzipSync } from 'node:zlib';
import { at, golden, look, openServices, v3 } from '../lib/old_folder.mjs';
import { MatrixUser, Troupe, adminPassword, binary, until } from '../lib/troupe.mjs';

const services = await openServices();
const troupe = await Troupe.start({ env: { TROUPE_ALLOW_PROGRAMS: 'on' } });
const rooms = {};
const people = {};
const keys = {};
const v1 = '/_matrix/client/v1';
let number = 0;

const room = (id) => `${v3}/rooms/${at(id)}`;
const said = (user, id, content, type = 'm.room.message') => user.request('PUT', `${room(id)}/send/${at(type, `txn-${number++}`)}`, content).then((a) => a.event_id);
const text = (body, more = {}) => ({ msgtype: 'm.text', body, ...more });
async function api(method, path, body, headers) {
  const answer = await troupe.api(method, path, body, headers);
  assert.ok(answer.status < 300, `${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
  return answer.body;
}
/** Signs in to the console; yields a function that calls the platform's API with the session. */
async function signIn(user, password) {
  const session = await fetch(`${troupe.platform}/api/v1/session`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ user, password }) });
  const cookie = session.headers.get('set-cookie').split(';')[0];
  return async (method, path, body) => {
    const answer = await fetch(troupe.platform + path, { method, headers: { cookie, ...(body && { 'content-type': 'application/json' }) }, body: body && JSON.stringify(body) });
    const said = await answer.text();
    assert.ok(answer.status < 300, `${method} ${path}: ${answer.status} ${said}`);
    return said ? JSON.parse(said) : null;
  };
}
async function person(name) {
  await api('POST', '/api/v1/users', { username: name, password: `password-of-${name}`, display_name: `${name} of 040d10d` });
  people[name] = await MatrixUser.login(troupe.matrix, name, `password-of-${name}`, { initial_device_display_name: 'phone' });
  return people[name];
}

// ---- People, rooms and what is said. ----

const anna = await person('anna');
const boris = await person('boris');
const clara = await person('clara');
const laptop = await MatrixUser.login(troupe.matrix, 'anna', 'password-of-anna', { device_id: 'LAPTOP', initial_device_display_name: 'laptop' });
people.laptop = laptop;
for (const name of ['dora', 'emil']) await person(name);
people.admin = await MatrixUser.login(troupe.matrix, 'admin', adminPassword);
await anna.request('PUT', `${v3}/profile/${at(anna.id)}/displayname`, { displayname: 'Anna Ångström 日本' });

/** A picture of so many pixels each way, for the small pictures that are made of it. */
function png(side) {
  const crcs = Array.from({ length: 256 }, (_, n) => { let c = n; for (let k = 0; k < 8; k++) c = c & 1 ? 0xedb88320 ^ (c >>> 1) : c >>> 1; return c >>> 0; });
  const crc = (bytes) => { let c = 0xffffffff; for (const b of bytes) c = crcs[(c ^ b) & 255] ^ (c >>> 8); return (c ^ 0xffffffff) >>> 0; };
  const chunk = (type, data) => {
    const body = Buffer.concat([Buffer.from(type), data]);
    const out = Buffer.alloc(body.length + 8);
    out.writeUInt32BE(data.length, 0); body.copy(out, 4); out.writeUInt32BE(crc(body), body.length + 4);
    return out;
  };
  const head = Buffer.alloc(13);
  head.writeUInt32BE(side, 0); head.writeUInt32BE(side, 4); head.set([8, 2, 0, 0, 0], 8);
  const rows = Buffer.alloc(side * (side * 3 + 1));
  for (let y = 0; y < side; y++) for (let x = 0; x < side; x++) rows.set([x & 255, y & 255, (x * y) & 255], y * (side * 3 + 1) + 1 + x * 3);
  return Buffer.concat([Buffer.from([137, 80, 78, 71, 13, 10, 26, 10]), chunk('IHDR', head), chunk('IDAT', deflateSync(rows)), chunk('IEND', Buffer.alloc(0))]);
}
async function upload(user, name, type, bytes) {
  const answer = await user.raw('POST', `/_matrix/media/v3/upload?filename=${at(name)}`, new Uint8Array(bytes), { 'content-type': type });
  assert.equal(answer.status, 200);
  return answer.body.content_uri;
}
const picture = await upload(anna, 'picture.png', 'image/png', png(160));
const paper = await upload(boris, 'paper.txt', 'text/plain', Buffer.from('words on paper, ü\n'));
const files = [];
for (const uri of [picture, paper]) files.push(`download/${uri.slice(6)}`);
for (const size of ['width=32&height=32&method=crop', 'width=96&height=96&method=scale']) files.push(`thumbnail/${picture.slice(6)}?${size}`);
for (const path of files) assert.equal((await anna.raw('GET', `${v1}/media/${path}`)).status, 200, path);
await anna.request('PUT', `${v3}/profile/${at(anna.id)}/avatar_url`, { avatar_url: picture });

rooms.hall = await anna.createRoom({ name: 'Hall', topic: 'Where all meet', preset: 'public_chat', room_alias_name: 'hall', visibility: 'public' });
await boris.join(rooms.hall);
await clara.join(rooms.hall);
await people.emil.join(rooms.hall);
const lines = [];
for (let i = 0; i < 60; i++) lines.push(await said(i % 2 ? boris : anna, rooms.hall, text(`line ${i} of the hall, “ü 日本 \u{1f600}”`)));
const edited = await said(anna, rooms.hall, text('frist'));
await said(anna, rooms.hall, { ...text('* first'), 'm.new_content': text('first'), 'm.relates_to': { rel_type: 'm.replace', event_id: edited } });
for (const [user, key] of [[boris, '👍'], [clara, '👍'], [anna, '❤️']]) {
  await said(user, rooms.hall, { 'm.relates_to': { rel_type: 'm.annotation', event_id: edited, key } }, 'm.reaction');
}
const redacted = await said(boris, rooms.hall, text('taken back'));
await boris.request('PUT', `${room(rooms.hall)}/redact/${at(redacted, 'redaction-1')}`, { reason: 'a slip' });
const thread = await said(anna, rooms.hall, text('a thread begins'));
for (let i = 0; i < 5; i++) await said(i % 2 ? anna : boris, rooms.hall, text(`thread ${i}`, { 'm.relates_to': { rel_type: 'm.thread', event_id: thread, is_falling_back: true, 'm.in_reply_to': { event_id: thread } } }));
await said(clara, rooms.hall, text('@anna a reply', { 'm.mentions': { user_ids: [anna.id] }, 'm.relates_to': { 'm.in_reply_to': { event_id: lines[3] } } }));
await said(anna, rooms.hall, { msgtype: 'm.image', body: 'picture.png', url: picture, info: { mimetype: 'image/png', w: 160, h: 160 } });
await said(anna, rooms.hall, { number: 9007199254740991, nested: { list: [1, [2, { three: null }]], yes: true } }, 'org.example.own');
for (let i = 0; i < 3; i++) await anna.request('PUT', `${room(rooms.hall)}/state/org.example.state/key`, { round: i });
await anna.request('PUT', `${room(rooms.hall)}/state/m.room.pinned_events/`, { pinned: [lines[0]] });

rooms.secret = await boris.createRoom({ name: 'Behind the door', preset: 'private_chat', invite: [anna.id, clara.id],
  initial_state: [{ type: 'm.room.encryption', state_key: '', content: { algorithm: 'm.megolm.v1.aes-sha2' } }] });
await anna.join(rooms.secret);
await said(boris, rooms.secret, { algorithm: 'm.megolm.v1.aes-sha2', ciphertext: 'AwgAEnACgAkLmt6q', session_id: 's', sender_key: 'k', device_id: boris.device }, 'm.room.encrypted');
rooms.left = await anna.createRoom({ name: 'Left', preset: 'private_chat', invite: [boris.id] });
await boris.join(rooms.left);
await said(boris, rooms.left, text('before I go'));
await boris.request('POST', `${room(rooms.left)}/leave`, {});
await said(anna, rooms.left, text('he is gone'));
await anna.invite(rooms.left, clara.id);
await anna.request('POST', `${room(rooms.left)}/ban`, { user_id: people.dora.id, reason: 'a test' });
rooms.upgraded = await clara.createRoom({ name: 'Old version', room_version: '10', preset: 'public_chat' });
await said(clara, rooms.upgraded, text('in version 10'));
rooms.successor = (await clara.request('POST', `${room(rooms.upgraded)}/upgrade`, { new_version: '12' })).replacement_room;
await said(clara, rooms.successor, text('in version 12'));

// ---- What belongs to people: markers, data, devices, keys, messages to devices. ----

await anna.request('POST', `${room(rooms.hall)}/receipt/m.read/${at(lines[40])}`, {});
await boris.request('POST', `${room(rooms.hall)}/receipt/m.read.private/${at(lines[50])}`, {});
await clara.request('POST', `${room(rooms.hall)}/read_markers`, { 'm.fully_read': lines[20], 'm.read': lines[30] });
await anna.request('POST', `${room(rooms.hall)}/receipt/m.read/${at(thread)}`, { thread_id: thread });
await anna.request('PUT', `${v3}/user/${at(anna.id)}/account_data/org.example.data`, { of: 'anna', list: [1, 2] });
await anna.request('PUT', `${v3}/user/${at(anna.id)}/rooms/${at(rooms.hall)}/account_data/org.example.here`, { colour: 'green' });
await anna.request('PUT', `${v3}/user/${at(anna.id)}/rooms/${at(rooms.hall)}/tags/m.favourite`, { order: 0.25 });
await anna.request('PUT', `${v3}/pushrules/global/content/${at('a-word')}`, { pattern: 'word', actions: ['notify', { set_tweak: 'highlight' }] });
await anna.request('POST', `${v3}/pushers/set`, { app_id: 'org.example', pushkey: 'push-key', kind: 'http', app_display_name: 'A', device_display_name: 'B', lang: 'en', data: { url: 'http://127.0.0.1:9/_matrix/push/v1/notify' } });
const { filter_id: filter } = await anna.request('POST', `${v3}/user/${at(anna.id)}/filter`, { room: { timeline: { limit: 3 } } });
for (let i = 0; i < 4; i++) await boris.request('PUT', `${v3}/sendToDevice/org.example.note/${at(`note-${i}`)}`, { messages: { [anna.id]: { [i % 2 ? 'LAPTOP' : '*']: { note: i } } } });

const canonical = (value) => (Array.isArray(value) ? `[${value.map(canonical).join()}]` : value && typeof value === 'object'
  ? `{${Object.keys(value).sort().map((key) => `${JSON.stringify(key)}:${canonical(value[key])}`).join()}}` : JSON.stringify(value));
const unpadded = (bytes) => Buffer.from(bytes).toString('base64').replace(/=+$/, '');
const newKey = () => {
  const pair = generateKeyPairSync('ed25519');
  return { secret: pair.privateKey, name: unpadded(Buffer.from(pair.publicKey.export({ format: 'jwk' }).x, 'base64url')) };
};
const signed = (user, by, id, object) => ({ ...object, signatures: { [user]: { [`ed25519:${id}`]: unpadded(sign(null, Buffer.from(canonical(object)), by.secret)) } } });
const device = newKey();
await anna.request('POST', `${v3}/keys/upload`, {
  device_keys: signed(anna.id, device, anna.device, { user_id: anna.id, device_id: anna.device, algorithms: ['m.olm.v1.curve25519-aes-sha2', 'm.megolm.v1.aes-sha2'],
    keys: { [`curve25519:${anna.device}`]: newKey().name, [`ed25519:${anna.device}`]: device.name } }),
  one_time_keys: Object.fromEntries(['AAAA', 'AAAB', 'AAAC'].map((id) => [`signed_curve25519:${id}`, signed(anna.id, device, anna.device, { key: newKey().name })])),
  fallback_keys: { 'signed_curve25519:FALL': { ...signed(anna.id, device, anna.device, { key: newKey().name }), fallback: true } },
});
await boris.request('POST', `${v3}/keys/claim`, { one_time_keys: { [anna.id]: { [anna.device]: 'signed_curve25519' } } });
const [master, own, others] = [newKey(), newKey(), newKey()];
const crossKey = (usage, key) => ({ user_id: anna.id, usage: [usage], keys: { [`ed25519:${key.name}`]: key.name } });
const crossSigning = { master_key: crossKey('master', master), self_signing_key: signed(anna.id, master, master.name, crossKey('self_signing', own)),
  user_signing_key: signed(anna.id, master, master.name, crossKey('user_signing', others)) };
const refused = await anna.raw('POST', `${v3}/keys/device_signing/upload`, crossSigning);
if (refused.status !== 200) {
  assert.equal(refused.status, 401);
  await anna.request('POST', `${v3}/keys/device_signing/upload`, { ...crossSigning,
    auth: { type: 'm.login.password', session: refused.body.session, identifier: { type: 'm.id.user', user: 'anna' }, password: 'password-of-anna' } });
}
const { version } = await anna.request('POST', `${v3}/room_keys/version`, { algorithm: 'm.megolm_backup.v1.curve25519-aes-sha2', auth_data: { public_key: newKey().name } });
await anna.request('PUT', `${v3}/room_keys/keys?version=${version}`, { rooms: { [rooms.secret]: { sessions: { session: { first_message_index: 1, forwarded_count: 0, is_verified: true, session_data: { ciphertext: 'kept' } } } } } });

// ---- Bots of every brain, with their credentials, in rooms with anna. ----

const program = ['/bin/sh', '-c', 'while true; do sleep 1; done'];
const bots = {
  echo: { kind: 'echo', config: { respond: 'always' } },
  model: { kind: 'openai', config: { base_url: services.model.url, model: 'stand-in', api_key: 'model-key', system_prompt: 'Be brief.' } },
  flow: { kind: 'flowise', config: { url: services.flow.url, api_key: 'flow-key' } },
  hook: { kind: 'webhook', config: { url: services.hook.url, secret: 'a-secret-of-many-bytes' } },
  clock: { kind: 'command', config: { timezone: 'Europe/Berlin' } },
  prog: { kind: 'program', config: { command: program, stop_grace_s: 1 } },
};
const botId = (name) => `@bot_${name}:localhost`;
const answers = async (name) => (await anna.history(rooms[name])).filter((e) => e.sender === botId(name) && e.type === 'm.room.message');
async function ask(name, words) {
  const before = (await answers(name)).length;
  const question = await said(anna, rooms[name], text(words));
  await until(async () => (await answers(name)).length > before, `${name} to answer ${words}`);
  return question;
}
for (const [name, brain] of Object.entries(bots)) {
  await api('POST', '/api/v1/bots', { bot_id: name, display_name: `The ${name}`, brain, restart: { policy: 'on_failure', max_restarts: 3, window_s: 60 } });
  await api('POST', `/api/v1/bots/${name}/start`);
  if (name === 'prog') continue;
  rooms[name] = await anna.createRoom({ name: `With ${name}`, preset: 'trusted_private_chat', is_direct: true, invite: [botId(name)] });
  await until(async () => (await anna.request('GET', `${room(rooms[name])}/joined_members`)).joined[botId(name)], `${name} to join`);
}
await ask('echo', 'say this');
await ask('model', 'the first question');
await ask('model', 'json please');
await ask('flow', 'a question for the flow');
await ask('hook', 'a question for the service');
await ask('clock', '!timezone Asia/Tokyo');
await ask('clock', '!remind at 2031-11-01 10:00 to look at this');
await ask('clock', '!schedule "0 9 * * 1-5" Good morning');
await ask('clock', '!schedule cancel 2');  // one that goes on would speak up each time the folder is opened
await ask('model', '500 please');  // an answer that failed
await until(async () => (await api('GET', '/api/v1/bots/prog')).state === 'running', 'the program to run');
await api('POST', '/api/v1/bots/prog/stop');
// The first face: a bot of a chosen account and password, with its flow's address.
await api('POST', '/create_user', { username: 'seedbot', password: 'password-of-seedbot', user_type: 'bot' });
await api('POST', '/create_bot', { bot_id: 'seed', homeserver: troupe.matrix, user_id: '@seedbot:localhost', password: 'password-of-seedbot', flowise_url: services.flow.url });
await api('POST', '/start_bot', { bot_id: 'seed' });
const hook = await api('POST', '/api/v1/bots/echo/hooks', { name: 'CI', room_id: rooms.echo, wait_for_complete: true });
const hookPath = new URL(hook.url, troupe.platform).pathname;
assert.equal((await fetch(troupe.platform + hookPath, { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"text":"**built**"}' })).status, 200);

// ---- Tenants, keys, imports, locks. ----

await person('zoe');
const tenant = await api('POST', '/api/v1/tenants', { name: 'House' });
await api('PATCH', '/api/v1/users/zoe', { tenant_id: tenant.id });
await api('PATCH', '/api/v1/users/zoe', { role: 'admin' });
await api('PATCH', '/api/v1/users/boris', { role: 'operator' });
const zoe = await signIn('zoe', 'password-of-zoe');
keys.zoe = (await zoe('POST', '/api/v1/keys', { name: 'zoe', role: 'admin' })).token;
await zoe('POST', '/api/v1/bots', { bot_id: 'tenants', brain: { kind: 'openai', config: { base_url: services.model.url, model: 'stand-in', api_key: 'tenant-key' } } });
const admin = await signIn('admin', adminPassword);
await admin('POST', '/api/v1/bots/echo/chat', { text: 'from the console' });
keys.reader = (await admin('POST', '/api/v1/keys', { name: 'reader', role: 'member', scopes: ['bots'], expires_in_days: 3650 })).token;
const ended = await admin('POST', '/api/v1/keys', { name: 'ended', role: 'member' });
keys.ended = ended.token;
await admin('DELETE', `/api/v1/keys/${ended.key.id}`);
const csv = 'username,display_name\nimported1,One\nimported2,Two\nBAD NAME,\n';
const imported = await fetch(`${troupe.platform}/api/v1/users/import?join=${at(rooms.hall)}&generate=true`, { method: 'POST', headers: { authorization: 'Bearer an-api-token-for-tests', 'content-type': 'text/csv' }, body: csv });
const { import_id: importId } = await imported.json();
await until(async () => (await api('GET', `/api/v1/users/import/${importId}`)).state === 'done', 'the import');
await api('POST', '/api/v1/users/dora/lock');
await api('POST', '/api/v1/users/emil/deactivate', { confirm: 'emil' });
delete people.dora;
delete people.emil;
await api('POST', '/api/v1/bots/seed/stop');
for (const name of ['prog', 'seed']) await until(async () => (await api('GET', `/api/v1/bots/${name}`)).state === 'stopped', `${name} to stop`);

// ---- Stopped, packed, opened again and looked at. ----

const ids = (name) => ['', '/history', '/hooks', '/rooms'].map((what) => `/api/v1/bots/${name}${what}`);
const known = {
  rooms, keys, files, hook: hookPath, related: [edited, thread], importId,
  people: Object.fromEntries(Object.entries(people).map(([name, { id, token, device: of, password }]) => [name, { id, token, device: of, password }])),
  reads: [`user/{me}/filter/${filter}`, `user/{me}/account_data/org.example.data`, 'room_keys/keys?version=1', `directory/room/${at('#hall:localhost')}`],
  platform: ['/api/v1/bots', ...[...Object.keys(bots), 'seed'].flatMap(ids), '/api/v1/users?limit=100', '/api/v1/tenants', '/api/v1/keys', `/api/v1/rooms/${at(rooms.hall)}`,
    `/api/v1/rooms/${at(rooms.hall)}/messages?user_id=anna`, '/api/v1/audit?limit=100', '/api/v1/users/import', `/api/v1/users/import/${importId}`, '/api/v1/users/anna'],
  otherTenant: ['/api/v1/bots', '/api/v1/users', '/api/v1/audit?limit=100'],
};
assert.deepEqual(await troupe.terminate(), { code: 0, signal: null });
known.packedMs = Date.now();
mkdirSync(golden, { recursive: true });
execFileSync('tar', ['-czf', join(golden, 'data.tar.gz'), '--owner=0', '--group=0', '--exclude=./run', '--exclude=./troupe.lock', '-C', troupe.data, '.']);
writeFileSync(join(golden, 'known.json'), `${JSON.stringify(known, null, 1)}\n`);
await troupe.launch();
writeFileSync(join(golden, 'seen.json.gz'), gzipSync(JSON.stringify(await look(troupe, known)), { level: 9 }));
const document = JSON.parse(execFileSync(binary, ['--data', troupe.data, 'openapi'], { encoding: 'utf8', env: troupe.env, maxBuffer: 64 << 20 }));
writeFileSync(join(golden, 'openapi.json'), `${JSON.stringify(document, null, 1)}\n`);
await troupe.stop();
await services.stop();

// The wall between tenants and the end of what is open, with the real binary on both listeners.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Troupe, adminPassword, until } from './lib/troupe.mjs';

let troupe;
before(async () => { troupe = await Troupe.start(); });
after(() => troupe?.stop());

const password = 'a-long-password';

/** Signs in to the console; yields a function that calls the platform's API with the cookie. */
async function console_(user, secret = password) {
  const answer = await fetch(`${troupe.platform}/api/v1/session`, { method: 'POST',
    headers: { 'content-type': 'application/json' }, body: JSON.stringify({ user, password: secret }) });
  assert.equal(answer.status, 200, await answer.text());
  const cookie = answer.headers.get('set-cookie').split(';')[0];
  const call = async (method, path, body) => {
    const response = await fetch(troupe.platform + path, { method, headers: { cookie, ...(body && { 'content-type': 'application/json' }) },
      body: body && JSON.stringify(body) });
    const text = await response.text();
    return { status: response.status, body: text.startsWith('{') ? JSON.parse(text) : text };
  };
  return Object.assign(call, { cookie });
}

async function matrix(method, path, token, body) {
  const response = await fetch(troupe.matrix + path, { method, body: body && JSON.stringify(body),
    headers: { ...(token && { authorization: `Bearer ${token}` }), 'content-type': 'application/json' } });
  return { status: response.status, body: await response.json() };
}
const login = async (user, secret = password) => (await matrix('POST', '/_matrix/client/v3/login', null, {
  type: 'm.login.password', identifier: { type: 'm.id.user', user }, password: secret })).body.access_token;

/** Reads a stream of events until it ends; yields {open, ended}. */
async function follow(path, cookie) {
  const response = await fetch(troupe.platform + path, { headers: { cookie } });
  assert.equal(response.status, 200);
  const stream = { open: true };
  stream.ended = (async () => {
    try { for await (const piece of response.body) void piece; } catch { /* cut off is an end, too */ }
    stream.open = false;
  })();
  return stream;
}

test('an account that is locked over the Matrix listener loses its console and its open streams at once', async () => {
  await troupe.api('POST', '/api/v1/users', { username: 'lena', password });
  await troupe.api('POST', '/api/v1/bots', { bot_id: 'echo', brain: { kind: 'echo' } });
  const lena = await console_('lena');
  const streams = [await follow('/api/v1/live', lena.cookie), await follow('/api/v1/bots/echo/chat/live', lena.cookie)];
  assert.ok(streams.every((stream) => stream.open));
  const admin = await login('admin', adminPassword);
  const locked = await matrix('PUT', '/_matrix/client/v1/admin/lock/@lena:localhost', admin, { locked: true });
  assert.equal(locked.status, 200, JSON.stringify(locked.body));
  assert.equal((await lena('GET', '/api/v1/session')).status, 401, 'the next request is refused already');
  const began = Date.now();
  await until(() => streams.every((stream) => !stream.open), 'the streams to end');
  assert.ok(Date.now() - began < 14_000, 'and not at the next heartbeat');
});

test('a tenant\'s administrator is no administrator of the server, on either listener', async () => {
  const house = (await troupe.api('POST', '/api/v1/tenants', { name: 'House' })).body.id;
  for (const name of ['zoe', 'mia', 'victim']) await troupe.api('POST', '/api/v1/users', { username: name, password });
  for (const name of ['zoe', 'mia']) await troupe.api('PATCH', `/api/v1/users/${name}`, { tenant_id: house });
  await troupe.api('PATCH', '/api/v1/users/zoe', { role: 'admin' });
  const zoe = await console_('zoe');
  assert.equal((await zoe('GET', '/api/v1/session')).body.role, 'admin');
  const token = await login('zoe');
  assert.equal((await matrix('PUT', '/_matrix/client/v1/admin/lock/@victim:localhost', token, { locked: true })).status, 403);
  assert.equal((await matrix('PUT', '/_matrix/client/v3/profile/@victim:localhost/displayname', token, { displayname: 'x' })).status, 403);

  const victim = await login('victim');
  const room = (await matrix('POST', '/_matrix/client/v3/createRoom', victim, { name: 'Private' })).body.room_id;
  const path = `/api/v1/rooms/${encodeURIComponent(room)}`;
  assert.equal((await zoe('GET', path)).status, 404);
  assert.equal((await zoe('GET', `${path}/messages?user_id=victim`)).status, 404);
  assert.equal((await zoe('POST', `${path}/send`, { sender: 'victim', text: 'not me' })).status, 404);
  const own = (await zoe('POST', '/api/v1/rooms', { creator: 'mia', name: 'Ours', invite: ['zoe'] })).body.room_id;
  assert.equal((await zoe('GET', `/api/v1/rooms/${encodeURIComponent(own)}`)).body.name, 'Ours');
  // Once more after a restart, as the wall is in the database and not in memory.
  await troupe.restart();
  assert.equal((await zoe('GET', '/api/v1/session')).body.role, 'admin');
  assert.equal((await zoe('GET', path)).status, 404);
});

test('what is open to this machine is closed to a proxy on it and to a page that was lured here', async () => {
  const { request } = await import('node:http');
  const status = (headers) => new Promise((resolve, reject) => {
    request(`${troupe.platform}/metrics`, { headers }, (response) => { response.resume(); resolve(response.statusCode); })
      .on('error', reject).end();
  });
  assert.equal(await status({}), 200);
  assert.equal(await status({ 'x-forwarded-for': '192.0.2.7' }), 401);
  assert.equal(await status({ host: 'evil.example' }), 401);
  await until(() => /trusted_proxies/.test(troupe.output), 'the line in the log');
});

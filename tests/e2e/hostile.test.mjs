// A hundred bad inputs against the real binary: each gets the right error, memory stays flat, the program stays up.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { after, before, test } from 'node:test';
import { raw } from './lib/raw.mjs';
import { Troupe, until } from './lib/troupe.mjs';

let troupe;
let user;
let other;
let room;
before(async () => {
  troupe = await Troupe.start();
  user = await troupe.user('victim');
  other = await troupe.user('other');
  room = await user.createRoom({});
});
after(() => troupe?.stop());

const rss = async () => Number(/VmRSS:\s+(\d+)/.exec(await readFile(`/proc/${troupe.process.pid}/status`, 'utf8'))[1]);
const v3 = '/_matrix/client/v3';
const inRoom = (rest) => `${v3}/rooms/${encodeURIComponent(room)}/${rest}`;
const deep = (n, open = '[', close = ']') => open.repeat(n) + close.repeat(n);

/** A request with the body exactly as given. */
async function send(method, path, body, headers = {}, base = troupe.matrix) {
  const response = await fetch(base + path, { method, body, headers: { authorization: `Bearer ${user.token}`,
    'content-type': 'application/json', ...headers } });
  const text = await response.text();
  let json;
  try { json = JSON.parse(text); } catch { json = null; }
  return { status: response.status, errcode: json?.errcode, json, headers: response.headers };
}

test('bodies that are no JSON, or not the JSON that was asked for', async () => {
  const put = inRoom('send/m.room.message/x');
  const latin = new Uint8Array([0x7b, 0x22, 0x61, 0x22, 0x3a, 0x22, 0xff, 0xfe, 0x22, 0x7d]);
  const cases = [
    ['', 400, 'M_NOT_JSON'], ['{', 400, 'M_NOT_JSON'], ['{"a":}', 400, 'M_NOT_JSON'], ['{"a":1,}', 400, 'M_NOT_JSON'],
    ["{'a':1}", 400, 'M_NOT_JSON'], ['{"a":NaN}', 400, 'M_NOT_JSON'], ['{"a":01}', 400, 'M_NOT_JSON'],
    ['{"a":"\u0001"}', 400, 'M_NOT_JSON'], ['{} trailing', 400, 'M_NOT_JSON'], ['{}{}', 400, 'M_NOT_JSON'],
    [latin, 400, 'M_NOT_JSON'], ['\ufeff{}', 400, 'M_NOT_JSON'],
    [`{"a":${deep(100)}}`, 400, 'M_NOT_JSON'], [`{"a":${deep(30_000)}}`, 400, 'M_NOT_JSON'],
    ['[]', 400, 'M_BAD_JSON'], ['null', 400, 'M_BAD_JSON'], ['"text"', 400, 'M_BAD_JSON'], ['7', 400, 'M_BAD_JSON'],
    ['{"body":1.5,"msgtype":"m.text"}', 400, 'M_BAD_JSON'], ['{"n":1e400}', 400, null], ['{"n":9007199254740993}', 400, 'M_BAD_JSON'],
    ['{"n":-9007199254740993}', 400, 'M_BAD_JSON'], ['{"n":123456789012345678901234567890}', 400, null],
    ['{"a":"\\ud800"}', 400, null],
  ];
  for (const [body, status, code] of cases) {
    const answer = await send('PUT', put, body);
    const shown = String(body).slice(0, 40);
    assert.equal(answer.status, status, shown);
    if (code) assert.ok([code, 'M_NOT_JSON', 'M_BAD_JSON'].includes(answer.errcode), `${shown}: ${answer.errcode}`);
    assert.ok(answer.errcode, shown);
  }
});

test('wrong types in known places', async () => {
  const cases = [
    ['POST', '/createRoom', { invite: 'notalist' }], ['POST', '/createRoom', { invite: [7] }], ['POST', '/createRoom', { name: 5 }],
    ['POST', '/createRoom', { room_version: 12 }], ['POST', '/createRoom', { room_version: 'nope' }],
    ['POST', '/createRoom', { preset: 'nope' }], ['POST', '/createRoom', { visibility: 'nope' }],
    ['POST', '/createRoom', { initial_state: {} }], ['POST', '/createRoom', { initial_state: [{ type: 1 }] }],
    ['POST', '/createRoom', { power_level_content_override: 'x' }], ['POST', '/createRoom', { creation_content: [] }],
    ['POST', '/createRoom', { room_alias_name: 'a b:c' }], ['POST', '/login', { type: 'm.login.password' }],
    ['POST', '/login', { type: 7 }], ['POST', '/login', { type: 'm.login.unknown' }], ['POST', '/login', {}],
    ['POST', '/keys/query', { device_keys: [] }], ['POST', '/keys/query', { device_keys: { '@a:b': 'x' } }],
    ['POST', '/keys/claim', { one_time_keys: 1 }], ['POST', '/keys/upload', { one_time_keys: 'x' }],
    ['PUT', `/sendToDevice/m.x/1`, { messages: [] }], ['PUT', `/sendToDevice/m.x/2`, {}],
    ['PUT', `/user/${encodeURIComponent('@victim:localhost')}/account_data/m.push_rules`, {}],
    ['POST', `/user/${encodeURIComponent('@victim:localhost')}/filter`, { room: 7 }],
    ['POST', `/user/${encodeURIComponent('@victim:localhost')}/filter`, { room: { timeline: { limit: 'many' } } }],
    ['PUT', `/profile/${encodeURIComponent('@victim:localhost')}/displayname`, { displayname: { a: 1 } }],
  ];
  for (const [method, path, body] of cases) {
    const answer = await send(method, v3 + path, JSON.stringify(body));
    assert.ok(answer.status >= 400 && answer.status < 500, `${path} ${JSON.stringify(body)}: ${answer.status}`);
    assert.match(answer.errcode ?? '', /^M_/, `${path} ${JSON.stringify(body)}`);
  }
  for (const [path, body] of [['invite', {}], ['invite', { user_id: 'noid' }], ['invite', { user_id: 7 }], ['kick', {}], ['ban', { user_id: [] }]]) {
    const answer = await send('POST', inRoom(path), JSON.stringify(body));
    assert.equal(answer.status, 400, `${path} ${JSON.stringify(body)}`);
  }
});

test('tokens and rights', async () => {
  const whoami = `${v3}/account/whoami`;
  for (const [headers, status, code] of [
    [{ authorization: '' }, 401, null], [{ authorization: 'Bearer' }, 401, null], [{ authorization: 'Bearer nope' }, 401, 'M_UNKNOWN_TOKEN'],
    [{ authorization: `Basic ${btoa('a:b')}` }, 401, 'M_MISSING_TOKEN'], [{ authorization: `Bearer ${user.token}x` }, 401, 'M_UNKNOWN_TOKEN'],
    [{ authorization: `Bearer ${'x'.repeat(5000)}` }, 401, 'M_UNKNOWN_TOKEN'],
  ]) {
    const answer = await send('GET', whoami, undefined, headers);
    assert.equal(answer.status, status, JSON.stringify(headers).slice(0, 60));
    if (code) assert.equal(answer.errcode, code);
  }
  assert.equal((await send('GET', `${whoami}?access_token=${other.token}`)).status, 400, 'two different credentials');
  assert.equal((await send('GET', inRoom('state'), undefined, { authorization: `Bearer ${other.token}` })).status, 403);
  assert.equal((await send('GET', inRoom('messages?dir=b'), undefined, { authorization: `Bearer ${other.token}` })).status, 403);
  assert.equal((await send('PUT', inRoom('send/m.room.message/1'), '{}', { authorization: `Bearer ${other.token}` })).status, 403);
  assert.equal((await send('GET', `${v3}/user/${encodeURIComponent('@other:localhost')}/account_data/m.direct`)).status, 403);
  assert.equal((await send('PUT', `${v3}/profile/${encodeURIComponent('@other:localhost')}/displayname`, '{"displayname":"x"}')).status, 403);
  for (const [method, path] of [['GET', '/api/v1/users'], ['POST', '/create_bot'], ['GET', '/bots'], ['POST', '/api/v1/bots'], ['GET', '/api/v1/audit']]) {
    const answer = await fetch(troupe.platform + path, { method, body: method === 'POST' ? '{}' : undefined, headers: { 'content-type': 'application/json' } });
    assert.equal(answer.status, 401, path);
  }
});

test('paths that try to leave, and paths that are not there', async () => {
  for (const [path, status] of [
    ['/_matrix/client/v3/../../etc/passwd', 404], ['/_matrix/client/v3/%2e%2e/%2e%2e/etc/passwd', 404], ['/%00', 400], ['//', 404],
    ['/_matrix/client/v3/rooms/%zz/state', 400], ['/_matrix/client/v3/rooms/%ff%fe/state', 400], ['/_matrix/nothing', 404],
    ['/_matrix/client/v1/media/download/localhost/..%2f..%2fsecret.key', 404], ['/_matrix/client/v1/media/download/localhost/%2e%2e', 404],
    ['/_matrix/client/v1/media/download/elsewhere.example/abc', 404],
  ]) {
    const answer = await raw(troupe.matrixPort, [`GET ${path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${user.token}\r\n\r\n`]);
    assert.equal(answer.status, status, `${path}: ${answer.text.slice(0, 200)}`);
  }
  for (const path of ['/ui/assets/../../secret.key', '/ui/assets/%2e%2e%2f%2e%2e%2fsecret.key', '/ui/assets/nothing.js']) {
    const answer = await raw(troupe.platformPort, [`GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`]);
    assert.ok([400, 404].includes(answer.status), `${path}: ${answer.status}`);
    assert.ok(!answer.text.includes('SQLite'));
  }
  const wrong = await send('DELETE', `${v3}/sync`);
  assert.equal(wrong.status, 405);
  assert.equal(wrong.errcode, 'M_UNRECOGNIZED');
  assert.ok(wrong.headers.get('allow'));
});

test('too much of everything', async () => {
  assert.equal((await send('PUT', inRoom('send/m.room.message/big1'), JSON.stringify({ body: 'x'.repeat(70_000), msgtype: 'm.text' }))).status, 413);
  assert.equal((await send('PUT', inRoom(`send/${'t'.repeat(300)}/x`), '{}')).status >= 400, true);
  assert.ok([400, 413].includes((await send('PUT', inRoom(`state/m.x/${'k'.repeat(300)}`), '{}')).status));
  assert.equal((await send('POST', `${v3}/createRoom`, JSON.stringify({ invite: Array.from({ length: 5000 }, (_, i) => `@u${i}:localhost`) }))).status, 400);
  assert.ok([400, 413].includes((await send('POST', `${v3}/createRoom`, `{"name":"${'x'.repeat(200_000)}"}`)).status));
  assert.equal((await send('POST', `${v3}/login`, `{"type":"${'x'.repeat(5_000_000)}"}`)).status, 413);
  const token = `Authorization: Bearer ${user.token}\r\n`;
  for (const [what, bytes, statuses] of [
    ['a long target', `GET /${'a'.repeat(20_000)} HTTP/1.1\r\nHost: x\r\n\r\n`, [414, 431]],
    ['a long header', `GET / HTTP/1.1\r\nHost: x\r\nX: ${'a'.repeat(100_000)}\r\n\r\n`, [431]],
    ['many headers', `GET / HTTP/1.1\r\nHost: x\r\n${Array.from({ length: 500 }, (_, i) => `X${i}: 1\r\n`).join('')}\r\n`, [431]],
    ['an announced terabyte', `PUT ${inRoom('send/m.room.message/tb')} HTTP/1.1\r\nHost: x\r\n${token}Content-Length: 1099511627776\r\n\r\n`, [413]],
    ['two lengths', `POST ${v3}/login HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}`, [400]],
    ['length and chunks', `POST ${v3}/login HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`, [400]],
    ['a negative length', `POST ${v3}/login HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n`, [400]],
    ['a length of letters', `POST ${v3}/login HTTP/1.1\r\nHost: x\r\nContent-Length: abc\r\n\r\n`, [400]],
    ['a bad chunk size', `POST ${v3}/login HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n`, [400]],
    ['a huge chunk size', `POST ${v3}/login HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffffff\r\n`, [400, 413]],
    ['an unknown coding', `POST ${v3}/login HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: bzip2\r\n\r\n`, [400, 501]],
    ['no host', 'GET /_matrix/client/versions HTTP/1.1\r\n\r\n', [400]],
    ['two hosts', 'GET /_matrix/client/versions HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n', [400]],
    ['HTTP/2 preface', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', [400, 505]],
    ['HTTP/9.9', 'GET / HTTP/9.9\r\nHost: x\r\n\r\n', [400, 505]],
    ['no HTTP at all', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n', [400]],
    ['a space in the target', 'GET /a b HTTP/1.1\r\nHost: x\r\n\r\n', [400, 404, 505]],
    ['a folded header', 'GET /nothing HTTP/1.1\r\nHost: x\r\nX: a\r\n b\r\n\r\n', [400, 404]],
    ['NUL in a header', 'GET / HTTP/1.1\r\nHost: x\r\nX: a\0b\r\n\r\n', [400]],
    ['a bare line feed in the name', 'GET / HTTP/1.1\r\nHost: x\r\nX\n: a\r\n\r\n', [400]],
    ['a control method', '\x01\x02 / HTTP/1.1\r\nHost: x\r\n\r\n', [400]],
  ]) {
    const answer = await raw(troupe.matrixPort, [bytes]);
    assert.ok(statuses.includes(answer.status), `${what}: ${answer.status} ${answer.text.slice(0, 120)}`);
  }
});

test('slow and broken sockets do not hold the server', async () => {
  let open = 0;
  const sockets = Array.from({ length: 300 }, () => {
    const socket = connect(troupe.matrixPort, '127.0.0.1', () => { open++; });
    socket.once('close', () => { open--; });
    socket.on('error', () => {});
    socket.resume();
    socket.write('GET /_matrix/client/versions HTTP/1.1\r\nHost: x\r\nX-Slow: ');
    return socket;
  });
  const closed = sockets.map((s) => new Promise((r) => s.once('close', r)));
  await until(() => open === 300, 'all of them to be open');
  assert.equal((await user.raw('GET', '/_matrix/client/versions')).status, 200);
  assert.ok(open > 0, 'answers while slow heads are open');
  await until(async () => (await Promise.race([Promise.all(closed), new Promise((r) => setTimeout(r, 50, 'open'))])) !== 'open',
    'the slow heads to be cut off', 120_000);
  const half = await raw(troupe.matrixPort, ['GET /_matrix/client/versions HTTP/1.1\r\nHost: x\r\n\r\n'], { halfClose: true });
  assert.equal(half.status, 200, 'a half-closed socket still gets its answer');
  const cut = await raw(troupe.matrixPort, [`PUT ${inRoom('send/m.room.message/cut')} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${user.token}\r\nContent-Length: 500\r\n\r\n{"body":`], { halfClose: true });
  assert.ok([0, 400].includes(cut.status));
  assert.ok(!(await user.history(room)).some((e) => e.unsigned?.transaction_id === 'cut'));
  const pipelined = await raw(troupe.matrixPort, ['GET /ready HTTP/1.1\r\nHost: x\r\n\r\n'.repeat(3)]);
  assert.equal(pipelined.status, 200);
});

test('memory stays flat under a flood of bad requests, and the program is up', async () => {
  const burst = async () => {
    for (let i = 0; i < 40; i++) {
      await Promise.all([
        send('PUT', inRoom('send/m.room.message/f'), `{"a":${deep(5000)}}`),
        send('PUT', inRoom('send/m.room.message/g'), JSON.stringify({ body: 'x'.repeat(60_000), n: 1.5 })),
        raw(troupe.matrixPort, [`GET / HTTP/1.1\r\nHost: x\r\nX: ${'a'.repeat(60_000)}\r\n\r\n`]),
        send('POST', `${v3}/login`, JSON.stringify({ type: 'm.login.token', token: 'x'.repeat(1000) })),
      ]);
    }
  };
  await burst();
  // What is kept of each request grows with every flood; what a busy machine's threads need once more does not.
  const resident = [await rss()];
  const flat = () => resident.length > 1 && resident.at(-1) < resident.at(-2) + 16 * 1024;
  while (!flat() && resident.length < 6) {
    for (let i = 0; i < 4; i++) await burst();
    resident.push(await rss());
  }
  assert.ok(flat(), `resident kB, flood by flood: ${resident}`);
  assert.equal((await user.request('GET', `${v3}/account/whoami`)).user_id, '@victim:localhost');
  assert.equal(await user.send(room, 'still here', 'alive').then((id) => id[0]), '$');
});

// Application services through a whole server: a bridge of matrix-bot-sdk does its work, and one that is away misses
// nothing, also over kill -9.
import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { Appservice, LogLevel, LogService, MemoryStorageProvider } from 'matrix-bot-sdk';
import { MatrixUser, Troupe, until } from './lib/troupe.mjs';

LogService.setLevel(LogLevel.ERROR);
const c = '/_matrix/client/v3';
const enc = encodeURIComponent;

async function freePort() {
  const server = createServer();
  await new Promise((r) => server.listen(0, '127.0.0.1', r));
  const { port } = server.address();
  await new Promise((r) => server.close(r));
  return port;
}

/** What both the file and matrix-bot-sdk say of a service. */
const registrationOf = (name, port) => ({
  id: name, url: `http://127.0.0.1:${port}`, as_token: `as-token-of-${name}`, hs_token: `hs-token-of-${name}`, sender_localpart: `_${name}_bot`,
  rate_limited: false, receive_ephemeral: true, protocols: [name],
  namespaces: { users: [{ exclusive: true, regex: `@_${name}_.*` }], aliases: [{ exclusive: true, regex: `#_${name}_.*` }], rooms: [] },
});

describe('application services', () => {
  let folder, troupe, irc, anna, away;
  /** A service of a few lines, which is away when `status` says so. */
  const slack = { status: 200, transactions: [], pings: [] };

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'troupe-as-'));
    const ports = { irc: await freePort(), slack: await freePort() };
    const files = [];
    for (const [name, port] of Object.entries(ports)) {
      files.push(join(folder, `${name}.yaml`));
      await writeFile(files.at(-1), JSON.stringify(registrationOf(name, port), null, 1), { mode: 0o600 }); // JSON is YAML
    }
    slack.http = createServer(async (request, response) => {
      const pieces = [];
      for await (const piece of request) pieces.push(piece);
      const body = pieces.length ? JSON.parse(Buffer.concat(pieces).toString()) : null;
      assert.equal(request.headers.authorization, 'Bearer hs-token-of-slack');
      if (request.url.startsWith('/_matrix/app/v1/transactions/'))
        slack.transactions.push({ id: request.url.split('/').at(-1), body, status: slack.status });
      else slack.pings.push(request.url);
      response.writeHead(slack.status, { 'content-type': 'application/json' }).end('{}');
    });
    await new Promise((r) => slack.http.listen(ports.slack, '127.0.0.1', r));
    troupe = await Troupe.start({ env: { TROUPE_APPSERVICES_FILES: files.join(',') } });
    irc = new Appservice({
      port: ports.irc, bindAddress: '127.0.0.1', homeserverName: 'localhost', homeserverUrl: troupe.matrix,
      registration: { ...registrationOf('irc', ports.irc), 'de.sorunome.msc2409.push_ephemeral': true }, storage: new MemoryStorageProvider(),
    });
    await irc.begin();
    anna = await troupe.user('anna');
    away = new MatrixUser();
    Object.assign(away, { base: troupe.matrix, token: 'as-token-of-slack' });
  });
  after(async () => {
    irc?.stop();
    await troupe?.stop();
    slack.http?.closeAllConnections();
    await new Promise((r) => slack.http.close(r));
    await rm(folder, { recursive: true, force: true });
  });

  test('its own account and its users', async () => {
    assert.equal(await irc.botClient.getUserId(), '@_irc_bot:localhost');
    const carl = irc.getIntentForSuffix('carl');
    await carl.ensureRegistered();
    assert.equal(await carl.underlyingClient.getUserId(), '@_irc_carl:localhost');
    await carl.underlyingClient.setDisplayName('Carl (IRC)');
    assert.equal((await anna.request('GET', `${c}/profile/${enc('@_irc_carl:localhost')}`)).displayname, 'Carl (IRC)');
  });

  test('a message to a bridged room, and the answer of a ghost', async () => {
    const room = await anna.createRoom({ preset: 'public_chat' });
    const heard = [];
    irc.on('room.message', (where, event) => heard.push({ where, event }));
    const carl = irc.getIntentForSuffix('carl');
    await carl.joinRoom(room);
    const sent = await anna.send(room, 'hello over there');
    const { where, event } = await until(() => heard.find((h) => h.event.event_id === sent), 'the message');
    assert.equal(where, room);
    assert.equal(event.sender, anna.id);
    const reply = await carl.sendText(room, 'hello back');
    await until(async () => (await anna.history(room)).some((e) => e.event_id === reply && e.sender === '@_irc_carl:localhost'), 'the answer');
    const typed = [];
    irc.on('ephemeral.event', (edu) => typed.push(edu));
    await anna.request('PUT', `${c}/rooms/${enc(room)}/typing/${enc(anna.id)}`, { typing: true, timeout: 30_000 });
    await until(() => typed.some((e) => e.type === 'm.typing' && e.room_id === room && e.content.user_ids.includes(anna.id)), 'the typing');
  });

  test('people it does not know yet, and rooms, are made when somebody looks for them', async () => {
    irc.on('query.user', (user, create) => create({ display_name: 'Dora (IRC)' }));
    irc.on('query.room', (alias, create) => create({ preset: 'public_chat', name: 'from afar' }));
    assert.equal((await anna.request('GET', `${c}/profile/${enc('@_irc_dora:localhost')}`)).displayname, 'Dora (IRC)');
    const joined = await anna.request('POST', `${c}/join/${enc('#_irc_hall:localhost')}`, {});
    assert.equal((await anna.request('GET', `${c}/rooms/${enc(joined.room_id)}/state/m.room.name`)).name, 'from afar');
  });

  test('its names are closed to people', async () => {
    const room = await anna.createRoom();
    const alias = await anna.raw('PUT', `${c}/directory/room/${enc('#_irc_mine:localhost')}`, { room_id: room });
    assert.deepEqual([alias.status, alias.body.errcode], [400, 'M_EXCLUSIVE']);
    const other = await away.raw('POST', `${c}/register`, { type: 'm.login.application_service', username: '_irc_eve' });
    assert.deepEqual([other.status, other.body.errcode], [400, 'M_EXCLUSIVE']);
    const masquerade = await away.raw('GET', `${c}/account/whoami?user_id=${enc(anna.id)}`);
    assert.deepEqual([masquerade.status, masquerade.body.errcode], [403, 'M_FORBIDDEN']);
  });

  test('a ping comes back', async () => {
    const pinged = await away.request('POST', '/_matrix/client/v1/appservice/slack/ping', { transaction_id: 'meow' });
    assert.equal(typeof pinged.duration_ms, 'number');
    assert.deepEqual(slack.pings, ['/_matrix/app/v1/ping']);
  });

  test('what a service missed comes in order and once, over kill -9', async () => {
    const room = await anna.createRoom({ preset: 'public_chat' });
    await away.join(room);
    const texts = (transactions) => transactions.flatMap((t) => t.body.events).filter((e) => e.type === 'm.room.message').map((e) => e.content.body);
    await anna.send(room, 'before');
    await until(() => texts(slack.transactions).includes('before'), 'the first message');
    slack.status = 503;
    const sent = [];
    for (let i = 0; i < 30; i++) {
      sent.push(`m${i}`);
      await anna.send(room, sent.at(-1));
      if (i % 10 === 9) await troupe.restart();
    }
    await until(() => slack.transactions.some((t) => t.status === 503 && texts([t]).includes('m0')), 'a failing transaction');
    await troupe.kill();
    slack.status = 200;
    await troupe.launch();
    sent.push('after');
    await anna.send(room, 'after');
    const done = () => slack.transactions.filter((t) => t.status === 200);
    await until(() => texts(done()).includes('after'), 'the last message');
    assert.deepEqual(texts(done()), ['before', ...sent]);
    // The same id is the same transaction, whenever it was tried.
    const bodies = new Map();
    for (const { id, body } of slack.transactions) {
      if (bodies.has(id)) assert.deepEqual(body, bodies.get(id));
      bodies.set(id, body);
    }
    const all = [...new Set(slack.transactions.map((t) => t.id))];
    assert.deepEqual(all, [...all].sort((a, b) => Number(a) - Number(b)));
  });

  test('a file that is wrong is said before anything starts', async () => {
    const broken = join(folder, 'broken.yaml');
    await writeFile(broken, 'id: broken\nurl: null\nas_token: secret-words\nhs_token: x\nsender_localpart: _b\nnamespaces:\n  users: [{regex: "@(?=x)"}]\n');
    const env = troupe.env;
    troupe.env = { ...env, TROUPE_APPSERVICES_FILES: broken };
    const checked = await troupe.cli(['config', 'check']);
    troupe.env = env;
    assert.notEqual(checked.code, 0);
    const said = checked.stdout + checked.stderr;
    assert.match(said, /broken\.yaml: namespaces\.users: the regex @\(\?=x\) cannot be used/);
    assert.doesNotMatch(said, /secret-words/);
  });
});

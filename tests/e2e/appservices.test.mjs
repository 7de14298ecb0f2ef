// Application services through a whole server: a bridge of matrix-bot-sdk does its work, and one that is away misses
// nothing, also over kill -9.
import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { Appservice, LogLevel, LogService, MemoryStorageProvider } from 'matrix-bot-sdk';
import { freePort } from './lib/ports.mjs';
import { MatrixUser, Troupe, until } from './lib/troupe.mjs';

LogService.setLevel(LogLevel.ERROR);
const c = '/_matrix/client/v3';
const enc = encodeURIComponent;

/** What both the file and matrix-bot-sdk say of a service. */
const registrationOf = (name, port) => ({
  id: name, url: `http://127.0.0.1:${port}`, as_token: `as-token-of-${name}`, hs_token: `hs-token-of-${name}`, sender_localpart: name === 'slack' ? 'sL4ckSender' : `_${name}_bot`,
  rate_limited: false, receive_ephemeral: true, 'org.matrix.msc3202': true, protocols: [name],
  namespaces: { users: [{ exclusive: true, regex: `@_${name}_.*` }], aliases: [{ exclusive: true, regex: `#_${name}_.*` }], rooms: [] },
});

describe('application services', () => {
  let folder, troupe, irc, anna, away;
  /** A service of a few lines, which is away when `status` says so. */
  const slack = { status: 200, transactions: [], pings: [] };
  /** What the service has taken: one with an id that it knows is the same one again, as after a kill -9 before its answer was heard. */
  const taken = () => slack.transactions.filter((t, i, all) => t.status === 200 && all.findIndex((other) => other.status === 200 && other.id === t.id) === i);

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

  test('what encryption needs reaches its library', async () => {
    const carl = irc.getIntentForSuffix('carl');
    await carl.ensureRegistered();
    const heard = { counts: [], unused: [], lists: [], messages: [] };
    irc.on('otk.counts', (counts) => heard.counts.push(counts));
    irc.on('otk.unused_fallback_keys', (types) => heard.unused.push(types));
    irc.on('device_lists', (lists) => heard.lists.push(lists));
    irc.on('ephemeral.event', (event) => heard.messages.push(event));
    const as = (method, path, body) => carl.underlyingClient.doRequest(method, `${c}${path}`, { device_id: 'BRIDGE' }, body);
    await carl.underlyingClient.doRequest('PUT', `${c}/devices/BRIDGE`, null, { display_name: 'bridge' });
    const keysOf = (user, device) => ({ user_id: user, device_id: device, algorithms: ['m.olm.v1.curve25519-aes-sha2'], keys: { [`curve25519:${device}`]: 'c', [`ed25519:${device}`]: 'e' }, signatures: {} });
    await as('POST', '/keys/upload', {
      device_keys: keysOf('@_irc_carl:localhost', 'BRIDGE'), one_time_keys: { 'signed_curve25519:A': { key: 'a' }, 'signed_curve25519:B': { key: 'b' } },
      fallback_keys: { 'signed_curve25519:F': { key: 'f', fallback: true } } });
    await until(() => heard.counts.some((n) => n['@_irc_carl:localhost']?.BRIDGE.signed_curve25519 === 2), 'the number of keys');
    await until(() => heard.unused.some((n) => n['@_irc_carl:localhost']?.BRIDGE.includes('signed_curve25519')), 'the fallback key');
    const room = await anna.createRoom({ preset: 'public_chat' });
    await carl.joinRoom(room);
    await until(() => heard.lists.some((l) => l.changed.includes(anna.id)), 'whose devices are of interest now');
    heard.lists.length = 0;
    await anna.request('POST', `${c}/keys/upload`, { device_keys: keysOf(anna.id, anna.device) });
    await until(() => heard.lists.some((l) => l.changed.includes(anna.id)), 'changed devices');
    await anna.request('PUT', `${c}/sendToDevice/m.room.encrypted/to-carl`, { messages: { '@_irc_carl:localhost': { BRIDGE: { body: 'psst' } } } });
    const message = await until(() => heard.messages.find((e) => e.content?.body === 'psst'), 'the message to its device');
    assert.deepEqual([message.sender, message.to_user_id, message.to_device_id], [anna.id, '@_irc_carl:localhost', 'BRIDGE']);
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
    // mautrix draws the name of this account at random, with capitals.
    assert.equal((await away.request('GET', `${c}/account/whoami`)).user_id, '@sL4ckSender:localhost');
    const pinged = await away.request('POST', '/_matrix/client/v1/appservice/slack/ping', { transaction_id: 'meow' });
    assert.equal(typeof pinged.duration_ms, 'number');
    assert.deepEqual(slack.pings, ['/_matrix/app/v1/ping']);
  });

  test('what a service missed comes in order and once, over kill -9', async () => {
    const room = await anna.createRoom({ preset: 'public_chat' });
    await away.join(room);
    const texts = (transactions) => transactions.flatMap((t) => t.body.events).filter((e) => e.type === 'm.room.message').map((e) => e.content.body);
    await anna.send(room, 'before');
    await until(() => texts(taken()).includes('before'), 'the first message');
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
    await until(() => texts(taken()).includes('after'), 'the last message');
    assert.deepEqual(texts(taken()), ['before', ...sent]);
    // The same id is the same transaction, whenever it was tried.
    const bodies = new Map();
    for (const { id, body } of slack.transactions) {
      if (bodies.has(id)) assert.deepEqual(body, bodies.get(id));
      bodies.set(id, body);
    }
    const all = [...new Set(slack.transactions.map((t) => t.id))];
    assert.deepEqual(all, [...all].sort((a, b) => Number(a) - Number(b)));
  });

  test('messages to devices of its users come once and in order, over kill -9', async () => {
    const ghost = (path, method = 'GET', body) => away.request(method, `${c}${path}${path.includes('?') ? '&' : '?'}user_id=${enc('@_slack_eve:localhost')}`, body);
    await away.request('POST', `${c}/register`, { type: 'm.login.application_service', username: '_slack_eve', inhibit_login: true });
    await ghost('/devices/BRIDGE', 'PUT', { display_name: 'bridge' });
    const identity = { user_id: '@_slack_eve:localhost', device_id: 'BRIDGE', algorithms: ['m.olm.v1.curve25519-aes-sha2'], keys: { 'curve25519:BRIDGE': 'c', 'ed25519:BRIDGE': 'e' }, signatures: {} };
    await ghost('/keys/upload?device_id=BRIDGE', 'POST', { device_keys: identity, one_time_keys: { 'signed_curve25519:A': { key: 'a' } } });
    const told = (name) => taken().flatMap((t) => t.body[name] ?? []);
    await until(() => told('org.matrix.msc3202.device_one_time_keys_count').some((n) => n['@_slack_eve:localhost']?.BRIDGE?.signed_curve25519 === 1), 'the number of keys');
    const message = (i) => anna.request('PUT', `${c}/sendToDevice/m.room.encrypted/to-eve-${i}`, { messages: { '@_slack_eve:localhost': { '*': { body: `d${i}` } } } });
    slack.status = 503;
    for (let i = 0; i < 12; i++) {
      await message(i);
      if (i % 5 === 4) { await troupe.kill(); await troupe.launch(); }
    }
    slack.status = 200;
    await away.request('POST', '/_matrix/client/v1/appservice/slack/ping', {});
    const bodies = () => told('to_device').filter((e) => e.to_user_id === '@_slack_eve:localhost' && e.to_device_id === 'BRIDGE').map((e) => e.content.body);
    await until(() => bodies().includes('d11'), 'the last message');
    assert.deepEqual(bodies(), Array.from({ length: 12 }, (_, i) => `d${i}`));
  });

  test('a room directory of its own', async () => {
    const room = await away.createRoom({ preset: 'public_chat' });
    await away.request('PUT', `${c}/directory/list/appservice/work/${enc(room)}`, { visibility: 'public' });
    const found = await anna.request('POST', `${c}/publicRooms`, { third_party_instance_id: 'slack|work' });
    assert.deepEqual(found.chunk.map((r) => r.room_id), [room]);
    const own = await anna.request('POST', `${c}/publicRooms`, {});
    assert.equal(own.chunk.some((r) => r.room_id === room), false);
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

// Two Troupe processes on one PostgreSQL and one Redis are one homeserver: what happens in one is seen through the other.
import assert from 'node:assert/strict';
import { after, afterEach, before, describe, test } from 'node:test';
import { missingServices, Postgres, Redis, startPair } from './lib/services.mjs';
import { MatrixUser, apiToken, until } from './lib/troupe.mjs';

const missing = await missingServices();
const enc = encodeURIComponent;

/** A client's /sync loop at one or the other process: everything it was shown, in order. */
class Syncer {
  constructor(user, bases) {
    Object.assign(this, { user, bases, events: [], toDevice: [], receipts: [], typing: new Map(), changed: [], rooms: {}, running: true, answers: 0 });
  }
  async start() {
    this.take(await this.once());
    this.loop = (async () => {
      while (this.running) {
        try { this.take(await this.once()); } catch (error) { if (this.running) { this.error = error; throw error; } }
      }
    })();
    this.loop.catch(() => {});
    return this;
  }
  once() {
    const base = this.bases[this.answers++ % this.bases.length]; // several: it changes over at each request
    const user = Object.assign(new MatrixUser(), { base, token: this.user.token });
    return user.sync({ ...(this.since ? { since: this.since } : {}), timeout: this.since ? 1000 : 0,
      filter: { room: { timeline: { limit: 500 } } } });
  }
  take(answer) {
    this.since = answer.next_batch;
    this.toDevice.push(...(answer.to_device?.events ?? []));
    this.changed.push(...(answer.device_lists?.changed ?? []));
    for (const [kind, rooms] of Object.entries(answer.rooms ?? {})) {
      for (const [room, part] of Object.entries(rooms)) {
        this.rooms[room] = kind;
        for (const event of part.timeline?.events ?? []) this.events.push({ ...event, room_id: room });
        for (const event of part.ephemeral?.events ?? []) {
          if (event.type === 'm.typing') this.typing.set(room, event.content.user_ids);
          if (event.type === 'm.receipt') this.receipts.push(event.content);
        }
      }
    }
  }
  messages(room) { return this.events.filter((e) => e.room_id === room && e.type === 'm.room.message'); }
  async stop() {
    this.running = false;
    await this.loop.catch(() => {});
  }
}

describe('two processes, one homeserver', { skip: missing }, () => {
  let postgres, redis, pair, a, b, anna, ben;
  const syncers = [];
  const sync = async (user, ...at) => {
    const made = await new Syncer(user, at.map((t) => t.matrix)).start();
    syncers.push(made);
    return made;
  };
  const at = (troupe, user) => Object.assign(new MatrixUser(), user, { base: troupe.matrix });

  before(async () => {
    [postgres, redis] = await Promise.all([Postgres.start(), Redis.start()]);
    pair = await startPair(postgres, { redis });
    ({ a, b } = pair);
    anna = await a.user('anna');
    ben = await b.user('ben');
  });
  // Two loops of one device would take each other's to-device messages.
  afterEach(() => Promise.all(syncers.splice(0).map((s) => s.stop())));
  after(async () => {
    await pair?.stop();
    await Promise.all([redis?.stop(), postgres?.stop()]);
  });

  test('messages sent through both reach every client once and in one order', async () => {
    const carl = await a.user('carl');
    const dora = await b.user('dora');
    const room = await anna.createRoom({ preset: 'public_chat' });
    for (const user of [ben, carl, dora]) await user.join(room);
    const watchers = [await sync(anna, a), await sync(carl, a), await sync(ben, b), await sync(dora, b), await sync(anna, a, b)];
    const people = [anna, ben, carl, dora];
    const sent = [];
    await Promise.all(people.map(async (user, u) => {
      for (let n = 0; n < 25; n++) sent.push(await user.send(room, `${u}.${n}`));
    }));
    assert.equal(new Set(sent).size, 100);
    await until(() => watchers.every((w) => w.messages(room).length >= 100), 'everybody to see every message', 60_000);
    const orders = watchers.map((w) => w.messages(room).map((e) => e.event_id));
    for (const order of orders) {
      assert.equal(order.length, 100, 'each exactly once');
      assert.deepEqual(order, orders[0], 'one order');
    }
    assert.deepEqual([...orders[0]].sort(), [...sent].sort());
    for (const base of [a, b]) {
      const history = (await at(base, anna).history(room)).filter((e) => e.type === 'm.room.message').map((e) => e.event_id);
      assert.deepEqual(history, orders[0], 'history says the same at both');
    }
    for (const w of watchers) assert.equal(w.error, undefined);
  });

  test('a room grows by both, and each decides by what the other has committed', async () => {
    const room = await anna.createRoom({ preset: 'private_chat', name: 'guarded' });
    const refused = await ben.raw('PUT', `/_matrix/client/v3/rooms/${enc(room)}/send/m.room.message/x`, { msgtype: 'm.text', body: 'no' });
    assert.equal(refused.status, 403);
    const watching = await sync(ben, b);
    await anna.invite(room, ben.id);
    await until(() => watching.rooms[room] === 'invite', 'the invitation');
    await ben.join(room);
    await ben.send(room, 'here');
    await anna.request('POST', `/_matrix/client/v3/rooms/${enc(room)}/kick`, { user_id: ben.id });
    // At once, without waiting for word of it: the batch hears of every earlier commit first.
    const after = await ben.raw('PUT', `/_matrix/client/v3/rooms/${enc(room)}/send/m.room.message/y`, { msgtype: 'm.text', body: 'still?' });
    assert.equal(after.status, 403);
    await until(() => watching.rooms[room] === 'leave', 'the kick');
    const levels = await anna.request('GET', `/_matrix/client/v3/rooms/${enc(room)}/state/m.room.power_levels`);
    await anna.request('PUT', `/_matrix/client/v3/rooms/${enc(room)}/state/m.room.power_levels`, { ...levels, invite: 100 });
    await anna.invite(room, ben.id);
    await ben.join(room);
    const bad = await ben.raw('POST', `/_matrix/client/v3/rooms/${enc(room)}/invite`, { user_id: '@dora:pair.example' });
    assert.equal(bad.status, 403);
  });

  test('a repeated transaction gives the first event, also at the other process', async () => {
    const room = await anna.createRoom();
    const first = await anna.send(room, 'once', 'the-txn');
    assert.equal(await at(b, anna).send(room, 'once', 'the-txn'), first);
    assert.equal(await at(a, anna).send(room, 'once', 'the-txn'), first);
    // Both at the same time: one event.
    const both = await Promise.all([a, b, a, b].map((t) => at(t, anna).send(room, 'race', 'race-txn')));
    assert.equal(new Set(both).size, 1);
    const history = (await anna.history(room)).filter((e) => e.type === 'm.room.message');
    assert.equal(history.length, 2);
  });

  test('redactions, receipts and unread counts cross over', async () => {
    const room = await anna.createRoom({ preset: 'public_chat' });
    await ben.join(room);
    const [seesA, seesB] = [await sync(anna, a), await sync(ben, b)];
    const id = await anna.send(room, 'a secret');
    await until(() => seesB.messages(room).some((e) => e.event_id === id), 'the message');
    await ben.request('POST', `/_matrix/client/v3/rooms/${enc(room)}/receipt/m.read/${enc(id)}`, {});
    await until(() => seesA.receipts.some((r) => r[id]?.['m.read']?.[ben.id]), 'the receipt');
    await anna.request('PUT', `/_matrix/client/v3/rooms/${enc(room)}/redact/${enc(id)}/r1`, {});
    await until(() => seesB.events.some((e) => e.room_id === room && e.type === 'm.room.redaction'), 'the redaction');
    for (const t of [a, b]) {
      const event = await at(t, ben).request('GET', `/_matrix/client/v3/rooms/${enc(room)}/event/${enc(id)}`);
      assert.deepEqual(event.content, {});
      const fresh = await at(t, ben).sync({ filter: { room: { rooms: [room], timeline: { limit: 50 } } } });
      const shown = fresh.rooms.join[room].timeline.events.find((e) => e.event_id === id);
      assert.deepEqual(shown.content, {}, 'the timeline in memory is pruned too');
    }
    await anna.send(room, 'unread');
    const count = async (t) => (await at(t, ben).sync({ filter: { room: { rooms: [room] } } })).rooms.join[room].unread_notifications.notification_count;
    await until(async () => (await count(a)) === 1 && (await count(b)) === 1, 'the same unread count at both');
  });

  test('to-device messages, device lists and account data cross over', async () => {
    const room = await anna.createRoom({ preset: 'public_chat' });
    await ben.join(room);
    const seesB = await sync(ben, b);
    await anna.request('PUT', `/_matrix/client/v3/sendToDevice/m.test/td1`, { messages: { [ben.id]: { '*': { hello: 1 } } } });
    await until(() => seesB.toDevice.length === 1, 'the to-device message');
    await at(b, anna).request('PUT', `/_matrix/client/v3/sendToDevice/m.test/td1`, { messages: { [ben.id]: { '*': { hello: 1 } } } });
    await anna.request('PUT', `/_matrix/client/v3/sendToDevice/m.test/td2`, { messages: { [ben.id]: { '*': { hello: 2 } } } });
    await until(() => seesB.toDevice.length === 2, 'the second one');
    assert.deepEqual(seesB.toDevice.map((e) => e.content.hello), [1, 2], 'a repeated request is not sent twice');
    await anna.request('POST', '/_matrix/client/v3/keys/upload', { device_keys: { user_id: anna.id, device_id: anna.device,
      algorithms: ['m.olm.v1.curve25519-aes-sha2'], keys: { [`curve25519:${anna.device}`]: 'k', [`ed25519:${anna.device}`]: 'e' },
      signatures: { [anna.id]: { [`ed25519:${anna.device}`]: 's' } } } });
    await until(() => seesB.changed.includes(anna.id), 'the change of the device list');
    await at(a, ben).request('PUT', `/_matrix/client/v3/user/${enc(ben.id)}/account_data/m.ignored_user_list`, { ignored_users: { [anna.id]: {} } });
    await until(async () => {
      await anna.send(room, 'nobody hears');
      const answer = await at(b, ben).sync({ filter: { room: { rooms: [room], timeline: { limit: 1 } } } });
      return !answer.rooms.join[room].timeline.events.some((e) => e.sender === anna.id && e.type === 'm.room.message');
    }, 'the ignored user to fall silent at the other process');
    await ben.request('PUT', `/_matrix/client/v3/user/${enc(ben.id)}/account_data/m.ignored_user_list`, { ignored_users: {} });
  });

  test('typing and presence cross over', async () => {
    const room = await anna.createRoom({ preset: 'public_chat' });
    await ben.join(room);
    const seesB = await sync(ben, b);
    await until(() => seesB.rooms[room] === 'join', 'the room');
    await anna.request('PUT', `/_matrix/client/v3/rooms/${enc(room)}/typing/${enc(anna.id)}`, { typing: true, timeout: 30_000 });
    await until(() => seesB.typing.get(room)?.includes(anna.id), 'the typing notice');
    await anna.send(room, 'done typing');
    await until(() => seesB.typing.get(room)?.length === 0, 'its end');
    await anna.request('PUT', `/_matrix/client/v3/presence/${enc(anna.id)}/status`, { presence: 'online', status_msg: 'here' });
    await until(async () => (await ben.request('GET', `/_matrix/client/v3/presence/${enc(anna.id)}/status`)).status_msg === 'here', 'presence');
  });

  test('a login at one is good at the other, and so is its end', async () => {
    const eve = await a.user('eve');
    const there = at(b, eve);
    assert.equal((await there.request('GET', '/_matrix/client/v3/account/whoami')).user_id, eve.id);
    await eve.request('POST', '/_matrix/client/v3/logout', {});
    await until(async () => (await there.raw('GET', '/_matrix/client/v3/account/whoami')).status === 401, 'the logout at the other process');
    const again = await MatrixUser.login(b.matrix, 'eve', eve.password);
    assert.equal((await at(a, again).raw('GET', '/_matrix/client/v3/account/whoami')).status, 200);
    const closed = await a.api('POST', `/api/v1/users/${enc(eve.id)}/deactivate`, { confirm: eve.id });
    assert.ok(closed.status < 300, JSON.stringify(closed.body));
    await until(async () => (await again.raw('GET', '/_matrix/client/v3/account/whoami')).status === 401, 'the end of the account at the other process');
    await assert.rejects(MatrixUser.login(b.matrix, 'eve', eve.password));
  });

  test('a file uploaded at one is downloaded at the other', async () => {
    const bytes = new TextEncoder().encode('one folder for both');
    const up = await anna.raw('POST', '/_matrix/media/v3/upload?filename=x.txt', bytes, { 'content-type': 'text/plain' });
    assert.equal(up.status, 200);
    const path = up.body.content_uri.replace('mxc://', '');
    const down = await ben.raw('GET', `/_matrix/client/v1/media/download/${path}`);
    assert.equal(new TextDecoder().decode(down.bytes), 'one folder for both');
  });

  test('a webhook posted to either process is said once', async () => {
    const bot = '@bot_crier:pair.example';
    const made = await a.api('POST', '/api/v1/bots', { bot_id: 'crier', brain: { kind: 'echo', config: {} } });
    assert.equal(made.status, 201, JSON.stringify(made.body));
    assert.equal((await b.api('POST', '/api/v1/bots/crier/start')).status, 200);
    const room = await anna.createRoom({ invite: [bot], preset: 'trusted_private_chat' });
    await until(async () => (await anna.request('GET', `/_matrix/client/v3/rooms/${enc(room)}/joined_members`)).joined[bot],
      'the bot to join', 90_000);
    const hook = await b.api('POST', '/api/v1/bots/crier/hooks', { name: 'CI', room_id: room });
    assert.equal(hook.status, 201, JSON.stringify(hook.body));
    const wanted = [];
    for (let n = 0; n < 6; n++) {
      const answer = await fetch([a, b][n % 2].platform + new URL(hook.body.url, a.platform).pathname, { method: 'POST', body: `{"text":"news ${n}"}`,
        headers: { 'content-type': 'application/json' } });
      assert.ok(answer.ok, `${answer.status}`);
      wanted.push(`news ${n}`);
    }
    const said = async () => (await anna.history(room)).filter((e) => e.sender === bot && e.type === 'm.room.message').map((e) => e.content.body);
    await until(async () => (await said()).length >= 6, 'the six deliveries', 60_000);
    assert.deepEqual(await said(), wanted);
    // Only the holder of the bots speaks; the other one counts none.
    const spoken = () => Promise.all([a, b].map(async (t) => Number((await t.api('GET', '/metrics')).body.match(/^troupe_fleet_outbox_total\{.*\} (\d+)/m)?.[1] ?? 0)));
    await until(async () => (await spoken()).reduce((sum, one) => sum + one) >= 6, 'all to be counted'); // a moment after they are said
    assert.deepEqual((await spoken()).sort(), [0, 6]);
  });

  test('of two administrators who take it from each other through both at once one stays', async () => {
    const change = async (t, user, role) => (await t.api('PATCH', `/api/v1/users/${user}`, { role })).status;
    for (const name of ['kate', 'lars']) await a.user(name);
    for (let round = 0; round < 8; round++) {
      for (const name of ['kate', 'lars']) assert.equal(await change(a, name, 'admin'), 200);
      if (round === 0) assert.equal(await change(a, 'admin', 'member'), 200);
      const both = await Promise.all([change(a, 'kate', 'member'), change(b, 'lars', 'member')]);
      assert.deepEqual(both.sort(), [200, 409], `round ${round}`);
    }
    assert.equal(await change(b, 'admin', 'admin'), 200);
  });

  const kHeirs = 250; // longer than a busy machine needs for a look at it
  test('an import of users is known at both; when its process dies it says so, and the same file goes on at the other', async () => {
    const lines = Array.from({ length: kHeirs }, (_, i) => `heir${i},password-number-${i}`);
    const post = async (t) => {
      const answer = await fetch(`${t.platform}/api/v1/users/import`, { method: 'POST', body: `username,password\n${lines.join('\n')}\n`,
        headers: { authorization: `Bearer ${apiToken}`, 'content-type': 'text/csv' } });
      return { status: answer.status, body: await answer.json() };
    };
    const started = await post(a);
    assert.equal(started.status, 202);
    const look = async (id) => (await b.api('GET', `/api/v1/users/import/${id}`)).body;
    const id = started.body.import_id;
    await until(async () => (await look(id)).done > 0, 'some to be made', 90_000); // each step is ten passwords
    assert.equal((await post(b)).status, 409, 'one at a time, of both');
    await a.kill();
    assert.equal((await look(id)).state, 'running');
    await a.launch();
    const ended = await until(async () => {
      const status = await look(id);
      return status.state !== 'running' && status;
    }, 'the end to be known');
    assert.deepEqual([ended.state, ended.reason], ['failed', 'interrupted']);
    assert.ok(ended.created > 0 && ended.created < kHeirs, `${ended.created} made`);
    const again = await post(b);
    assert.equal(again.status, 202);
    const done = await until(async () => {
      const status = (await a.api('GET', `/api/v1/users/import/${again.body.import_id}`)).body;
      return status.state !== 'running' && status;
    }, 'the rest to be made', 180_000);
    assert.deepEqual([done.state, done.created + done.existed, done.failed], ['done', kHeirs, 0]);
    assert.ok(done.existed >= ended.created, 'what it said was made is there');
    await MatrixUser.login(b.matrix, 'heir99', 'password-number-99');
  });

  test('singleton work runs in one of them', async () => {
    const held = async (t) => Number((await t.api('GET', '/metrics')).body.match(/troupe_host_lease_held\{lease="jobs"\} (\d)/)?.[1] ?? 0);
    // After the kill before, the lease of the dead one may have to run out first.
    await until(async () => (await held(a)) + (await held(b)) === 1, 'one that holds it', 120_000);
    const holders = await postgres.sql("SELECT holder FROM host_lease WHERE name = 'jobs'");
    assert.equal(holders.split('\n').length, 1);
  });
});

test('without Redis two processes find each other by looking', { skip: missing }, async () => {
  const postgres = await Postgres.start();
  const pair = await startPair(postgres);
  try {
    const { a, b } = pair;
    const anna = await a.user('anna');
    const ben = await b.user('ben');
    const room = await anna.createRoom({ preset: 'public_chat' });
    await ben.join(room);
    const sees = await new Syncer(ben, [b.matrix]).start();
    const id = await anna.send(room, 'slow post');
    await until(() => sees.messages(room).some((e) => e.event_id === id), 'the message');
    await sees.stop();
    assert.match(b.output, /redis\.url: not set/);
  } finally {
    await pair.stop();
    await postgres.stop();
  }
});

// Pushes reach a gateway through a whole server: what a phone's push service is told, also after kill -9 and while the
// gateway is away; and presence as two people's clients see it, over a restart.
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { after, before, describe, test } from 'node:test';
import { Troupe, until } from './lib/troupe.mjs';

const c = '/_matrix/client/v3';
const enc = encodeURIComponent;

/** Stands in for a push gateway. */
class Gateway {
  async start() {
    Object.assign(this, { pushes: [], status: 200, rejected: [], refused: 0 });
    this.http = createServer(async (request, response) => {
      const pieces = [];
      for await (const piece of request) pieces.push(piece);
      assert.equal(request.method + request.url, 'POST/_matrix/push/v1/notify');
      const { notification } = JSON.parse(Buffer.concat(pieces).toString());
      if (this.status === 200) this.pushes.push(notification);
      else this.refused++;
      response.writeHead(this.status, { 'content-type': 'application/json' }).end(JSON.stringify({ rejected: this.rejected }));
    });
    await new Promise((r) => this.http.listen(0, '127.0.0.1', r));
    return this;
  }
  get url() { return `http://127.0.0.1:${this.http.address().port}/_matrix/push/v1/notify`; }
  get bodies() { return this.pushes.filter((p) => p.event_id).map((p) => p.content?.body ?? p.event_id); }
  async stop() {
    this.http.closeAllConnections();
    await new Promise((r) => this.http.close(r));
  }
}

describe('pushes and presence', () => {
  let gateway, troupe, anna, ben, room;
  const pusher = (user, more = {}) => user.request('POST', `${c}/pushers/set`, { app_id: 'org.example.app', pushkey: 'key', kind: 'http',
    lang: 'en', app_display_name: 'App', device_display_name: 'Phone', data: { url: gateway.url }, ...more });
  const pushers = async (user) => (await user.request('GET', `${c}/pushers`)).pushers;

  before(async () => {
    gateway = await new Gateway().start();
    troupe = await Troupe.start({ env: { TROUPE_ALLOWED_PRIVATE: '127.0.0.1' } });
    anna = await troupe.user('anna');
    ben = await troupe.user('ben');
    room = await anna.createRoom({ preset: 'public_chat', name: 'Kitchen' });
    await ben.join(room);
    await pusher(ben);
  });
  after(async () => {
    await troupe?.stop();
    await gateway?.stop();
  });

  test('a message, and the count when it was read', async () => {
    const event = await anna.send(room, 'tea?');
    await until(() => gateway.pushes.length === 1, 'the push');
    const [push] = gateway.pushes;
    assert.equal(push.event_id, event);
    assert.equal(push.room_name, 'Kitchen');
    assert.equal(push.counts.unread, 1);
    assert.equal(push.devices[0].pushkey, 'key');
    assert.equal(JSON.stringify(push).includes(gateway.url), false);
    await ben.request('POST', `${c}/rooms/${enc(room)}/receipt/m.read/${enc(event)}`, {});
    await until(() => gateway.pushes.length === 2, 'the count');
    assert.deepEqual(Object.keys(gateway.pushes[1]).sort(), ['counts', 'devices']);
    assert.equal(gateway.pushes[1].counts.unread, 0);
  });

  test('a gateway that was away gets everything in order, over kill -9', async () => {
    gateway.pushes.length = 0;
    gateway.status = 503;
    for (const text of ['one', 'two']) await anna.send(room, text);
    await until(() => gateway.refused > 0, 'a try');
    await troupe.kill();
    gateway.status = 200;
    await troupe.launch();
    await anna.send(room, 'three');
    await until(() => gateway.bodies.includes('three'), 'the pushes');
    // A try that was under way at the kill may have been taken: it is repeated.
    assert.deepEqual(gateway.bodies.filter((body, i, all) => all.indexOf(body) === i), ['one', 'two', 'three']);
    assert.ok(gateway.bodies.length <= 4, gateway.bodies.join(' '));
  });

  test('a kill -9 between loses none and repeats at most the one under way', async () => {
    gateway.pushes.length = 0;
    const sent = [];
    for (let i = 0; i < 30; i++) {
      await anna.send(room, `m${i}`);
      sent.push(`m${i}`);
      if (i % 10 === 9) await troupe.restart();
    }
    await until(() => gateway.bodies.includes('m29'), 'the last push');
    const once = gateway.bodies.filter((body, i, all) => all.indexOf(body) === i);
    assert.deepEqual(once, sent);
    assert.ok(gateway.bodies.length <= sent.length + 3, gateway.bodies.join(' '));
  });

  test('a rejected key and a signed-out device lose their pushers', async () => {
    gateway.rejected = ['key'];
    await anna.send(room, 'no more');
    await until(async () => (await pushers(ben)).length === 0, 'the pusher to go');
    gateway.rejected = [];
    await pusher(ben, { pushkey: 'other' });
    // Somebody else's push for the same messages says when they have been looked at.
    const witness = await troupe.user('witness');
    await witness.join(room);
    await pusher(witness, { pushkey: 'witness' });
    gateway.pushes.length = 0;
    await ben.request('POST', `${c}/logout`, {});
    for (const text of ['nobody', 'still nobody']) {
      await anna.send(room, text);
      await until(() => gateway.bodies.includes(text), `the witness's push of '${text}'`);
    }
    assert.deepEqual([...new Set(gateway.pushes.flatMap((push) => push.devices.map((device) => device.pushkey)))], ['witness']);
    await witness.request('POST', `${c}/rooms/${enc(room)}/leave`, {});
  });

  test('presence is told once, to people in the room, and over a restart', async () => {
    const carl = await troupe.user('carl');
    const dora = await troupe.user('dora');
    await carl.join(room);
    const people = (answer) => (answer.presence?.events ?? []).map((e) => `${e.sender} ${e.content.presence}`);
    const offline = { set_presence: 'offline' };
    const token = (await carl.sync(offline)).next_batch;
    const waiting = carl.sync({ ...offline, since: token, timeout: 20_000 });
    await dora.request('PUT', `${c}/presence/${enc(dora.id)}/status`, { presence: 'online' });
    await anna.request('PUT', `${c}/presence/${enc(anna.id)}/status`, { presence: 'online', status_msg: 'cooking' });
    const told = await waiting;
    assert.deepEqual(people(told), [`${anna.id} online`]);
    assert.equal(told.presence.events[0].content.status_msg, 'cooking');
    assert.deepEqual(people(await carl.sync({ ...offline, since: told.next_batch, timeout: 0 })), []);
    await troupe.terminate();
    await troupe.launch();
    await until(async () => (await carl.request('GET', `${c}/presence/${enc(anna.id)}/status`)).presence === 'online', 'what was written down');
    assert.deepEqual(people(await carl.sync({ ...offline, since: told.next_batch, timeout: 0 })), []);
    assert.deepEqual(people(await carl.sync(offline)), [`${anna.id} online`]);
  });
});

// What calls live on: delayed events with matrix-js-sdk's own methods (Element Call hangs up by them) and over kill -9,
// discovery of the LiveKit service, who somebody is, and TURN credentials at a real coturn where there is one.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import * as sdk from 'matrix-js-sdk';
import { logger } from 'matrix-js-sdk/lib/logger.js';
import { freePort } from './lib/ports.mjs';
import { Troupe, until } from './lib/troupe.mjs';
import { allocation, startTurn, turnProgram } from './lib/turn.mjs';

logger.setLevel?.('error');
logger.disableAll?.();
const livekit = 'https://rtc.example.org/livekit/jwt';
const turnSecret = 'a-secret-with-coturn';
const callType = 'org.matrix.msc3401.call.member';
let troupe;
let turnPort;
before(async () => {
  turnPort = await freePort();
  troupe = await Troupe.start({ env: { TROUPE_RTC_LIVEKIT_SERVICE_URL: livekit, TROUPE_TURN_URIS: `turn:127.0.0.1:${turnPort}?transport=udp`,
    TROUPE_TURN_SHARED_SECRET: turnSecret } });
});
after(async () => {
  await troupe?.stop();
  setTimeout(() => process.exit(), 1000).unref();
});

const clientOf = (user) => sdk.createClient({ baseUrl: troupe.matrix, accessToken: user.token, userId: user.id, deviceId: user.device });
const callRoom = (user) => user.createRoom({ preset: 'public_chat', power_level_content_override: { events: { [callType]: 0 } } });
const state = (user, room, key) => user.request('GET', `/_matrix/client/v3/rooms/${encodeURIComponent(room)}/state/${callType}/${encodeURIComponent(key)}`);

test('a hang-up is asked for, kept off by restarts, and comes when they stop', async () => {
  const ann = await troupe.user('ann');
  const client = clientOf(ann);
  const room = await callRoom(ann);
  const key = `_${ann.id}_${ann.device}_m.call`;
  const { delay_id: id } = await client._unstable_sendDelayedStateEvent(room, { delay: 3_600_000 }, callType, {}, key);
  await client.sendStateEvent(room, callType, { call_id: '' }, key);
  const listed = await client._unstable_getDelayedEvents('scheduled');
  assert.equal(listed.scheduled[0].delay_id, id);
  assert.equal(listed.scheduled[0].state_key, key);
  const before = (await client._unstable_getDelayedEvent(id)).delayed_since_ts;
  await until(async () => {
    await client._unstable_restartScheduledDelayedEvent(id);
    return (await client._unstable_getDelayedEvent(id)).delayed_since_ts > before;
  }, 'the delay to begin anew');
  assert.deepEqual(await state(ann, room, key), { call_id: '' });
  // A service that saw the client go sends it now, without a token.
  const sent = await fetch(`${troupe.matrix}/_matrix/client/unstable/org.matrix.msc4140/delayed_events/${id}/send`, { method: 'POST' });
  assert.equal(sent.status, 200);
  assert.deepEqual(await state(ann, room, key), {});
  await assert.rejects(client._unstable_restartScheduledDelayedEvent(id), { errcode: 'M_NOT_FOUND' });

  await client.sendStateEvent(room, callType, { call_id: 'again' }, key);
  const { delay_id: second } = await client._unstable_sendDelayedStateEvent(room, { delay: 300 }, callType, {}, key);
  await until(async () => Object.keys(await state(ann, room, key)).length === 0, 'the hang-up by itself');
  const done = await client._unstable_getDelayedEvent(second);
  assert.ok(done.finalised.event_id);

  const { delay_id: third } = await client._unstable_sendDelayedEvent(room, { delay: 86_000_000 }, null, 'm.room.message', { msgtype: 'm.text', body: 'never' });
  await client._unstable_cancelScheduledDelayedEvent(third);
  assert.equal((await client._unstable_getDelayedEvents('scheduled')).scheduled.length, 0);
  await assert.rejects(client._unstable_sendDelayedEvent(room, { delay: 1e11 }, null, 'm.room.message', { msgtype: 'm.text', body: 'never' }),
    (error) => error.data['org.matrix.msc4140.errcode'] === 'M_MAX_DELAY_EXCEEDED' && error.data['org.matrix.msc4140.max_delay'] > 0);
});

test('whatever is due comes once, however often the server is killed', async () => {
  const bea = await troupe.user('bea');
  const room = await bea.createRoom();
  const count = 40;
  const path = (i) => `/_matrix/client/v3/rooms/${encodeURIComponent(room)}/send/m.room.message/${i}?org.matrix.msc4140.delay=${200 + 50 * i}`;
  for (let i = 0; i < count; i += 1) assert.ok((await bea.request('PUT', path(i), { msgtype: 'm.text', body: `late ${i}` })).delay_id);
  const texts = async () => (await bea.history(room)).filter((e) => e.type === 'm.room.message').map((e) => e.content.body);
  for (const some of [1, 15, 30]) {
    await until(async () => (await texts()).length >= some, `${some} of them`);
    await troupe.restart();
  }
  await until(async () => (await texts()).length >= count, 'all of them');
  assert.deepEqual((await texts()).sort(), Array.from({ length: count }, (_, i) => `late ${i}`).sort());
  const list = await bea.request('GET', '/_matrix/client/unstable/org.matrix.msc4140/delayed_events');
  assert.equal(list.scheduled.length, 0);
});

test('clients find the LiveKit service, and the service learns who they are', async () => {
  const cid = await troupe.user('cid');
  const client = clientOf(cid);
  const wanted = [{ type: 'livekit', livekit_service_url: livekit }];
  assert.deepEqual(await client._unstable_getRTCTransports(), wanted);
  const wellKnown = await (await fetch(`${troupe.matrix}/.well-known/matrix/client`)).json();
  assert.deepEqual(wellKnown['org.matrix.msc4143.rtc_foci'], wanted);
  const token = await client.getOpenIdToken();
  const info = await (await fetch(`${troupe.matrix}/_matrix/federation/v1/openid/userinfo?access_token=${token.access_token}`)).json();
  assert.deepEqual(info, { sub: cid.id });
});

const program = turnProgram();
test('a coturn gives an allocation for the credentials, and none for others', { skip: program ? false : 'no turnserver (coturn) here' }, async () => {
  const turn = startTurn(program, turnPort, turnSecret);
  try {
    const dan = await troupe.user('dan');
    const given = await clientOf(dan).turnServer();
    assert.deepEqual(given.uris, [`turn:127.0.0.1:${turnPort}?transport=udp`]);
    assert.match(given.username, new RegExp(`^\\d+:${dan.id.replaceAll('.', '\\.')}$`));
    const relayed = await allocation(given);
    assert.equal(relayed.error, undefined);
    assert.ok(relayed.port > 1024 && relayed.lifetime > 0, JSON.stringify(relayed));
    assert.equal((await allocation({ ...given, password: 'another' })).error, 401);
    assert.equal((await allocation({ ...given, username: given.username.replace(/^\d+/, '1000000000') })).error, 401);
  } finally {
    await turn.stop();
  }
});

// Webhooks of meetings, to a receiver that checks the signatures itself: in order, repeated under one id until they are taken,
// also when Troupe is killed in between; refused for good, redirected, slow; and nothing private for members.
// Alone: it measures that a slow receiver holds up no other.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { HookReceiver, signedBothWays } from './lib/hook_receiver.mjs';
import { Troupe, until } from './lib/troupe.mjs';

const program = join(import.meta.dirname, 'programs/meeting_bot.mjs');
const everything = { 'meeting.started': true, 'meeting.status_change': true, 'meeting.completed': true, 'bot.failed': true, 'transcription.ready': true };
let troupe;
const receivers = [];

before(async () => {
  troupe = await Troupe.start({ env: { TROUPE_MEETINGS_MAX_CONCURRENT_BOTS: '50', TROUPE_MEETINGS_ATTEMPTS: '1', TROUPE_MEETINGS_STOP_GRACE_S: '2' } });
  await troupe.terminate();
  troupe.env.TROUPE_MEETINGS_BOT_COMMAND = [process.execPath, program, troupe.data].join(',');
  await troupe.launch();
});
after(async () => {
  await until(async () => (await troupe.api('GET', '/api/v1/meetings?limit=1000')).body.items.every((m) => m.ended_at), 'every meeting to end');
  await troupe.stop();
  for (const receiver of receivers) await receiver.stop();
});

async function receiver(answer) {
  const made = await HookReceiver.start(answer);
  receivers.push(made);
  return made;
}
async function hook(url, more = {}) {
  const made = await troupe.api('POST', '/api/v1/meetings/webhooks', { url, events: everything, ...more });
  assert.equal(made.status, 201, JSON.stringify(made.body));
  return made.body;
}
const remove = (id) => troupe.api('DELETE', `/api/v1/meetings/webhooks/${id}`);
const log = async (id) => (await troupe.api('GET', `/api/v1/meetings/webhooks/${id}/deliveries?limit=1000`)).body.items;
async function ask(name) {
  const made = await troupe.api('POST', '/api/v1/meetings', { link: `https://meet.jit.si/${name}` });
  assert.equal(made.status, 201, JSON.stringify(made.body));
  return made.body.id;
}
const becomes = (id, state) => until(async () => (await troupe.api('GET', `/api/v1/meetings/${id}`)).body.state === state, `meeting ${id} to be ${state}`);
const settled = (id) => until(async () => {
  const list = await log(id);
  return list.some((one) => one.event_type === 'meeting.completed') && list.every((one) => one.state !== 'waiting') && list;
}, 'all to be told');
/** A key of somebody who is a member and nothing more. */
async function member(name) {
  await troupe.user(name);
  const headers = { 'content-type': 'application/json' };
  const session = await fetch(`${troupe.platform}/api/v1/session`, { method: 'POST', headers, body: JSON.stringify({ user: name, password: `password-of-${name}` }) });
  const cookie = session.headers.getSetCookie()[0].split(';')[0];
  const key = await fetch(`${troupe.platform}/api/v1/keys`, { method: 'POST', headers: { ...headers, cookie }, body: JSON.stringify({ name: 'own', role: 'member' }) });
  return (await key.json()).token;
}
/** What a receiver makes of its requests: each id once. */
const events = (requests) => [...new Map(requests.map((one) => [one.headers['webhook-id'], one.body])).values()];
const wayOf = (requests) => events(requests).map((body) => (body.event_type === 'meeting.status_change' ? body.data.status_change.to : body.event_type));

test('a meeting is told in its order, signed both ways', async () => {
  const ears = await receiver();
  const { id, secret } = await hook(ears.url);
  assert.match(secret, /^whsec_/);
  assert.ok(!JSON.stringify((await troupe.api('GET', `/api/v1/meetings/webhooks/${id}`)).body).includes(secret), 'it is shown once');
  await becomes(await ask('alone-told'), 'completed');
  await settled(id);
  const way = wayOf(ears.requests);
  assert.deepEqual(way.filter((word) => !['joining', 'awaiting_admission'].includes(word)),
    ['requested', 'active', 'meeting.started', 'stopping', 'completed', 'transcription.ready', 'meeting.completed']);
  for (const one of ears.requests) {
    assert.ok(signedBothWays(secret, one.headers, one.raw));
    assert.ok(!signedBothWays('another', one.headers, one.raw));
    assert.equal(one.body.event_id, one.headers['webhook-id']);
    assert.match(one.body.event_id, /^evt_[0-9a-f]{32}$/);
  }
  assert.equal(ears.requests.at(-1).body.data.meeting.completion_reason, 'left_alone');
  assert.ok(!troupe.output.includes(secret), 'no secret in the log');
  await remove(id);
});

test('500 once: again under the same id, in order', async () => {
  const ears = await receiver((request, number) => (number === 1 ? 500 : 200));
  const { id, secret } = await hook(ears.url);
  await becomes(await ask('alone-again'), 'completed');
  await settled(id);
  assert.equal(ears.ids()[1], ears.ids()[2]);
  assert.ok(ears.requests.every((one) => signedBothWays(secret, one.headers, one.raw)));
  assert.equal(new Set(ears.ids()).size, ears.requests.length - 1);
  assert.equal(wayOf(ears.requests).at(-1), 'meeting.completed');
  await remove(id);
});

test('Troupe is killed again and again: each event is one logical event', async () => {
  const ears = await receiver(async () => { await new Promise((r) => setTimeout(r, 30)); return 200; });
  const { id } = await hook(ears.url);
  const meetings = [];
  for (const name of ['alone-k1', 'alone-k2', 'alone-k3']) {
    meetings.push(await ask(name));
    await until(() => ears.requests.some((one) => one.body.data.meeting?.id === meetings.at(-1)), 'the first word of it');
    await troupe.restart();
  }
  for (const meeting of meetings) await becomes(meeting, 'completed');
  await until(async () => (await log(id)).filter((one) => one.event_type === 'meeting.completed' && one.state === 'delivered').length === 3, 'three ends');
  const list = await log(id);
  assert.ok(list.every((one) => one.state === 'delivered'));
  assert.deepEqual(new Set(ears.ids()), new Set(list.map((one) => one.event_id)), 'nothing is lost, nothing is made twice');
  for (const meeting of meetings) {
    const way = wayOf(ears.requests.filter((one) => one.body.data.meeting.id === meeting));
    assert.equal(way.filter((word) => word === 'meeting.completed').length, 1);
    assert.equal(way.at(-1), 'meeting.completed');
    const after = (await troupe.api('GET', `/api/v1/meetings/${meeting}/history`)).body.after;
    assert.deepEqual(after.map((one) => [one.task, one.state]), [['transcript', 'done'], ['digest', 'done'], ['recording', 'done'], ['webhooks', 'done']]);
  }
  await remove(id);
});

test('a redirect is not followed, 404 is for good, and can be replayed', async () => {
  const other = await receiver();
  let status = 302;
  const ears = await receiver(() => ({ status, headers: { location: other.url } }));
  const { id } = await hook(ears.url, { events: { 'meeting.completed': true } });
  await becomes(await ask('alone-moved'), 'completed');
  const [moved] = await settled(id);
  assert.deepEqual([moved.state, moved.status, other.requests.length], ['dead', 302, 0]);
  status = 404;
  assert.equal((await troupe.api('POST', `/api/v1/meetings/webhooks/${id}/deliveries/${moved.id}/replay`)).status, 202);
  await until(async () => (await log(id))[0].status === 404, 'the replay to be refused');
  status = 200;
  await troupe.api('POST', `/api/v1/meetings/webhooks/${id}/deliveries/${moved.id}/replay`);
  await until(async () => (await log(id))[0].state === 'delivered', 'the replay to be taken');
  assert.equal(new Set(ears.ids()).size, 1);
  await remove(id);
});

test('410 disables; a slow receiver holds up no other', async () => {
  const gone = await receiver(() => 410), slow = await receiver(() => undefined), quick = await receiver();
  const [first, second, third] = [await hook(gone.url), await hook(slow.url), await hook(quick.url)];
  const begun = Date.now();
  await becomes(await ask('alone-slow'), 'completed');
  await settled(third.id);
  assert.ok(Date.now() - begun < 9_000, 'it did not wait for the slow one');
  assert.equal(gone.requests.length, 1);
  const now = (await troupe.api('GET', `/api/v1/meetings/webhooks/${first.id}`)).body;
  assert.equal(now.enabled, false);
  assert.match(now.disabled_why, /410/);
  await until(async () => (await log(second.id)).some((one) => one.tries === 1 && one.state === 'waiting'), 'the slow one to be given up once', 20_000);
  for (const made of [first, second, third]) await remove(made.id);
});

test('members name no private addresses and see only what is theirs', async () => {
  const anna = await member('anna-hooks'), ben = await member('ben-hooks');
  const as = (key, method, path, body) => troupe.api(method, path, body, { authorization: `Bearer ${key}` });
  const made = await as(anna, 'POST', '/api/v1/meetings/webhooks', { url: 'https://hooks.example/x' });
  assert.equal(made.status, 201, JSON.stringify(made.body));
  for (const url of ['http://127.0.0.1:9/', 'http://localhost/', 'http://10.0.0.1/', 'http://[::1]/', 'ftp://x/']) {
    const refused = await as(anna, 'POST', '/api/v1/meetings/webhooks', { url });
    assert.equal(refused.status, 400, url);
  }
  assert.equal((await as(anna, 'POST', '/api/v1/meetings/webhooks', { url: 'https://x.example/', tenant_wide: true })).status, 403);
  for (const [method, path] of [['GET', ''], ['DELETE', ''], ['POST', '/test'], ['GET', '/deliveries']]) {
    assert.equal((await as(ben, method, `/api/v1/meetings/webhooks/${made.body.id}${path}`)).status, 404);
  }
});

test('a ping is one try', async () => {
  const ears = await receiver(() => 500);
  const { id } = await hook(ears.url);
  assert.equal((await troupe.api('POST', `/api/v1/meetings/webhooks/${id}/test`)).status, 202);
  const [ping] = await until(async () => { const list = await log(id); return list[0]?.state === 'dead' && list; }, 'the ping');
  assert.deepEqual([ping.event_type, ping.tries, ears.requests.length], ['ping', 1, 1]);
  await remove(id);
});

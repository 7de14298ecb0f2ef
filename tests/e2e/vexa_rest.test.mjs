// Vexa's REST dialect as its clients use it: the recorded pairs of data/vexa_rest.json from request to deletion with a
// program that stands in for the bot, the admin routes, whoever else has a key, many at once, and everything that is
// wrong. Afterwards nothing is left running.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { freePort } from './lib/ports.mjs';
import { processesWith } from './lib/program_bot.mjs';
import { apiToken, Troupe, until } from './lib/troupe.mjs';

const program = join(import.meta.dirname, 'programs/meeting_bot.mjs');
const adminToken = 'an-admin-token-of-more-than-32-letters';
const ended = ['completed', 'failed', 'error'];
let troupe, own, ann, bea;

before(async () => {
  own = `127.0.0.1:${await freePort()}`;
  troupe = await Troupe.start({ env: { ADMIN_API_TOKEN: adminToken, TROUPE_MEETINGS_VEXA_LISTEN: own, TROUPE_MEETINGS_MAX_CONCURRENT_BOTS: '100',
    TROUPE_MEETINGS_STOP_GRACE_S: '2', TROUPE_MEETINGS_ATTEMPTS: '1' } });
  await troupe.terminate(); // the bot's command names the data folder, which is known now
  troupe.env.TROUPE_MEETINGS_BOT_COMMAND = [process.execPath, program, troupe.data].join(',');
  await troupe.launch();
  ann = await person('ann@example.org', { max_concurrent_bots: 50 });
  bea = await person('bea@example.org', { max_concurrent_bots: 3 });
});
after(async () => {
  for (const { id } of await all()) await troupe.api('POST', `/api/v1/meetings/${id}/stop`);
  await until(async () => (await all()).every((meeting) => ended.includes(meeting.state)), 'every meeting to end');
  assert.deepEqual(processesWith(`${program}\0${troupe.data}`), [], 'something is left running');
  await troupe?.stop();
});

const all = async () => (await troupe.api('GET', '/api/v1/meetings?limit=1000')).body.items;
/** As a client of the dialect; `more`: {key, admin, body, base, raw, headers}. */
async function ask(method, path, more = {}) {
  const headers = { ...(more.key && { 'x-api-key': more.key }), ...(more.admin && { 'x-admin-api-key': more.admin }),
    ...((more.body ?? more.raw) !== undefined && { 'content-type': 'application/json' }), ...more.headers };
  const answer = await fetch((more.base ?? `http://${own}`) + path, { method, headers, body: more.raw ?? (more.body && JSON.stringify(more.body)) });
  const text = await answer.text();
  let body;
  try { body = text ? JSON.parse(text) : null; } catch { body = text; }
  return { status: answer.status, body, headers: answer.headers };
}
const administer = (method, path, body) => ask(method, path, { admin: adminToken, body });
async function person(email, more = {}) {
  const made = await administer('POST', '/admin/users', { email, ...more });
  assert.equal(made.status, 201, JSON.stringify(made.body));
  const token = await administer('POST', `/admin/users/${made.body.id}/tokens`);
  assert.equal(token.status, 201, JSON.stringify(token.body));
  return { id: made.body.id, key: token.body.token };
}
/** A key of somebody in another tenant. */
async function elsewhere(name) {
  const password = 'a-password-of-twelve';
  const tenant = (await troupe.api('POST', '/api/v1/tenants', { name: `House of ${name}` })).body.id;
  await troupe.api('POST', '/api/v1/users', { username: name, password });
  await troupe.api('PATCH', `/api/v1/users/${name}`, { tenant_id: tenant });
  const signed = await fetch(`${troupe.platform}/api/v1/session`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ user: name, password }) });
  assert.equal(signed.status, 200);
  const cookie = signed.headers.getSetCookie()[0].split(';')[0];
  const made = await fetch(`${troupe.platform}/api/v1/keys`, { method: 'POST', headers: { 'content-type': 'application/json', cookie }, body: JSON.stringify({ name: 'key', scopes: ['bots'] }) });
  const body = await made.json();
  assert.equal(made.status, 201, JSON.stringify(body));
  return body.token;
}
const meet = (id, more = {}) => ({ platform: 'google_meet', native_meeting_id: id, ...more });
const becomes = (who, id, status) => until(async () => {
  const { body } = await ask('GET', `/bots/id/${id}`, { key: who.key });
  if (body.status !== status && ended.includes(body.status)) throw Object.assign(new Error(JSON.stringify(body)), { fatal: true });
  return body.status === status && body;
}, `meeting ${id} to be ${status}`);

/** Whether an answer is as it was recorded; members are exactly these. */
function fits(answer, recorded, where, seen) {
  const marks = { '<any>': () => true, '<text>': (v) => typeof v === 'string' && v, '<naive>': (v) => /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}$/.test(v),
    '<id>': (v) => Number.isInteger(v) && (seen.id = v), '<same id>': (v) => v === seen.id, '<user>': (v) => v === seen.user };
  if (marks[recorded]) return assert.ok(marks[recorded](answer), `${where}: ${JSON.stringify(answer)} is not ${recorded}`);
  if (recorded === null || typeof recorded !== 'object') return assert.equal(answer, recorded, where);
  assert.ok(answer !== null && typeof answer === 'object', `${where}: ${JSON.stringify(answer)}`);
  assert.deepEqual(Object.keys(answer).sort(), Object.keys(recorded).sort(), `${where}: ${JSON.stringify(answer)}`);
  for (const [name, value] of Object.entries(recorded)) fits(answer[name], value, `${where}.${name}`, seen);
}

const pairs = JSON.parse(readFileSync(join(import.meta.dirname, 'data/vexa_rest.json'), 'utf8'));
for (const [where, base] of [['on its own listener', () => `http://${own}`], ['below /vexa', () => `${troupe.platform}/vexa`], ['at the root of the platform', () => troupe.platform]]) {
  test(`the recorded pairs, ${where}`, async () => {
    const who = await person(`${where.replaceAll(/\W/g, '')}@example.org`);
    const seen = { user: who.id };
    for (const pair of pairs) {
      const path = pair.path.replace('<id>', seen.id);
      const once = () => ask(pair.method, path, { key: who.key, body: pair.body, base: base() });
      const answer = !pair.until ? await once() : await until(async () => {
        const now = await once();
        return Object.entries(pair.until).every(([name, value]) => now.body[name] === value) && now;
      }, `${pair.name} (${where})`);
      assert.equal(answer.status, pair.status, `${pair.name}: ${JSON.stringify(answer.body)}`);
      fits(answer.body, pair.answer, pair.name, seen);
    }
  });
}

test('the client of appendix A: every step that it sees', async () => {
  const made = await ask('POST', '/bots', { key: ann.key, body: meet('app-endi-xaa', { bot_name: 'Scribe', language: 'en', task: 'transcribe' }) });
  assert.equal(made.status, 201, JSON.stringify(made.body));
  const { id } = made.body;
  await becomes(ann, id, 'active');
  const { config } = JSON.parse(readFileSync(join(troupe.data, `bot-${id}.json`), 'utf8'));
  assert.deepEqual([config.meeting_id, config.platform, config.meetingUrl, config.nativeMeetingId, config.botName, config.language, config.task],
    [id, 'google_meet', 'https://meet.google.com/app-endi-xaa', 'app-endi-xaa', 'Scribe', 'en', 'transcribe']);
  assert.ok(config.token && config.token !== ann.key, 'never the user\'s key');
  const told = await ask('PUT', '/bots/google_meet/app-endi-xaa/config', { key: ann.key, body: { language: 'es' } });
  assert.equal(told.status, 202, JSON.stringify(told.body));
  assert.equal(told.body.message, 'Reconfiguration request accepted and sent to the bot.');
  const now = (await ask('GET', `/bots/id/${id}`, { key: ann.key })).body;
  assert.equal(now.status, 'active', 'no client knows another word for it');
  assert.ok(now.data.reconfigure.requested_at);
  const stopped = await ask('DELETE', '/bots/google_meet/app-endi-xaa', { key: ann.key });
  assert.equal(stopped.status, 202);
  const end = await becomes(ann, id, 'completed');
  assert.equal(end.completion_reason, 'stopped');
  assert.deepEqual(end.data.status_transition.map((step) => step.to), ['requested', 'active', 'stopping', 'completed']);
  assert.ok(!JSON.stringify(end).includes(config.token));
});

test('a passcode reaches the bot and nobody else; time-outs do, too', async () => {
  const made = await ask('POST', '/bots', { key: ann.key, body: { platform: 'teams', native_meeting_id: '9387167464734', passcode: 'qxJanYOcdjN4',
    automatic_leave: { max_wait_for_admission: 5_000, everyone_left_timeout: 7_000 } } });
  assert.equal(made.status, 201, JSON.stringify(made.body));
  const { id } = made.body;
  await becomes(ann, id, 'active');
  const { config } = JSON.parse(readFileSync(join(troupe.data, `bot-${id}.json`), 'utf8'));
  assert.equal(config.meetingUrl, 'https://teams.live.com/meet/9387167464734?p=qxJanYOcdjN4');
  assert.deepEqual(config.automaticLeave, { waitingRoomTimeout: 5_000, noOneJoinedTimeout: 120_000, everyoneLeftTimeout: 7_000 });
  for (const path of [`/bots/id/${id}`, '/meetings', '/bots/status', '/transcripts/teams/9387167464734']) {
    assert.ok(!JSON.stringify((await ask('GET', path, { key: ann.key })).body).includes('qxJanYOcdjN4'), path);
  }
  assert.ok(!troupe.output.includes('qxJanYOcdjN4'));
  await ask('DELETE', '/bots/teams/9387167464734', { key: ann.key });
  await becomes(ann, id, 'completed');
});

test('fifty at once for one call: one bot', async () => {
  const answers = await Promise.all(Array.from({ length: 50 }, () => ask('POST', '/bots', { key: ann.key, body: meet('fif-tyat-onc') })));
  const made = answers.filter((answer) => answer.status === 201);
  assert.equal(made.length, 1);
  const { id } = made[0].body;
  const others = answers.filter((answer) => answer.status === 409);
  assert.equal(others.length, 49);
  assert.ok(others.every((answer) => answer.body.meeting_id === id && answer.body.status && answer.body.detail));
  await becomes(ann, id, 'active');
  assert.equal((await ask('GET', '/bots/status', { key: ann.key })).body.running_bots.filter((bot) => bot.native_meeting_id === 'fif-tyat-onc').length, 1);
  await ask('DELETE', '/bots/google_meet/fif-tyat-onc', { key: ann.key });
});

test('fifty at once at a limit of three: three', async () => {
  const letters = 'abcdefghijklmnopqrstuvwxyz';
  const answers = await Promise.all(Array.from({ length: 50 }, (_, i) => ask('POST', '/bots', { key: bea.key, body: meet(`lim-it${letters[i % 26]}${letters[Math.floor(i / 26)]}-abc`) })));
  assert.deepEqual([201, 429].map((status) => answers.filter((answer) => answer.status === status).length), [3, 47], JSON.stringify(answers.map((a) => a.status)));
  const refused = answers.find((answer) => answer.status === 429);
  assert.equal(refused.body.detail, 'User has reached the maximum concurrent bot limit (3).');
  assert.ok(Number(refused.headers.get('retry-after')) > 0);
  const changed = await administer('PATCH', `/admin/users/${bea.id}`, { max_concurrent_bots: 4 });
  assert.equal(changed.body.max_concurrent_bots, 4);
  assert.equal((await ask('POST', '/bots', { key: bea.key, body: meet('lim-itzz-zzz') })).status, 201, 'from now on');
  for (const meeting of (await ask('GET', '/meetings', { key: bea.key })).body.meetings) {
    assert.equal((await ask('DELETE', `/bots/google_meet/${meeting.native_meeting_id}`, { key: bea.key })).status, 202);
  }
});

test('what is another\'s is not there, and nothing of it changes', async () => {
  const made = await ask('POST', '/bots', { key: ann.key, body: meet('ann-only-ann') });
  const { id } = made.body;
  await becomes(ann, id, 'active');
  await ask('PATCH', '/meetings/google_meet/ann-only-ann', { key: ann.key, body: { data: { name: 'secret words' } } });
  const look = async () => JSON.stringify((await ask('GET', `/bots/id/${id}`, { key: ann.key })).body);
  const before = await look();
  const carl = await elsewhere('carl');
  const verbs = [['DELETE', '/bots/google_meet/ann-only-ann'], ['PUT', '/bots/google_meet/ann-only-ann/config', { language: 'es' }], ['GET', `/bots/id/${id}`],
    ['PATCH', '/meetings/google_meet/ann-only-ann', { data: { name: 'mine' } }], ['DELETE', '/meetings/google_meet/ann-only-ann'],
    ['GET', '/transcripts/google_meet/ann-only-ann'], ['GET', `/transcripts/google_meet/ann-only-ann?meeting_id=${id}`]];
  const keys = [bea.key, carl, apiToken];
  for (const key of keys) {
    for (const [method, path, body] of verbs) {
      const answer = await ask(method, path, { key, body });
      assert.equal(answer.status, 404, `${method} ${path}: ${JSON.stringify(answer.body)}`);
      assert.ok(!JSON.stringify(answer.body).includes('secret words'));
    }
    for (const path of ['/meetings', '/bots', '/bots/status']) assert.ok(!JSON.stringify((await ask('GET', path, { key })).body).includes('ann-only-ann'), path);
  }
  assert.equal(await look(), before);
  // The same call may have a bot of each.
  const hers = await ask('POST', '/bots', { key: bea.key, body: meet('ann-only-ann') });
  assert.equal(hers.status, 201, JSON.stringify(hers.body));
  await becomes(bea, hers.body.id, 'active');
  await ask('DELETE', '/bots/google_meet/ann-only-ann', { key: bea.key });
  await becomes(bea, hers.body.id, 'completed');
  assert.equal(await look(), before);
  await ask('DELETE', '/bots/google_meet/ann-only-ann', { key: ann.key });
});

test('keys: missing, unknown, of less scope, deleted', async () => {
  for (const base of [`http://${own}`, troupe.platform, `${troupe.platform}/vexa`]) {
    assert.deepEqual([(await ask('GET', '/meetings', { base })).status, (await ask('GET', '/meetings', { base, key: 'x'.repeat(40) })).status], [401, 401], base);
    assert.equal(typeof (await ask('POST', '/bots', { base, body: meet('abc-defg-hij') })).body.detail, 'string');
  }
  for (const key of ['vxa_bot_x', `vxa_bot_${'x'.repeat(40)}`, 'x'.repeat(600), `${ann.key}x`, ann.key.slice(1)]) assert.equal((await ask('GET', '/meetings', { key })).status, 401, key);
  const make = (query) => administer('POST', `/admin/users/${ann.id}/tokens${query}`);
  assert.match(ann.key, /^[A-Za-z0-9]{40}$/);
  const tx = (await make('?scope=tx&name=reader')).body;
  assert.match(tx.token, /^vxa_tx_[A-Za-z0-9]+$/);
  assert.equal((await ask('GET', '/meetings', { key: tx.token })).status, 200);
  const less = await ask('POST', '/bots', { key: tx.token, body: meet('abc-defg-hij') });
  assert.deepEqual([less.status, less.body.detail], [403, 'Insufficient scope for this endpoint']);
  const browser = (await make('?scopes=browser')).body;
  assert.equal((await ask('GET', '/meetings', { key: browser.token })).status, 403);
  assert.equal((await make('?scope=everything')).status, 422);
  assert.equal((await make('?expires_in=-1')).status, 422);
  const detail = (await administer('GET', `/admin/users/${ann.id}`)).body;
  assert.equal(detail.api_tokens.length, 3);
  for (const token of [ann.key, tx.token, browser.token]) assert.ok(!JSON.stringify(detail).includes(token), 'shown once');
  assert.equal((await administer('DELETE', `/admin/tokens/${tx.id}`)).status, 204);
  assert.equal((await administer('DELETE', `/admin/tokens/${tx.id}`)).status, 404);
  assert.equal((await ask('GET', '/meetings', { key: tx.token })).status, 401);
  // A key of Troupe's own with the scope opens it, one without does not.
  assert.equal((await ask('GET', '/meetings', { key: apiToken })).status, 200);
  const metrics = await troupe.api('POST', '/api/v1/keys', { name: 'm', scopes: ['metrics'] });
  assert.equal(metrics.status, 201, JSON.stringify(metrics.body));
  assert.equal((await ask('GET', '/meetings', { key: metrics.body.token })).status, 403);
  // A token of the dialect opens nothing else.
  assert.equal((await troupe.api('GET', '/api/v1/meetings', undefined, { authorization: `Bearer ${ann.key}` })).status, 401);
});

test('the admin routes', async () => {
  for (const admin of [undefined, 'wrong', `${adminToken}x`, adminToken.slice(1)]) {
    const answer = await ask('GET', '/admin/users', { admin });
    assert.deepEqual([answer.status, answer.body.detail], [403, 'Invalid or missing admin token.']);
  }
  assert.equal((await ask('GET', '/admin/users', { key: ann.key })).status, 403, 'no user\'s key');
  assert.equal((await ask('GET', '/admin/users', { key: apiToken })).status, 403, 'nor another secret');
  const first = await administer('POST', '/admin/users', { email: 'dan@example.org', name: 'Dan', data: { ignored: 1 } });
  assert.equal(first.status, 201);
  assert.deepEqual(Object.keys(first.body).sort(), ['created_at', 'data', 'email', 'id', 'image_url', 'max_concurrent_bots', 'name']);
  assert.deepEqual([first.body.max_concurrent_bots, first.body.image_url, first.body.data], [1, null, {}]);
  const again = await administer('POST', '/admin/users', { email: 'dan@example.org', name: 'Other', max_concurrent_bots: 9 });
  assert.deepEqual([again.status, again.body], [200, first.body]);
  const many = await Promise.all(Array.from({ length: 20 }, () => administer('POST', '/admin/users', { email: 'eve@example.org' })));
  assert.equal(many.filter((answer) => answer.status === 201).length, 1);
  assert.equal(new Set(many.map((answer) => answer.body.id)).size, 1);
  for (const body of [{}, { email: 'none' }, { email: 7 }, { email: 'a@b', max_concurrent_bots: -1 }, { email: 'a@b', max_concurrent_bots: 'x' }, { email: `${'a'.repeat(300)}@b` }]) {
    assert.equal((await administer('POST', '/admin/users', body)).status, 422, JSON.stringify(body));
  }
  const { id } = first.body;
  assert.equal((await administer('GET', '/admin/users/email/dan@example.org')).body.id, id);
  assert.equal((await administer('GET', '/admin/users/email/nobody@example.org')).status, 404);
  assert.equal((await administer('GET', '/admin/users/999999')).status, 404);
  assert.equal((await administer('GET', '/admin/users/x')).status, 422);
  assert.equal((await administer('PATCH', `/admin/users/${id}`, { email: 'other@example.org' })).status, 400);
  const changed = await administer('PATCH', `/admin/users/${id}`, { data: { a: 1 }, name: null });
  assert.deepEqual([changed.body.data, changed.body.name], [{ a: 1 }, null]);
  assert.equal((await administer('PATCH', '/admin/users/999999', { name: 'x' })).status, 404);
  assert.equal((await administer('POST', '/admin/users/999999/tokens')).status, 404);
  const page = (await administer('GET', '/admin/users?skip=1&limit=2')).body;
  assert.equal(page.length, 2);
  assert.equal((await administer('GET', '/admin/users?limit=0')).status, 422);
  const stats = (await administer('GET', '/admin/stats/meetings-users?limit=1000')).body;
  assert.equal(stats.total, stats.items.length);
  assert.ok(stats.items.some((row) => row.user.email === 'ann@example.org' && row.platform === 'teams'));
  const one = stats.items.find((row) => row.user.email === 'ann@example.org');
  const sight = (await administer('GET', `/admin/analytics/meetings/${one.id}/telematics?include_sessions=true&include_transcriptions=true`)).body;
  assert.ok(sight.meeting.id === one.id && Array.isArray(sight.sessions) && Array.isArray(sight.transcriptions));
  assert.equal((await administer('GET', `/admin/analytics/users/${ann.id}/details`)).body.user.email, 'ann@example.org');
  assert.ok((await administer('GET', '/admin/analytics/users')).body.length >= 4);
  assert.ok((await administer('GET', '/admin/analytics/meetings')).body.length > 0);
  const actions = new Set((await troupe.api('GET', '/api/v1/audit?limit=1000')).body.items.map((line) => line.action));
  for (const action of ['vexa_user.create', 'vexa_token.create', 'vexa_token.delete']) assert.ok(actions.has(action), action);
});

test('webhooks', async () => {
  const set = (body) => ask('PUT', '/user/webhook', { key: ann.key, body });
  const url = 'https://hooks.example.org/x';
  const answer = await set({ webhook_url: url, webhook_secret: 'a secret of mine', webhook_events: { 'meeting.completed': true } });
  assert.equal(answer.status, 200, JSON.stringify(answer.body));
  assert.deepEqual([answer.body.id, answer.body.data.webhook_url], [ann.id, url]);
  assert.ok(!JSON.stringify(answer.body).includes('a secret of mine'));
  assert.equal((await administer('GET', `/admin/users/${ann.id}`)).body.data.webhook_url, url);
  assert.equal((await set({ webhook_url: 'http://127.0.0.1:1/x' })).status, 400, 'a private address');
  assert.equal((await set({})).status, 422);
  assert.equal((await set({ webhook_url: url, webhook_secret: 'x'.repeat(513) })).status, 422);
  assert.equal((await set({ webhook_url: url, webhook_events: { x: 'y' } })).status, 422);
  assert.equal((await administer('GET', `/admin/users/${ann.id}`)).body.data.webhook_url, url, 'refusals change nothing');
  assert.equal((await set({ webhook_url: '' })).body.data.webhook_url, undefined);
  assert.equal((await ask('PUT', '/user/webhook', { body: { webhook_url: url } })).status, 401);
});

test('bodies that are none', async () => {
  const post = (raw) => ask('POST', '/bots', { key: ann.key, raw });
  for (const raw of ['', 'x', '[]', '7', '{"platform":', '{"platform":"google_meet","native_meeting_id":"abc\u0000-defg-hij"}']) {
    const answer = await post(raw);
    assert.equal(answer.status, 422, `${raw}: ${JSON.stringify(answer.body)}`);
  }
  assert.equal((await post(Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]))).status >= 400, true, 'half UTF-8');
  assert.equal((await post(JSON.stringify(meet('abc-defg-hij', { bot_name: 'x'.repeat(300_000) })))).status, 413);
  assert.equal((await post(JSON.stringify(meet('abc-defg-hij', { bot_name: 'x'.repeat(101) })))).status, 422);
  assert.equal((await post('{"a":'.repeat(200) + '1' + '}'.repeat(200))).status, 422);
  assert.equal((await ask('DELETE', '/bots/google_meet/a%00b', { key: ann.key })).status, 400);
  assert.equal((await ask('DELETE', '/bots/google_meet/a%0Ab', { key: ann.key })).status, 422);
  assert.equal((await ask('GET', '/meetings?limit=x', { key: ann.key })).status, 422);
});

test('lists have other platforms once they were asked for; rooms of Matrix are named in paths', async () => {
  const who = await person('matrix@example.org', { max_concurrent_bots: 5 });
  const room = '#call:example.org';
  const seen = async (query = '') => (await ask('GET', `/meetings${query}`, { key: who.key })).body.meetings.map((meeting) => meeting.native_meeting_id);
  const made = await ask('POST', '/vexa/bots', { base: troupe.platform, key: who.key, body: { platform: 'matrix', native_meeting_id: room } });
  assert.equal(made.status, 201, JSON.stringify(made.body));
  assert.deepEqual(await seen(), [room]);
  assert.deepEqual(await seen('?platform=teams'), []);
  // Made by Troupe's own API: whoever has not asked for them does not get them.
  await troupe.api('POST', '/api/v1/meetings', { link: 'https://meet.jit.si/joins-Dialect' });
  const mine = async (query) => (await ask('GET', `/meetings${query}`, { key: apiToken })).body.meetings.map((meeting) => meeting.platform);
  assert.deepEqual(await mine(''), []);
  assert.deepEqual(await mine('?platform=jitsi'), ['jitsi']);
  assert.equal((await ask('DELETE', '/bots/jitsi/joins-DIALECT', { key: apiToken })).status, 202);
  await becomes(who, made.body.id, 'active');
  assert.equal((await ask('DELETE', `/bots/matrix/${encodeURIComponent(room)}`, { key: who.key })).status, 202);
});

test('the older face keeps its path, and the root\'s other paths are what they were', async () => {
  const bots = await troupe.api('GET', '/bots');
  assert.ok(Array.isArray(bots.body), 'a bare array');
  assert.ok(Array.isArray((await ask('GET', '/vexa/bots', { base: troupe.platform, key: ann.key })).body.meetings));
  assert.ok(Array.isArray((await ask('GET', '/bots', { key: ann.key })).body.meetings));
  assert.equal((await ask('GET', '/api/v1/meetings', { key: apiToken })).status, 404, 'its own listener has nothing else');
  const cors = await ask('OPTIONS', '/bots', { headers: { origin: 'https://a.example' } });
  assert.equal(cors.headers.get('access-control-allow-origin'), '*');
});

test('a link to a transcript is for whoever has it, until it is taken back; answers say how often one may call', async () => {
  const path = '/transcripts/google_meet/shr-abcd-efg/share';
  assert.equal((await ask('POST', '/bots', { key: ann.key, body: { platform: 'google_meet', native_meeting_id: 'shr-abcd-efg' } })).status, 201);
  assert.equal((await ask('POST', path, { key: bea.key })).status, 404, 'of somebody else');
  assert.equal((await ask('POST', path)).status, 401);
  assert.equal((await ask('POST', `${path}?ttl_seconds=59`, { key: ann.key })).status, 422);
  const made = await ask('POST', `${path}?ttl_seconds=60`, { key: ann.key });
  assert.equal(made.status, 200, JSON.stringify(made.body));
  assert.equal(made.headers.get('x-ratelimit-limit'), '120');
  assert.ok(Number(made.headers.get('x-ratelimit-remaining')) < 120);
  assert.equal(made.body.expires_in_seconds, 60);
  const shared = `/public/transcripts/${made.body.share_id}.txt`;
  assert.ok(made.body.url.endsWith(shared));
  const read = await ask('GET', shared);
  assert.deepEqual([read.status, read.headers.get('content-type'), read.headers.get('cache-control')], [200, 'text/plain; charset=utf-8', 'no-store']);
  assert.equal((await ask('GET', shared.replace('.txt', ''))).status, 404);
  assert.equal((await ask('GET', `/public/transcripts/${'A'.repeat(43)}.txt`)).status, 404);
  assert.equal((await ask('DELETE', path, { key: ann.key })).body.revoked, 1);
  assert.equal((await ask('GET', shared)).status, 404);
  const lines = (await troupe.api('GET', '/api/v1/audit?limit=1000')).body.items.map((line) => line.action);
  for (const action of ['transcript.share', 'transcript.unshare']) assert.ok(lines.includes(action), action);
  assert.equal((await ask('DELETE', '/bots/google_meet/shr-abcd-efg', { key: ann.key })).status, 202);
});

test('as the first version did it, where that is asked for', async () => {
  troupe.env.TROUPE_MEETINGS_VEXA_STRICT_A = 'on';
  await troupe.terminate();
  await troupe.launch();
  const missing = await ask('GET', '/meetings'), wrong = await ask('GET', '/meetings', { key: 'x'.repeat(40) });
  assert.deepEqual([missing.status, missing.body.detail, wrong.status, wrong.body.detail],
    [403, 'Missing API token (X-API-Key header)', 403, 'Invalid API token']);
  const user = await ask('PUT', '/user/webhook', { body: { webhook_url: '' } });
  assert.deepEqual([user.status, user.body.detail], [401, 'Missing API Key']);
  const who = await person('strict@example.org');
  const first = await ask('POST', '/bots', { key: who.key, body: meet('lob-bylo-bby') });
  assert.equal(first.status, 201);
  const second = await ask('POST', '/bots', { key: who.key, body: meet('sec-ondo-nee') });
  assert.deepEqual([second.status, second.body.detail], [403, 'User has reached the maximum concurrent bot limit (1).']);
  delete troupe.env.ADMIN_API_TOKEN;
  await troupe.terminate();
  await troupe.launch();
  assert.equal((await administer('GET', '/admin/users')).status, 500, 'no secret is configured');
});

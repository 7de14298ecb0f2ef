// Bots in meetings, from the request to the end, with a program that stands in for the bot: it joins, calls back, is stopped,
// dies, is refused; Troupe is killed in between and finds it again. Whatever happens, nothing is left running.
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { processesWith } from './lib/program_bot.mjs';
import { Troupe, until } from './lib/troupe.mjs';

const program = join(import.meta.dirname, 'programs/meeting_bot.mjs');
const ended = ['completed', 'failed', 'error'];
let troupe;

before(async () => {
  troupe = await Troupe.start({ env: {
    TROUPE_MEETINGS_MAX_CONCURRENT_BOTS: '50', TROUPE_MEETINGS_ATTEMPTS: '2', TROUPE_MEETINGS_RETRY_S: '1', TROUPE_MEETINGS_STOP_GRACE_S: '2',
    TROUPE_MEETINGS_START_TIMEOUT_S: '20', TROUPE_MEETINGS_ADMISSION_TIMEOUT_S: '5' } });
  await troupe.terminate(); // the bot's command names the data folder, which is known now
  troupe.env.TROUPE_MEETINGS_BOT_COMMAND = [process.execPath, program, troupe.data].join(',');
  await troupe.launch();
});
after(async () => {
  await until(async () => (await list()).every((meeting) => ended.includes(meeting.state)), 'every meeting to end');
  assert.deepEqual(bots(), [], 'something is left running');
  await troupe?.stop();
});

const list = async () => (await troupe.api('GET', '/api/v1/meetings?limit=1000')).body.items;
const bots = () => processesWith(`${program}\0${troupe.data}`);
const botOf = (id) => JSON.parse(readFileSync(join(troupe.data, `bot-${id}.json`), 'utf8'));
const look = async (id) => (await troupe.api('GET', `/api/v1/meetings/${id}`)).body;
const history = async (id) => (await troupe.api('GET', `/api/v1/meetings/${id}/history`)).body;
const link = (name) => `https://meet.jit.si/${name}`;
async function ask(name, more = {}) {
  const made = await troupe.api('POST', '/api/v1/meetings', { link: link(name), ...more });
  assert.equal(made.status, 201, JSON.stringify(made.body));
  return made.body.id;
}
const becomes = (id, state) => until(async () => {
  const meeting = await look(id);
  if (meeting.state !== state && ended.includes(meeting.state)) throw Object.assign(new Error(`it is ${JSON.stringify(meeting)}`), { fatal: true });
  return meeting.state === state && meeting;
}, `meeting ${id} to be ${state}`);
const way = async (id) => (await history(id)).transitions.map((step) => step.to).join(' ');

test('a bot joins, keeps a second one out, and leaves when it is stopped', async () => {
  const id = await ask('joins-One', { language: 'en', bot_name: 'Scribe' });
  const active = await becomes(id, 'active');
  assert.deepEqual([active.platform, active.native_meeting_id, active.language, active.task, active.driver, active.bot_name],
    ['jitsi', 'joins-one', 'en', 'transcribe', 'process', 'Scribe']);
  assert.equal(active.phase, undefined, 'it waits for nobody any more');
  const second = await troupe.api('POST', '/api/v1/meetings', { link: link('joins-ONE') });
  assert.equal(second.status, 409);
  assert.equal(second.body.meeting_id, id);
  const { pid } = botOf(id);
  const stopped = await troupe.api('POST', `/api/v1/meetings/${id}/stop`);
  assert.equal(stopped.status, 202);
  const end = await becomes(id, 'completed');
  assert.equal(end.reason, 'stopped');
  assert.equal(end.stop_requested, true);
  assert.ok(!existsSync(`/proc/${pid}`));
  assert.equal(await way(id), 'requested starting active stopping completed');
  const { transitions, attempts } = await history(id);
  assert.ok(transitions.every((step) => step.at && step.cause && step.actor));
  assert.equal(attempts.length, 1);
  assert.match(attempts[0].output, /active 200/);
  assert.equal((await troupe.api('DELETE', `/api/v1/meetings/${id}`)).body.state, 'completed');
  const actions = (await troupe.api('GET', '/api/v1/audit?limit=100')).body.items.filter((line) => line.target === String(id)).map((line) => line.action);
  assert.ok(actions.includes('meeting.create') && actions.includes('meeting.stop'));
});

test('what the bot says at its end is understood, in whatever words', async () => {
  const cases = [['alone-1', 'completed', 'left_alone', 'left_alone_timeout'], ['refused-1', 'failed', 'awaiting_admission_rejected', 'admission_rejected_by_admin'],
    ['crashes-1', 'failed', 'bot_failed', 'exited with code 1'], ['lobby-1', 'failed', 'awaiting_admission_timeout', 'admission_timeout']];
  for (const [name, state, reason, raw] of cases) {
    const end = await becomes(await ask(name), state);
    assert.deepEqual([end.reason, end.reason_raw], [reason, raw], name);
  }
});

test('a bot that dies on its way in is tried again, one container at a time', async () => {
  const id = await ask('dies-1');
  const end = await becomes(id, 'failed');
  assert.equal(end.reason, 'bot_failed');
  const { attempts } = await history(id);
  assert.deepEqual(attempts.map((attempt) => [attempt.number, attempt.container, attempt.exit]), [[1, 'gone', 'exited with code 3'], [2, 'gone', 'exited with code 3']]);
  assert.ok(attempts[0].gone_at < attempts[1].started_at);
});

test('one that does not leave is killed', async () => {
  const id = await ask('stubborn-1');
  await becomes(id, 'active');
  const { pid } = botOf(id);
  await troupe.api('DELETE', `/api/v1/meetings/${id}`);
  assert.equal((await becomes(id, 'completed')).reason, 'stopped');
  assert.ok(!existsSync(`/proc/${pid}`));
});

test('a bot goes on while Troupe is killed, and is found again', async () => {
  const stays = await ask('joins-Stays'), goes = await ask('joins-Goes'), leaving = await ask('stubborn-Leaves');
  for (const id of [stays, goes, leaving]) await becomes(id, 'active');
  await troupe.api('POST', `/api/v1/meetings/${leaving}/stop`);
  await troupe.kill();
  const { pid } = botOf(stays);
  assert.ok(existsSync(`/proc/${pid}`), 'it goes on alone');
  process.kill(botOf(goes).pid, 'SIGKILL');
  await until(() => !existsSync(`/proc/${botOf(goes).pid}`), 'its end');
  await troupe.launch();
  assert.equal((await becomes(goes, 'failed')).reason, 'bot_failed');
  assert.equal((await becomes(leaving, 'completed')).reason, 'stopped');
  assert.equal((await look(stays)).state, 'active');
  assert.equal(botOf(stays).pid, pid);
  assert.ok(existsSync(`/proc/${pid}`));
  assert.equal((await history(stays)).attempts.length, 1, 'no other was started');
  await troupe.api('POST', `/api/v1/meetings/${stays}/stop`);
  await becomes(stays, 'completed');
  assert.ok(!existsSync(`/proc/${pid}`));
});

test('a kill right after the request loses nothing and starts nothing twice', async () => {
  for (let round = 0; round < 5; ++round) {
    const id = await ask(`joins-Round${round}`);
    await new Promise((r) => setTimeout(r, round * 15)); // another place each time: whatever it is, it must hold
    await troupe.restart();
    await becomes(id, 'active');
    const mine = (await history(id)).attempts;
    assert.equal(bots().length, 1, JSON.stringify(mine));
    await troupe.api('POST', `/api/v1/meetings/${id}/stop`);
    await becomes(id, 'completed');
  }
});

test('callbacks of others change nothing', async () => {
  const id = await ask('mute-1');
  const config = await until(() => botOf(id).config, 'the bot');
  const url = config.botManagerCallbackUrl.replace('/exited', '/status_change');
  const post = async (to, body) => (await fetch(to, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) })).status;
  const said = { connection_id: config.connectionId, status: 'active' };
  assert.equal(await post(url.replace(config.token, 'A'.repeat(43)), said), 404, 'another token');
  assert.equal(await post(url, { ...said, connection_id: 'another' }), 404, 'another session');
  assert.ok(await post(url, { ...said, status: 'dancing' }) >= 400);
  assert.ok(await post(url, { status: 'active' }) >= 400);
  assert.equal((await look(id)).state, 'starting');
  // Out of order and repeated.
  assert.equal(await post(url, said), 200);
  assert.equal(await post(url, { ...said, status: 'joining' }), 200);
  assert.equal(await post(url.replace('/status_change', '/lifecycle'), { ...said, error_details: 'as text' }), 200, 'as newer bots say it');
  assert.equal(await post(url, said), 200);
  assert.equal((await look(id)).state, 'active');
  assert.equal(await post(config.botManagerCallbackUrl, { connection_id: config.connectionId, exit_code: 0, completion_reason: 'removed_by_admin' }), 200);
  assert.equal((await becomes(id, 'completed')).reason, 'evicted');
  assert.equal(await post(url, said), 200, 'late');
  assert.equal((await look(id)).state, 'completed');
  assert.ok(!troupe.output.includes(config.token), 'the token is in the log');
});

test('bad links and other people', async () => {
  for (const bad of ['https://meet.google.com/abc-defg', 'http://meet.google.com/abc-defg-hij', 'https://127.0.0.1/#/room/!a:b.org', 'https://zoom.us/j/1', 'https://10.0.0.5.nip.io/any/path?x=1#/room/!a:b.org', 'nothing']) {
    assert.equal((await troupe.api('POST', '/api/v1/meetings', { link: bad })).status, 400, bad);
  }
  assert.equal((await troupe.api('POST', '/api/v1/meetings', { link: link('x-1'), language: 'english' })).status, 400);
  assert.equal((await troupe.api('POST', '/api/v1/meetings', { link: link('x-1'), driver: 'nowhere' })).status, 400);
  assert.equal((await troupe.api('GET', '/api/v1/meetings/999999')).status, 404);
  assert.equal((await fetch(`${troupe.platform}/api/v1/meetings`)).status, 401);
  const id = await ask('joins-Walls');
  const key = await member('dora');
  const hers = (method, path, body) => troupe.api(method, path, body, { authorization: `Bearer ${key}` });
  assert.equal((await hers('GET', `/api/v1/meetings/${id}`)).status, 404);
  assert.equal((await hers('POST', `/api/v1/meetings/${id}/stop`)).status, 404);
  assert.deepEqual((await hers('GET', '/api/v1/meetings')).body.items, []);
  assert.equal((await hers('POST', '/api/v1/meetings', { link: link('joins-Walls'), driver: 'in_process' })).status, 403);
  const own = await hers('POST', '/api/v1/meetings', { link: link('joins-Walls') });
  assert.equal(own.status, 201, 'her own bot may be in the same call');
  for (const one of [id, own.body.id]) await troupe.api('POST', `/api/v1/meetings/${one}/stop`);
  for (const one of [id, own.body.id]) await becomes(one, 'completed');
});

/** A key of somebody who is a member and nothing more. */
async function member(name) {
  await troupe.user(name);
  const headers = { 'content-type': 'application/json' };
  const session = await fetch(`${troupe.platform}/api/v1/session`, { method: 'POST', headers, body: JSON.stringify({ user: name, password: `password-of-${name}` }) });
  const cookie = session.headers.getSetCookie()[0].split(';')[0];
  const key = await fetch(`${troupe.platform}/api/v1/keys`, { method: 'POST', headers: { ...headers, cookie }, body: JSON.stringify({ name: 'hers', role: 'member' }) });
  return (await key.json()).token;
}

test('the command line', async () => {
  const joined = await troupe.cli(['meeting', 'join', link('joins-Line'), '--quiet']);
  assert.equal(joined.code, 0, joined.stderr);
  const id = Number(joined.stdout.trim());
  await becomes(id, 'active');
  assert.match((await troupe.cli(['meeting', 'list', '--state', 'active'])).stdout, /joins-Line/);
  const shown = await troupe.cli(['meeting', 'show', String(id)]);
  assert.match(shown.stdout, new RegExp(`Meeting ${id} is active\\.[^]*joins-Line[^]*starting +[^]*active +its bot says: active`));
  assert.equal(JSON.parse((await troupe.cli(['meeting', 'show', String(id), '--json'])).stdout).transitions.length, 3);
  const nothing = await troupe.cli(['meeting', 'transcript', String(id)]);
  assert.equal(nothing.stdout, '');
  assert.match(nothing.stderr, /No words are kept/);
  const early = await troupe.cli(['meeting', 'delete', String(id), '--yes']);
  assert.match(`${early.code} ${early.stderr}`, /^1 .*goes on/);
  const left = await troupe.cli(['meeting', 'leave', String(id)]);
  assert.match(left.stdout, new RegExp(`Meeting ${id} is`));
  await becomes(id, 'completed');
  await troupe.terminate();
  const unserved = await troupe.cli(['meeting', 'join', link('joins-Later'), '--task', 'translate', '--keep-days', '7']);
  assert.equal(unserved.code, 0, unserved.stderr);
  assert.match(unserved.stdout, /is requested/);
  assert.match(unserved.stderr, /No server runs/, 'nobody waits for a bot that no server sends');
  await troupe.launch();
  const waiting = (await list()).find((meeting) => meeting.link === link('joins-Later'));
  await becomes(waiting.id, 'active');
  assert.equal((await troupe.api('POST', `/api/v1/meetings/${waiting.id}/stop`)).status, 202);
  await becomes(waiting.id, 'completed');
});

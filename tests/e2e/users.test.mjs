// Accounts with the real binary: the command line with and without a running server, 10,000 users from a file, locks and
// sessions as Matrix clients see them, seed 000's later face from a browser's form.
import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { spawn } from 'node:child_process';
import { after, before, test } from 'node:test';
import { Troupe, adminPassword, binary, until } from './lib/troupe.mjs';

let troupe;
let folder;
before(async () => {
  troupe = await Troupe.start();
  folder = await mkdtemp(join(tmpdir(), 'troupe-users-'));
});
after(async () => {
  await troupe?.stop();
  if (folder) await rm(folder, { recursive: true, force: true });
});

/** Runs the command line on a data folder. */
function command(args, { data = troupe.data, input = '', env = {} } = {}) {
  return new Promise((resolve) => {
    const child = spawn(binary, ['--data', data, ...args], { env: { PATH: process.env.PATH, ...env }, cwd: folder });
    let out = '';
    let err = '';
    child.stdout.on('data', (d) => { out += d; });
    child.stderr.on('data', (d) => { err += d; });
    child.on('close', (code) => resolve({ code, out, err }));
    child.stdin.on('error', () => {});
    child.stdin.end(input);
  });
}

async function login(user, password) {
  const response = await fetch(`${troupe.matrix}/_matrix/client/v3/login`, { method: 'POST', body: JSON.stringify({
    type: 'm.login.password', identifier: { type: 'm.id.user', user }, password }) });
  return { status: response.status, ...(await response.json()) };
}
const whoami = async (token) => (await fetch(`${troupe.matrix}/_matrix/client/v3/account/whoami`, {
  headers: { authorization: `Bearer ${token}` } })).status;

test('an account is made, shown, locked, unlocked, given a role and closed from the command line', async () => {
  assert.equal((await command(['user', 'add', 'anna'], { input: 'the-first-password\n' })).code, 0);
  const signedIn = await login('anna', 'the-first-password');
  assert.equal(signedIn.status, 200);
  const shown = await command(['user', 'show', 'anna', '--json']);
  assert.equal(JSON.parse(shown.out).role, 'member');
  assert.equal((await command(['user', 'lock', 'anna'])).code, 0);
  assert.equal(await whoami(signedIn.access_token), 401, 'a locked account can do nothing');
  assert.equal((await command(['user', 'unlock', 'anna'])).code, 0);
  assert.equal(await whoami(signedIn.access_token), 200, 'and goes on where it was');
  const sessions = JSON.parse((await command(['user', 'sessions', 'anna', '--json'])).out);
  assert.deepEqual(sessions.items.map((s) => s.device_id), [signedIn.device_id]);
  assert.equal((await command(['user', 'sessions', 'anna', '--end', signedIn.device_id])).code, 0);
  assert.equal(await whoami(signedIn.access_token), 401);
  assert.equal((await command(['user', 'role', 'anna', 'operator'])).code, 0);
  const operators = JSON.parse((await command(['user', 'list', '--role', 'operator', '--json'])).out);
  assert.deepEqual(operators.items.map((u) => u.username), ['anna']);
  const reset = await command(['user', 'reset-password', 'anna', '--generate', '--json']);
  assert.equal((await login('anna', JSON.parse(reset.out).password)).status, 200);
  assert.equal((await command(['user', 'deactivate', 'anna'])).code, 2, 'not without --yes');
  assert.equal((await command(['user', 'deactivate', 'anna', '--yes'])).code, 0);
  assert.equal((await command(['user', 'unlock', 'anna'])).code, 1, 'closed for ever');
  for (const refused of [['lock', 'admin'], ['role', 'admin', 'member'], ['deactivate', 'admin', '--yes']]) {
    const { code, err } = await command(['user', ...refused]);
    assert.equal(code, 1);
    assert.match(err, /last administrator/);
  }
  assert.equal((await command(['user', 'show', 'nobody'])).code, 1);
  assert.equal((await command(['user', 'show'])).code, 2);
});

test('ten thousand users from a file join a room', async (t) => {
  const room = JSON.parse((await command(['room', 'create', 'Everybody', '--json'])).out).room_id;
  const file = join(folder, 'many.csv');
  const lines = ['username,display_name'];
  for (let i = 0; i < 10_000; i += 1) lines.push(`user${String(i).padStart(5, '0')},"User, number ${i}"`);
  await writeFile(file, `\ufeff${lines.join('\r\n')}\r\n`);
  const began = Date.now();
  const done = await command(['user', 'import', file, '--join', room, '--json']);
  t.diagnostic(`10,000 accounts and joins: ${((Date.now() - began) / 1000).toFixed(1)} s`);
  assert.equal(done.code, 0, done.err);
  const status = JSON.parse(done.out);
  assert.deepEqual([status.state, status.total, status.created, status.existed, status.failed, status.joined],
    ['done', 10_000, 10_000, 0, 0, 10_000]);
  const shown = JSON.parse((await command(['user', 'show', 'user09999', '--json'])).out);
  assert.equal(shown.display_name, 'User, number 9999');
  const summary = await troupe.api('GET', `/api/v1/rooms/${encodeURIComponent(room)}`);
  assert.equal(summary.body.joined_members, 10_001);
  const again = await command(['user', 'import', file, '--join', room, '--json']);
  assert.equal(JSON.parse(again.out).existed, 10_000, 'what exists is left as it is');
});

test('bad lines are named and the rest is made, also without a running server', async () => {
  const data = join(folder, 'offline');
  const env = { TROUPE_ADMIN_PASSWORD: adminPassword };
  assert.equal((await command(['init'], { data, env })).code, 0);
  const csv = 'good,with-a-password,Good,operator\nBAD NAME,,,\ngood,,,\nother\n';
  const dry = await command(['user', 'import', '-', '--dry-run', '--json'], { data, input: csv, env });
  assert.equal(JSON.parse(dry.out).created, 2);
  const done = await command(['user', 'import', '-'], { data, input: csv, env });
  assert.equal(done.code, 1, 'some lines failed');
  assert.match(done.out, /Made 2, there already 0, failed 2\./);
  assert.match(done.err, /line 2: .*no user name/);
  assert.match(done.err, /line 3: good is in line 1 already/);
  const list = JSON.parse((await command(['user', 'list', '--json'], { data, env })).out);
  assert.deepEqual(list.items.map((u) => u.username), ['admin', 'good', 'other']);
  assert.equal((await command(['user', 'import', join(folder, 'none.csv')], { data, env })).code, 2);
  assert.equal((await command(['user', 'import', '-', '--join', '!none:localhost'], { data, input: 'x\n', env })).code, 1);
  const broken = await command(['user', 'import', '-'], { data, input: 'a\n"b', env });
  assert.equal(broken.code, 1);
  assert.match(broken.err, /Line 2: a quote is not closed/);
});

test('Ctrl-C ends the watching of an import; the import is found again and cancelled', async () => {
  const file = join(folder, 'slow.csv');
  await writeFile(file, Array.from({ length: 400 }, (_, i) => `slow${i},a-password-${i}\n`).join(''));
  const child = spawn(binary, ['--data', troupe.data, 'user', 'import', file], { env: { PATH: process.env.PATH }, cwd: folder });
  let err = '';
  child.stderr.on('data', (d) => { err += d; });
  const closed = new Promise((r) => child.on('close', r));
  const running = await until(async () => (await troupe.api('GET', '/api/v1/users/import')).body.items.find((i) => i.state === 'running'),
    'the import to run', 90_000);
  child.kill('SIGINT');
  assert.equal(await closed, 1);
  assert.match(err, /goes on in the server/);
  assert.match(err, new RegExp(`import-cancel ${running.import_id}`));
  const shown = await command(['user', 'import-status', running.import_id, '--json']);
  assert.equal(JSON.parse(shown.out).state, 'running');
  assert.equal((await command(['user', 'import-cancel', running.import_id])).code, 0);
  const ended = await until(async () => {
    const status = (await troupe.api('GET', `/api/v1/users/import/${running.import_id}`)).body;
    return status.state !== 'running' && status;
  }, 'the import to end', 90_000);
  assert.deepEqual([ended.state, ended.reason], ['failed', 'cancelled']);
  assert.ok(ended.done < 400);
  const made = await troupe.api('GET', '/api/v1/users?search=slow');
  assert.equal(made.body.total, ended.created, 'what was made stays');
  assert.equal((await command(['user', 'import-cancel', running.import_id])).code, 1, 'it has ended');
  const list = await command(['user', 'import-status']);
  assert.match(list.out, new RegExp(running.import_id));
});

test('after Ctrl-C the passwords of an import can be fetched, once', async () => {
  const file = join(folder, 'many.csv');
  const out = join(folder, 'made.csv');
  await writeFile(file, Array.from({ length: 200 }, (_, i) => `made${i}\n`).join(''));
  const child = spawn(binary, ['--data', troupe.data, 'user', 'import', file, '--generate', out], { env: { PATH: process.env.PATH }, cwd: folder });
  let err = '';
  child.stderr.on('data', (d) => { err += d; });
  const closed = new Promise((r) => child.on('close', r));
  const running = await until(async () => (await troupe.api('GET', '/api/v1/users/import')).body.items.find((i) => i.state === 'running'),
    'the import to run', 90_000);
  child.kill('SIGINT');
  assert.equal(await closed, 1);
  assert.match(err, new RegExp(`troupe user import-passwords ${running.import_id} `));
  await assert.rejects(stat(out), { code: 'ENOENT' }, 'nothing is left of the file');
  await until(async () => (await troupe.api('GET', `/api/v1/users/import/${running.import_id}`)).body.state !== 'running',
    'the import to end', 180_000);
  await writeFile(out, 'mine');
  const refused = await command(['user', 'import-passwords', running.import_id, out]);
  assert.equal(refused.code, 2);
  assert.equal(await readFile(out, 'utf8'), 'mine', 'what is there is left alone');
  await rm(out);
  const taken = await command(['user', 'import-passwords', running.import_id, out]);
  assert.equal(taken.code, 0, taken.err);
  assert.equal((await stat(out)).mode & 0o777, 0o600);
  assert.equal((await readFile(out, 'utf8')).trim().split('\n').length, 201, 'a head, and a line for each');
  const again = await command(['user', 'import-passwords', running.import_id, join(folder, 'again.csv')]);
  assert.equal(again.code, 1);
  assert.match(again.err, /no passwords to hand out/);
});

test('every command of users, bots and keys has help', async () => {
  for (const line of ['user', 'user list', 'user show', 'user sessions', 'user lock', 'user unlock', 'user reset-password',
    'user deactivate', 'user role', 'user import', 'user import-status', 'user import-cancel', 'user import-passwords', 'bot', 'bot set', 'bot logs', 'bot restart', 'bot history', 'bot usage',
    'key list', 'key add', 'key revoke', 'tenant add', 'audit']) {
    const { code, out } = await command([...line.split(' '), '--help']);
    assert.equal(code, 0, line);
    assert.ok(out.length > 50, line);
  }
});

test('keys are made, used and revoked from the command line', async () => {
  const made = JSON.parse((await command(['key', 'add', 'ci', '--role', 'operator', '--scope', 'bots', '--json'])).out);
  const asks = async () => (await fetch(`${troupe.platform}/api/v1/bots`, { headers: { 'x-api-key': made.token } })).status;
  assert.equal(await asks(), 200);
  assert.equal((await command(['key', 'revoke', String(made.key.id)])).code, 0);
  assert.equal(await asks(), 401);
});

test("seed 000's later face, signed in by its form", async () => {
  const post = (path, fields, headers = {}, body = new URLSearchParams(fields)) =>
    fetch(troupe.platform + path, { method: 'POST', body, headers, redirect: 'manual' });
  assert.equal((await post('/api/bots', {})).status, 401);
  const signedIn = await post('/login', { password: adminPassword });
  assert.equal(signedIn.status, 302);
  const cookie = signedIn.headers.get('set-cookie').split(';')[0];
  const parts = new FormData(); // what the original's page sends
  parts.append('bot_user_id', 'parrot');
  parts.append('flowise_url', '');
  parts.append('bot_password', 'parrots-password');
  const made = await post('/api/bots', {}, { cookie }, parts);
  assert.deepEqual(await made.json(), { success: true, message: 'Bot created successfully' });
  const [bot] = await (await fetch(`${troupe.platform}/api/bots`, { headers: { cookie } })).json();
  assert.deepEqual(Object.keys(bot).sort(), ['bot_user_id', 'created_at', 'flowise_url', 'id', 'status']);
  const act = (action, password, headers = { cookie }) => post(`/api/bot/${bot.id}/action`, { action, password }, headers);
  assert.equal((await act('start', 'wrong')).status, 401);
  assert.equal((await act('start', 'parrots-password', { cookie, origin: 'http://evil.example' })).status, 403);
  assert.deepEqual(await (await act('start', 'parrots-password')).json(), { success: true, message: 'Bot started successfully' });
  await until(async () => (await (await fetch(`${troupe.platform}/api/bots`, { headers: { cookie } })).json())[0].status === 'running',
    'the bot to run');
  const logs = await (await fetch(`${troupe.platform}/api/bot/${bot.id}/logs`, { headers: { cookie } })).json();
  assert.equal(logs.success, true);
  assert.equal((await act('delete', adminPassword)).status, 200);
  const commandLine = await readFile(`/proc/${troupe.process.pid}/cmdline`, 'utf8');
  assert.ok(!commandLine.includes('parrots-password') && !troupe.output.includes('parrots-password'));
  const out = await fetch(`${troupe.platform}/logout`, { headers: { cookie }, redirect: 'manual' });
  assert.equal(out.headers.get('location'), '/login');
  assert.equal((await fetch(`${troupe.platform}/api/bots`, { headers: { cookie } })).status, 401);
});

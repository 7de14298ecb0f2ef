// Tokens, keys and passwords are where they belong and nowhere else: not in any process's command line or environment,
// not in a log, not in any answer of the API, not in plain text in the data folder, the database included.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { readFileSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { Flowise } from './lib/flowise.mjs';
import { Follower, messagesOf } from './lib/follower.mjs';
import { OpenAi } from './lib/openai.mjs';
import { filesBelow, processesWith, textOf } from './lib/program_bot.mjs';
import { postgresPrograms } from './lib/services.mjs';
import { sendSurely } from './lib/talks.mjs';
import { adminPassword, apiToken, databaseOf, sharedSecret, Troupe, until } from './lib/troupe.mjs';
import { Webhook } from './lib/webhook.mjs';

const program = join(import.meta.dirname, 'programs/answering_bot.mjs');
const secrets = new Map(); // what it is → its text
let troupe, services, folder, anna, follower;
const bots = {};
const ids = { rooms: new Set(), events: new Set(), hooks: new Set(), keys: new Set() };

async function makeBot(id, kind, config) {
  const made = await troupe.api('POST', '/api/v1/bots', { bot_id: id, brain: { kind, config } });
  assert.equal(made.status, 201, JSON.stringify(made.body));
  assert.equal((await troupe.api('POST', `/api/v1/bots/${id}/start`)).status, 200);
  bots[id] = made.body.bot.user_id;
  return made.body;
}
async function ask(id, text) {
  const bot = bots[id];
  const room = await anna.createRoom({ preset: 'private_chat', invite: [bot] });
  ids.rooms.add(room);
  await until(async () => (await anna.request('GET', `/_matrix/client/v3/rooms/${encodeURIComponent(room)}/joined_members`)).joined[bot],
    `${bot} to join`, 90_000);
  ids.events.add(await sendSurely(anna, room, { msgtype: 'm.text', body: text }, `ask-${id}`));
  await follower.until(() => messagesOf(follower.events(room)).some((m) => m.sender === bot && !m.body.endsWith(' …')), () => `${id}'s answer`, 60_000);
  return room;
}

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'troupe-'));
  troupe = await Troupe.start({ env: { TROUPE_ALLOW_PROGRAMS: 'on', TROUPE_LOG_LEVEL: 'debug' } });
  const say = (question) => {
    secrets.set('the one-time token of a late answer', question.reply.token);
    return 'late';
  };
  services = { flowise: await Flowise.start({ key: 'flowise-key-a83b1c' }), openai: await OpenAi.start(),
    later: await Webhook.start({ thinkMs: 10, later: true, laterMs: 50, say, troupe: troupe.platform, file: join(folder, 'promises') }) };
  secrets.set('the key of Flowise', 'flowise-key-a83b1c');
  secrets.set('the key of the model', 'sk-model-key-93f0ea');
  secrets.set('a secret of a program', 'program-secret-5d2c11');
  secrets.set('the password of a person', 'password-of-anna');
  anna = await troupe.user('anna');
  secrets.set('the access token of a person', anna.token);
  follower = new Follower(anna);

  await makeBot('flow', 'flowise', { url: services.flowise.url, api_key: 'flowise-key-a83b1c' });
  await makeBot('model', 'openai', { base_url: services.openai.url, model: 'stand-in', api_key: 'sk-model-key-93f0ea' });
  const hooked = await makeBot('later', 'webhook', { url: services.later.url });
  secrets.set('the secret of a webhook', hooked.generated_secret);
  await makeBot('prog', 'program', { command: [process.execPath, program, troupe.data], secrets: { SERVICE: 'program-secret-5d2c11' }, stop_grace_s: 2 });
  await ask('flow', 'hello');
  await ask('model', '500 please fail'); // a server that says keys in its error
  const room = await ask('later', 'hello');
  await ask('prog', 'hello');
  const hook = await troupe.api('POST', '/api/v1/bots/later/hooks', { name: 'builds', room_id: room });
  const path = new URL(hook.body.url, troupe.platform).pathname;
  ids.hooks.add(hook.body.hook.hook_id);
  secrets.set('the address of an inbound webhook', path.split('/').at(-1));
  assert.equal((await fetch(troupe.platform + path, { method: 'POST', body: 'built' })).status, 202);
  const key = await troupe.api('POST', '/api/v1/keys', { name: 'a key', role: 'operator' });
  assert.equal(key.status, 201, JSON.stringify(key.body));
  secrets.set('an API key', key.body.token);
  ids.keys.add(String(key.body.key.id));
  // What a restart reads back and what it says about it belongs to it.
  const before = troupe.output;
  await troupe.restart();
  troupe.output = before + troupe.output;
  await until(async () => (await troupe.api('GET', '/api/v1/bots/prog')).body.state === 'running', 'the program to be found again', 60_000);
  const [file] = filesBelow(join(troupe.data, 'tasks')).filter((name) => name.endsWith('/secrets/token'));
  secrets.set('the token of a bot', readFileSync(file, 'utf8').trim());
});
after(async () => {
  if (follower) follower.running = false;
  await troupe?.api('DELETE', '/api/v1/bots/prog?confirm=prog').catch(() => {});
  await troupe?.stop();
  for (const service of Object.values(services ?? {})) await service.stop();
  if (folder) await rm(folder, { recursive: true, force: true });
});

/** Fails when a text holds one of the secrets. */
function clean(text, where, except = []) {
  for (const [what, secret] of secrets) {
    assert.ok(typeof secret === 'string' && secret.length >= 10, `${what} is known`);
    if (!except.includes(what)) assert.ok(!text.includes(secret), `${what} is in ${where}`);
  }
}

test('no process shows a secret in its command line or environment', () => {
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    for (const what of ['cmdline', 'environ']) {
      let text = '';
      try { text = readFileSync(`/proc/${pid}/${what}`, 'latin1'); } catch { /* ended, or somebody else's */ }
      clean(text, `/proc/${pid}/${what}`);
    }
  }
  const own = processesWith(troupe.data).filter((pid) => pid !== troupe.process.pid);
  assert.ok(own.length >= 2, 'the shim and the program');
  for (const pid of own) {
    const text = readFileSync(`/proc/${pid}/environ`, 'latin1') + readFileSync(`/proc/${pid}/cmdline`, 'latin1');
    for (const operators of [adminPassword, apiToken, sharedSecret]) assert.ok(!text.includes(operators), `what is the operator's is not handed down (${pid})`);
  }
});

test('no file of the data folder holds one in plain text but the program\'s own', () => {
  const files = filesBelow(troupe.data);
  assert.ok(files.some((path) => /\.(db|sqlite)/.test(path)) || databaseOf(troupe.data).DATABASE_URL, 'the database is among them');
  for (const path of files) {
    const given = path.includes('/secrets/') ? ['the token of a bot', 'a secret of a program'] : [];
    clean(textOf(path), path, given);
  }
});

test('nor does a PostgreSQL database', { skip: !process.env.TROUPE_TEST_POSTGRES && 'the database is a file' }, async () => {
  const url = new URL(databaseOf(troupe.data).DATABASE_URL);
  const schema = url.searchParams.get('schema');
  url.search = '';
  const { stdout } = await promisify(execFile)(join(await postgresPrograms(), 'pg_dump'), ['--inserts', '--schema', schema, url.href],
    { maxBuffer: 256 * 1024 * 1024 });
  assert.ok(stdout.includes('fleet_bot') && stdout.includes(anna.id), 'everything is in it');
  clean(stdout, 'the database');
});

test('no log shows one', () => clean(troupe.output, 'the log'));

test('no answer of the API shows one', async () => {
  const { paths } = (await troupe.api('GET', '/api/openapi.json')).body;
  const values = { bot_id: Object.keys(bots), id: Object.keys(bots), user_id: [anna.id, 'anna', ...Object.values(bots)], username: ['anna'], room_id: [...ids.rooms],
    event_id: [...ids.events], hook_id: [...ids.hooks], key_id: [...ids.keys], kind: ['flowise', 'openai', 'webhook', 'program'] };
  const fill = (path) => {
    const name = /\{(\w+)\}/.exec(path)?.[1];
    if (!name) return [path];
    return (values[name] ?? ['1']).flatMap((value) => fill(path.replace(`{${name}}`, encodeURIComponent(value))));
  };
  let looked = 0;
  for (const [template, methods] of Object.entries(paths)) {
    if (!methods.get) continue;
    for (const path of fill(template)) {
      // Live streams never end: what comes in the first moments is enough.
      const response = await fetch(troupe.platform + path, { headers: { authorization: `Bearer ${apiToken}` }, signal: AbortSignal.timeout(60_000) });
      const live = response.headers.get('content-type')?.startsWith('text/event-stream');
      let text = JSON.stringify([...response.headers]);
      if (live) {
        const reader = response.body.getReader();
        text += new TextDecoder().decode((await reader.read()).value);
        await reader.cancel();
      } else {
        text += await response.text();
      }
      clean(text, `GET ${path}`);
      if (response.status === 200) looked++;
    }
  }
  assert.ok(looked >= 30, `${looked} answers were looked at`);
});

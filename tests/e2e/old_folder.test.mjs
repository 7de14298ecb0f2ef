// A data folder that the program of 040d10d made, opened by today's: everything in it is there, and its API is still ours.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { at, golden, look, losses, openServices, people, unpack, v3 } from './lib/old_folder.mjs';
import { MatrixUser, Troupe, adminPassword, binary, until } from './lib/troupe.mjs';

/** What is meant to read differently since: [pattern of the sentence, reason]. */
const meant = [
  [/^\.\/api\/v1\/users\?limit=100\.body\.items\[9\]\.tenant_id is 2 in place of 1$/, 'the account of a tenant\'s bot is that tenant\'s'],
  [/^\.\/api\/v1\/tenants\.body\.items\[[01]\]\.users is (15 in place of 16|2 in place of 1)$/, 'so it is counted there'],
  [/^\.\/api\/v1\/users of the other tenant\.body\.(items has 2 entries in place of 1|total is 2 in place of 1)$/, 'and listed there'],
  [/^\.\/api\/v1\/tenants\.body\.items\[0\]\.created_at /, 'the default tenant is as old as its server'],
  [/^\.\/api\/v1\/bots(\/[a-z]+)?\.body(\.items\[\d\])?\.restarts is 0 in place of 1$/, 'a start of the server is no restart of its bots'],
];

/** Bots publish their commands in the rooms where they are: that is new, and nothing of what was there. */
const withoutCommands = (value) => {
  if (Array.isArray(value)) return value.filter((item) => item?.type !== 'org.matrix.msc4391.command_description').map(withoutCommands);
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, withoutCommands(item)]));
};

let troupe, services, known, seen, data;
before(async () => {
  ({ data, known, seen } = unpack());
  services = await openServices();
  // The folder is SQLite's: on PostgreSQL there is nothing of it.
  troupe = await Troupe.start({ data, env: { TROUPE_ALLOW_PROGRAMS: 'on', DATABASE_URL: '' } });
});
after(async () => {
  await troupe?.stop();
  await services?.stop();
  if (data) rmSync(data, { recursive: true, force: true });
});

test('messages, state, files, keys and all else read the same, with the tokens of then', async () => {
  const lost = losses(seen, withoutCommands(await look(troupe, known))).filter((sentence) => !meant.some(([pattern]) => pattern.test(sentence)));
  assert.deepEqual(lost, []);
});

test('people sign in with their passwords, and who was shut out stays outside', async () => {
  for (const [name, { id }] of Object.entries(known.people)) {
    if (name === 'laptop') continue;
    const user = await MatrixUser.login(troupe.matrix, name, name === 'admin' ? adminPassword : `password-of-${name}`);
    assert.equal(user.id, id);
  }
  assert.equal((await MatrixUser.login(troupe.matrix, 'seedbot', 'password-of-seedbot')).id, '@seedbot:localhost');
  const login = (user) => fetch(`${troupe.matrix}${v3}/login`, { method: 'POST', body: JSON.stringify({
    type: 'm.login.password', identifier: { type: 'm.id.user', user }, password: `password-of-${user}` }) });
  assert.equal((await login('emil')).status, 403, 'closed');
  assert.equal((await login('boris')).status, 200);
  const locked = await login('dora');
  assert.ok(locked.status === 401 || locked.status === 403, `locked: ${locked.status}`);
});

test('bots answer with the credentials that were sealed then', async () => {
  const { anna } = people(troupe, known);
  const botId = (name) => `@bot_${name}:localhost`;
  const ask = async (name, words) => {
    const question = await anna.send(known.rooms[name], words);
    return until(async () => (await anna.history(known.rooms[name])).slice().reverse().find((e) => e.sender === botId(name) && e.type === 'm.room.message'
      && e.content['org.troupe.bot']?.answers === question)?.content.body, `${name} to answer`, 90_000);
  };
  assert.equal(await ask('echo', 'are you there?'), 'are you there?');
  const answer = await ask('model', 'a question of today');
  assert.match(answer, /^You said: a question of today \[[3-9]\]/, 'with the conversation of then');
  assert.equal(services.model.requests.at(-1).headers.authorization, 'Bearer model-key');
  await ask('flow', 'a question of today');
  assert.equal(services.flow.requests.filter((one) => one.path.startsWith('/api/v1/prediction/')).at(-1).headers.authorization, 'Bearer flow-key');
  let signed;
  services.hook.http.prependListener('request', (request) => {
    const pieces = [];
    request.on('data', (piece) => pieces.push(piece));
    request.on('end', () => { signed = { body: Buffer.concat(pieces).toString(), headers: request.headers }; });
  });
  assert.match(await ask('hook', 'a question of today'), /^heard a question of today from @anna:localhost/);
  const { body, headers } = signed;
  assert.equal(headers['x-troupe-signature'],
    `sha256=${createHmac('sha256', 'a-secret-of-many-bytes').update(`${headers['x-troupe-timestamp']}.${body}`).digest('hex')}`);
  assert.match(await ask('clock', '!remind list'), /look at this/);
  assert.match(await ask('clock', '!timezone'), /Asia\/Tokyo/);
  for (const name of ['seed', 'prog']) {
    assert.ok((await troupe.api('POST', `/api/v1/bots/${name}/start`)).status < 300, name);
    await until(async () => (await troupe.api('GET', `/api/v1/bots/${name}`)).body.state === 'running', `${name} to run`);
    // A program outlives the server; this one must not outlive the test.
    assert.ok((await troupe.api('POST', `/api/v1/bots/${name}/stop`)).status < 300);
    await until(async () => (await troupe.api('GET', `/api/v1/bots/${name}`)).body.state === 'stopped', `${name} to stop`);
  }
});

test('keys and addresses that were handed out then admit', async () => {
  const status = async (key, path) => (await troupe.api('GET', path, undefined, { authorization: `Bearer ${key}` })).status;
  assert.equal(await status(known.keys.zoe, '/api/v1/users'), 200);
  assert.equal(await status(known.keys.reader, '/api/v1/bots'), 200);
  assert.equal(await status(known.keys.reader, '/api/v1/users'), 403, 'its scope');
  assert.equal(await status(known.keys.ended, '/api/v1/bots'), 401);
  const posted = await fetch(troupe.platform + known.hook, { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"text":"from outside, today"}' });
  assert.equal(posted.status, 200);
  const { anna } = people(troupe, known);
  assert.ok((await anna.history(known.rooms.echo)).some((e) => e.content.body === 'from outside, today'));
});

test('what was written then can be changed, answered and taken back now', async () => {
  const { anna, boris } = people(troupe, known);
  const { hall } = known.rooms;
  const [first] = (await anna.history(hall)).filter((e) => e.type === 'm.room.message' && e.sender === boris.id);
  await boris.request('PUT', `${v3}/rooms/${at(hall, 'redact', first.event_id, 'redaction-now')}`, {});
  assert.deepEqual((await anna.history(hall)).find((e) => e.event_id === first.event_id).content, {});
  await anna.send(hall, 'today');
  await troupe.restart();
  assert.equal((await anna.history(hall)).at(-1).content.body, 'today');
});

// ---- The API document. ----

/** Operations, parameters and members of the document that are gone or were made narrower. */
function narrowed(before, now) {
  const found = [];
  const resolve = (document, schema) => (schema?.$ref ? document.components.schemas[schema.$ref.split('/').at(-1)] ?? {} : schema ?? {});
  const compare = (old, fresh, where, asked, depth = 0) => {
    const [was, is] = [resolve(before, old), resolve(now, fresh)];
    if (depth > 12 || Object.keys(was).length === 0) return;
    for (const [name, member] of Object.entries(was.properties ?? {})) {
      if (!is.properties?.[name]) found.push(`${where}.${name} is gone`);
      else compare(member, is.properties[name], `${where}.${name}`, asked, depth + 1);
    }
    // Who asks may leave out what they left out; who reads finds what they found.
    const [stricter, looser] = asked ? [is, was] : [was, is];
    for (const name of stricter.required ?? []) if (!looser.required?.includes(name)) found.push(`${where}.${name} is ${asked ? 'required' : 'no longer sure'}`);
    if (asked && was.enum && is.enum) for (const word of was.enum) if (!is.enum.includes(word)) found.push(`${where} takes no ${word}`);
    if (was.type && is.type && was.type !== is.type) found.push(`${where} is ${is.type}, was ${was.type}`);
    if (was.items) compare(was.items, is.items, `${where}[]`, asked, depth + 1);
  };
  for (const [path, operations] of Object.entries(before.paths)) {
    for (const [method, old] of Object.entries(operations)) {
      const where = `${method.toUpperCase()} ${path}`;
      const fresh = now.paths[path]?.[method];
      if (!fresh) { found.push(`${where} is gone`); continue; }
      for (const parameter of old.parameters ?? []) {
        const same = fresh.parameters?.find((one) => one.name === parameter.name && one.in === parameter.in);
        if (!same) found.push(`${where}: parameter ${parameter.name} is gone`);
        else compare(parameter.schema, same.schema, `${where}: ${parameter.name}`, true);
      }
      for (const parameter of fresh.parameters ?? []) {
        if (parameter.required && !old.parameters?.some((one) => one.name === parameter.name)) found.push(`${where}: parameter ${parameter.name} is required`);
      }
      for (const [type, content] of Object.entries(old.requestBody?.content ?? {})) {
        if (!fresh.requestBody?.content?.[type]) found.push(`${where} takes no ${type}`);
        else compare(content.schema, fresh.requestBody.content[type].schema, `${where} asked`, true);
      }
      for (const [status, answer] of Object.entries(old.responses ?? {})) {
        if (!fresh.responses?.[status]) { found.push(`${where} no longer tells of ${status}`); continue; }
        for (const [type, content] of Object.entries(answer.content ?? {})) {
          if (!fresh.responses[status].content?.[type]) found.push(`${where} no longer answers ${status} as ${type}`);
          else compare(content.schema, fresh.responses[status].content[type].schema, `${where} ${status}`, false);
        }
      }
    }
  }
  return [...new Set(found)];
}

/** What is meant to be narrower: [sentence, reason]. */
const meantInDocument = new Map([]);

test('no operation, parameter or member of the API document of then is gone', () => {
  const now = JSON.parse(execFileSync(binary, ['--data', troupe.data, 'openapi'], { encoding: 'utf8', env: troupe.env, maxBuffer: 64 << 20 }));
  const before = JSON.parse(readFileSync(join(golden, 'openapi.json'), 'utf8'));
  assert.ok(Object.keys(before.paths).length > 50);
  assert.deepEqual(narrowed(before, now).filter((sentence) => !meantInDocument.has(sentence)), []);
  const [path] = Object.keys(before.paths);
  assert.ok(narrowed(before, { ...now, paths: { ...now.paths, [path]: undefined } }).length > 0, 'a loss is seen');
});

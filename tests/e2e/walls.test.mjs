// The walls between tenants, roles and credentials: every operation of the API document and of the route tables × every
// kind of caller, with ids of another tenant wherever an id can stand, on both listeners. Nobody who may not gets a
// success, a word or a trace of another tenant, and nothing of that tenant changes. An operation that the tables in
// walls/ do not know fails by name.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { assault, controls, differences, report } from './walls/assault.mjs';
import { entriesOf } from './walls/attacks.mjs';
import { byHand } from './walls/byhand.mjs';
import { matrixCallers, platformCallers } from './walls/callers.mjs';
import { guestsMay } from './walls/guests.mjs';
import { changed } from './walls/judge.mjs';
import { holes, leaky } from './walls/planted.mjs';
import { matrix } from './walls/matrix.mjs';
import { platform } from './walls/platform.mjs';
import { overhear } from './walls/streams.mjs';
import { each, Wire } from './walls/wire.mjs';
import { Land } from './walls/world.mjs';

let land;
let document;
let untouched;
const tally = { operations: 0, callers: 0, attacks: 0, began: Date.now() };

before(async () => {
  land = await Land.start({ Wire });
  for (const world of [land.aster, land.birch, land.house]) world.known = world.identifiers();
  document = (await land.troupe.api('GET', '/api/openapi.json')).body;
  untouched = { birch: await land.birch.snapshot(), house: await land.house.snapshot() };
});
after(() => land?.stop());

/** Who is attacked: whoever is not of the caller's tenant. */
const victimsOf = (caller) => (caller.world === land.house ? [land.birch] : [land.birch, land.house]);

async function nothingChanged() {
  const lines = [];
  for (const name of ['birch', 'house']) lines.push(...changed(untouched[name], await land[name].snapshot()).map((line) => `${name}: ${line}`));
  assert.deepEqual(lines, [], 'nothing of the attacked tenants has changed');
}

for (const [listener, table] of Object.entries({ platform, matrix })) {
  test(`the walls know every operation of the ${listener} listener as it is`, () => {
    assert.deepEqual(differences(document, listener, table), []);
    tally.operations += Object.keys(table).length;
  });
}

test('nobody gets through a wall of the platform listener', async () => {
  const callers = await platformCallers(land);
  const { attacks, problems } = await assault({ wire: land.wire.platform, table: platform, callers, victimsOf, listener: 'platform' });
  tally.callers += callers.length;
  tally.attacks += attacks;
  if (problems.length) assert.fail(report(problems));
});
test('and nothing of the attacked has changed', nothingChanged);

test('nobody gets through a wall of the Matrix listener', async () => {
  const callers = matrixCallers(land);
  const { attacks, problems } = await assault({ wire: land.wire.matrix, table: matrix, callers, victimsOf, listener: 'matrix' });
  tally.callers += callers.length;
  tally.attacks += attacks;
  if (problems.length) assert.fail(report(problems));
});
test('and nothing of the attacked has changed there', nothingChanged);

test('the old ways to write a path are the same walls', async () => {
  const callers = matrixCallers(land).filter((caller) => ['nobody', 'a deactivated admin', 'a locked admin', 'a member', 'a tenant\'s admin'].includes(caller.name));
  for (const [today, before] of [['/_matrix/client/v3/', '/_matrix/client/r0/'], ['/_matrix/client/v3/', '/_matrix/client/unstable/'],
    ['/_matrix/client/v3/', '/_matrix/client/api/v1/'], ['/_matrix/media/v3/', '/_matrix/media/r0/']]) {
    const only = Object.keys(matrix).filter((operation) => operation.includes(today));
    const { attacks, problems } = await assault({ wire: land.wire.matrix, table: matrix, callers, victimsOf, listener: 'matrix', only,
      rewrite: (path) => path.replace(today, before) });
    tally.attacks += attacks;
    if (problems.length) assert.fail(`${before}: ${report(problems)}`);
  }
});

test('a locked account may sign out and nothing else, however the path ends', async () => {
  const { locked } = land.dead;
  const headers = { authorization: `Bearer ${locked.token}` };
  const wire = land.wire.matrix;
  const wrong = [];
  const attacks = [];
  for (const [operation, table] of Object.entries(matrix)) {
    const [method, pattern] = operation.split(' ');
    const entry = entriesOf(table)[0];
    if (entry.role !== 'member' || entry.ends) continue;
    const values = [...pattern.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
    const own = { room_id: locked.roomId, room_id_or_alias: locked.roomId, user_id: locked.id, event_type: 'm.room.message', device_id: locked.device, type: 'org.example' };
    const filled = (last) => pattern.replace(/\{(\w+)\}/g, (_, name) => encodeURIComponent(last[name] ?? own[name] ?? 'x'));
    const ways = [{}];
    if (values.length) ways.push({ [values.at(-1)]: 'logout' }, { [values.at(-1)]: '/logout' }, { [values.at(-1)]: '_matrix/client/v3/logout' });
    if (values.length > 1) ways.push({ [values.at(-2)]: 'logout', [values.at(-1)]: 'all' });
    for (const way of ways) {
      for (const tail of ['', '?x=/logout', '?/logout/all']) attacks.push({ method, optional: entry.optional, path: filled(way) + tail, headers, body: method === 'GET' ? undefined : { msgtype: 'm.text', body: 'attack' } });
    }
  }
  tally.attacks += attacks.length;
  await each(attacks, async (attack) => {
    const answer = await wire.send(attack);
    // Where nobody need sign in they are answered as nobody: a file is not there, and a word is no room.
    const told = answer.status === 401 && answer.text.includes('M_USER_LOCKED');
    if (!told && !(attack.optional && (answer.status === 404 || answer.text.includes('M_INVALID_PARAM')))) wrong.push(`${attack.method} ${attack.path}: ${answer.status} ${answer.text.slice(0, 200)}`);
  });
  assert.deepEqual(wrong.slice(0, 50), []);
  const last = await land.aster.admin.matrix.messages(land.aster.roomId);
  assert.ok(!JSON.stringify(last).includes(locked.id));
  for (const path of ['/_matrix/client/v3/logout', '/_matrix/client/v3/account/whoami']) {
    const answer = await wire.send({ method: path.endsWith('logout') ? 'POST' : 'GET', path, headers });
    assert.equal(answer.status, path.endsWith('logout') ? 200 : 401, path);
  }
});

test('a guest may do what guests may and nothing else, however the path ends', async () => {
  const { guest } = land;
  const headers = { authorization: `Bearer ${guest.token}` };
  const left = new Set(guestsMay);
  const attacks = [];
  for (const [operation, table] of Object.entries(matrix)) {
    const [method, pattern] = operation.split(' ');
    const entry = entriesOf(table)[0];
    if (!['member', 'operator', 'admin', 'server'].includes(entry.role) || left.delete(`${method} ${pattern.replace(/^\/_matrix\/client\/\w+\//, '')}`)) continue;
    const values = [...pattern.matchAll(/\{(\w+)\*?\}/g)].map(([, name]) => name);
    const own = { room_id: land.house.roomId, room_id_or_alias: land.house.roomId, user_id: guest.id, event_type: 'm.room.message', device_id: guest.device };
    const filled = (last) => pattern.replace(/\{(\w+)\*?\}/g, (_, name) => encodeURIComponent(last[name] ?? own[name] ?? 'x'));
    const ways = values.length ? [{}, { [values.at(-1)]: 'displayname' }, { [values.at(-1)]: '../logout' }] : [{}];
    for (const way of ways) for (const tail of ['', '?x=/logout']) attacks.push({ method, optional: entry.optional, path: filled(way) + tail, headers, body: method === 'GET' ? undefined : {} });
  }
  assert.deepEqual([...left], [], 'what guests may is there');
  tally.attacks += attacks.length;
  const wrong = [];
  await each(attacks, async (attack) => {
    if (/\/profile\/[^/]+\/displayname/.test(attack.path)) return;
    const answer = await land.wire.matrix.send(attack);
    if (!(answer.status === 403 && answer.text.includes('M_GUEST_ACCESS_FORBIDDEN')) && !(attack.optional && answer.status >= 400)) wrong.push(`${attack.method} ${attack.path}: ${answer.status} ${answer.text.slice(0, 200)}`);
  });
  assert.deepEqual(wrong.slice(0, 50), []);
});

test('nothing of another tenant comes over a stream of events', async () => {
  assert.deepEqual(await overhear(land), []);
});

test('a key makes no key that may do more than itself or lives longer', async () => {
  const { aster } = land;
  const ranks = ['member', 'operator', 'admin'];
  const parents = [{ scopes: ['admin'] }, { scopes: ['admin', 'bots'] }, { scopes: ['admin'], expires_in_days: 1 }, { expires_in_days: 1 }, { role: 'member', scopes: ['admin'] }, { role: 'operator' }, { role: 'member' }];
  const children = [{}, { scopes: [] }, { scopes: ['bots'] }, { scopes: ['admin'] }, { scopes: ['admin', 'bots', 'users'] }, { scopes: ['metrics'] }, { scopes: ['assistant'] },
    { expires_in_days: 1 }, { expires_in_days: 3650 }, { scopes: ['admin'], expires_in_days: 3650 }, ...ranks.map((role) => ({ role })), ...ranks.map((role) => ({ role, scopes: ['admin'] }))];
  const wrong = [];
  for (const parent of parents) {
    const made = await aster.ask('POST', '/api/v1/keys', { name: 'parent', ...parent });
    const spent = [made.key.id];
    await each(children, async (child) => {
      tally.attacks += 1;
      const answer = await land.wire.platform.send({ method: 'POST', path: '/api/v1/keys', headers: { authorization: `Bearer ${made.token}` }, body: { name: 'child', ...child } });
      if (answer.status >= 500) wrong.push(`${JSON.stringify(parent)} made ${JSON.stringify(child)}: ${answer.status}`);
      if (answer.status >= 300) return;
      const { key } = JSON.parse(answer.text);
      spent.push(key.id);
      const more = (parent.scopes && (key.scopes.length === 0 || key.scopes.some((scope) => !parent.scopes.includes(scope))))
        || (parent.expires_in_days && !(Date.parse(key.expires_at) <= Date.parse(made.key.expires_at)))
        || ranks.indexOf(key.role) > ranks.indexOf(made.key.role);
      if (more) wrong.push(`${JSON.stringify(made.key)} made ${JSON.stringify(key)}`);
    });
    for (const id of spent) await aster.ask('DELETE', `/api/v1/keys/${id}`);
  }
  assert.deepEqual(wrong, []);
});

for (const [name, attempt] of Object.entries(byHand)) {
  test(`by hand: ${name}`, async () => {
    const { aster, birch, house } = land;
    assert.deepEqual(await attempt({ land, aster, birch, house }), []);
  });
}

test('the least who may succeeds with the same request, and so does a key with the one scope', async () => {
  const { aster, house } = land;
  const cookie = (name, world, who) => ({ name, world, who, headers: { cookie: who.cookie } });
  const byScope = {};
  for (const scope of ['bots', 'users', 'admin', 'assistant']) byScope[scope] = (await aster.key(aster.admin, { name: `only ${scope}`, scopes: [scope] })).token;
  // Each request that ends a session has a person of its own: many requests are on their way at once.
  const leavers = await Promise.all([...Object.values(platform).flatMap(entriesOf).filter((entry) => entry.keeps), ...Object.values(matrix).flatMap(entriesOf).filter((entry) => entry.ends)]
    .map((_, index) => aster.person(`aster-leaves-${index}`)));
  const request = (operation, entry) => {
    if (entry.server) return [cookie('a server admin', house, house.admin)];
    if (entry.keeps) return [cookie('one who leaves', aster, leavers.pop())];
    if (entry.role === 'nobody' || entry.role === 'metrics') return [{ name: 'nobody', world: aster, who: aster.member, headers: {} }];
    const who = aster[entry.by ?? entry.role];
    const key = entry.scope && !entry.unscoped && { name: `an admin's key for ${entry.scope}`, world: aster, who: aster.admin, headers: { authorization: `Bearer ${byScope[entry.scope]}` } };
    return [cookie(entry.by ?? entry.role, aster, who), ...(key ? [key] : [])];
  };
  const onMatrix = (operation, entry) => {
    const who = entry.role === 'admin' ? house.admin : entry.ends ? leavers.pop() : aster[entry.by ?? 'member'];
    const world = entry.role === 'admin' ? house : aster;
    return [{ name: who.local, world, who, headers: entry.role === 'nobody' || entry.role === 'metrics' ? {} : { authorization: `Bearer ${who.token}` } }];
  };
  const problems = [...await controls({ wire: land.wire.platform, table: platform, request, atOnce: 1 }),
    ...await controls({ wire: land.wire.matrix, table: matrix, request: onMatrix, atOnce: 1 })]; // one after the other: they work on one bot, on one backup
  assert.deepEqual(problems, []);
});

test('the walls see a planted route of every kind', async (t) => {
  const callers = (await platformCallers(land)).filter((caller) => caller.door === 'live' || caller.door === 'cross');
  for (const hole of holes(land)) {
    await t.test(hole.name, async () => {
      const server = await leaky(land.troupe.platform, hole);
      const wire = new Wire(server.url);
      try {
        const before = await land.birch.snapshot();
        const { problems } = await assault({ wire, table: platform, callers, victimsOf, listener: 'platform', only: [hole.operation] });
        const lines = changed(before, await land.birch.snapshot());
        if (hole.caught === 'snapshot') assert.match(lines.join(), /changed behind their backs/);
        else assert.ok(problems.some((problem) => problem.operation === hole.operation), 'the attack was not seen');
      } finally {
        wire.close();
        await server.close();
      }
    });
  }
});

test('an operation that the walls do not know fails by name', () => {
  const more = structuredClone(document);
  more.paths['/api/v1/planted/{bot_id}'] = { get: { operationId: 'planted' } };
  more['x-routes'].push({ listener: 'platform', method: 'GET', path: '/api/v1/planted/{bot_id}', needs: 'user' },
    { listener: 'matrix', method: 'PUT', path: '/_matrix/client/v3/planted', needs: 'user' },
    { listener: 'matrix', method: 'GET', path: '/_synapse/admin/v1/planted', needs: 'admin' });
  more.paths['/_synapse/admin/v1/planted'] = { get: { operationId: 'administer' } }; // in the document, and on the other listener
  assert.doesNotMatch(differences(more, 'platform', platform).join(), /_synapse/);
  assert.match(differences(more, 'platform', platform).join(), /GET \/api\/v1\/planted\/\{bot_id\} is not known to the walls: add it to tests\/e2e\/walls\/platform.mjs/);
  assert.match(differences(more, 'matrix', matrix).join(), /PUT \/_matrix\/client\/v3\/planted is not known to the walls: add it to tests\/e2e\/walls\/matrix\//);
  const weaker = structuredClone(document);
  const route = weaker['x-routes'].find((one) => one.method === 'PATCH' && one.path === '/api/v1/bots/{bot_id}');
  Object.assign(route, { needs: 'user', scope: undefined });
  const sentences = differences(weaker, 'platform', platform).join();
  assert.match(sentences, /PATCH \/api\/v1\/bots\/\{bot_id\} needs user, the table in tests\/e2e\/walls\/platform.mjs says operator/);
  assert.match(sentences, /PATCH \/api\/v1\/bots\/\{bot_id\} asks for the scope ''/);
});

test('the count', () => {
  const seconds = ((Date.now() - tally.began) / 1000).toFixed(1);
  console.log(`${tally.operations} operations × ${tally.callers} callers = ${tally.attacks} attacks in ${seconds} s`);
  assert.ok(tally.attacks > 1_000);
});

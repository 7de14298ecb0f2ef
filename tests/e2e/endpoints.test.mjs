// docs/endpoints.md is what the program serves, and what it says is not served is answered as it says. TROUPE_GOLDEN=write
// writes the document anew: read the diff.
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { absentEndpoints, endpointTable } from './lib/endpoint_table.mjs';
import { Troupe } from './lib/troupe.mjs';

const document = join(import.meta.dirname, '../../docs/endpoints.md');
let troupe;
let routes;
before(async () => {
  troupe = await Troupe.start();
  routes = (await troupe.api('GET', '/api/openapi.json')).body['x-routes'];
});
after(() => troupe?.stop());

test('the table of endpoints is the program\'s', async () => {
  const now = await endpointTable(routes);
  if (process.env.TROUPE_GOLDEN === 'write') writeFileSync(document, now);
  assert.equal(now, readFileSync(document, 'utf8'), 'If the change is meant: TROUPE_GOLDEN=write');
});

test('what is not served is 404 M_UNRECOGNIZED, and a method that a path does not have 405', async () => {
  const user = await troupe.user('ann');
  const ask = async (method, path) => {
    const body = method === 'GET' ? undefined : '{}';
    const answer = await fetch(troupe.matrix + path, { method, body, headers: { authorization: `Bearer ${user.token}` } });
    return [answer.status, (await answer.json()).errcode];
  };
  for (const [method, path] of absentEndpoints(routes)) {
    const [status, errcode] = await ask(method, path);
    assert.ok((status === 404 || status === 405) && errcode === 'M_UNRECOGNIZED', `${method} ${path}: ${status} ${errcode}`);
  }
  assert.deepEqual(await ask('GET', '/_matrix/client/v3/no_such_endpoint'), [404, 'M_UNRECOGNIZED']);
  assert.deepEqual(await ask('DELETE', '/_matrix/client/v3/joined_rooms'), [405, 'M_UNRECOGNIZED']);
});

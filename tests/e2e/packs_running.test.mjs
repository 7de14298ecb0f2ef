// Packs beside a running server: what the command line adds, keeps and removes is in use when the command ends, a pack's own
// address leads into no private network, and a key is in nothing that was written.
import assert from 'node:assert/strict';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { apiToken, Troupe } from './lib/troupe.mjs';

const canary = 'canary-4711-of-the-shop';
let troupe;
let vendor;
let asked = 0;

before(async () => {
  vendor = createServer((request, response) => {
    asked += 1;
    const good = request.headers.authorization === `Bearer ${canary}`;
    response.writeHead(good ? 200 : 401, { 'content-type': 'application/json' });
    response.end(JSON.stringify(good ? [{ name: 'a thing', echo: request.headers.authorization }] : { error: 'unauthorized' }));
  });
  await new Promise((r) => vendor.listen(0, '127.0.0.1', r));
  troupe = await Troupe.start();
});
after(async () => {
  await troupe?.stop();
  vendor.close();
  vendor.closeAllConnections();
});

async function api(method, path, body) {
  const answer = await fetch(`${troupe.platform}/api/v1/packs${path}`, { method,
    headers: { authorization: `Bearer ${apiToken}`, 'content-type': 'application/json' }, body: body && JSON.stringify(body) });
  const text = await answer.text();
  assert.ok(!text.includes('canary'), text);
  return { status: answer.status, body: text ? JSON.parse(text) : null };
}
async function pack(...args) {
  const input = typeof args.at(-1) === 'object' ? args.pop().input : undefined;
  const said = await troupe.cli(['pack', ...args], { input });
  assert.ok(!(said.stdout + said.stderr).includes('canary'), said.stdout + said.stderr);
  return said;
}

/** Every file below a folder, with its bytes. */
async function everything(folder) {
  const files = await readdir(folder, { recursive: true, withFileTypes: true });
  return Promise.all(files.filter((each) => each.isFile()).map(async (each) => {
    const path = join(each.parentPath ?? each.path, each.name);
    return [path, await readFile(path)];
  }));
}

test('a pack is added, given its key, tried and removed while the server runs', async () => {
  const address = `http://127.0.0.1:${vendor.address().port}/v1`;
  const folder = join(troupe.data, 'shop-as-it-was-written');
  await mkdir(folder);
  await writeFile(join(folder, 'config.json'), JSON.stringify({ service: 'shop', title: 'The shop', base_url: address,
    auth: { scheme: 'bearer' }, operations: { list_things: { method: 'GET', path: '/things', summary: 'List the things' } } }));
  assert.equal((await api('GET', '/shop')).status, 404);
  assert.equal((await pack('add', folder)).code, 0);
  assert.equal((await api('GET', '/shop')).body.source, 'added');

  const keyless = await pack('test', 'shop');
  assert.equal(keyless.code, 1);
  assert.match(keyless.stdout, /is not set\. Set it on the service's page, or by: troupe pack key shop --secret key/);

  // The pack's own address is one of this machine: nobody but an administrator of the server leads there.
  assert.equal((await pack('key', 'shop', { input: `${canary}\n` })).code, 0);
  const refused = await pack('test', 'shop');
  assert.equal(refused.code, 1, refused.stdout);
  assert.equal(asked, 0);
  assert.equal((await api('PUT', '/shop', { base_url: address })).status, 200);
  const good = await pack('test', 'shop');
  assert.equal(good.code, 0, good.stdout + good.stderr);
  assert.match(good.stdout, /^good: /);
  assert.equal(asked, 1);

  // The key is for that address: at another one it is not used.
  const moved = await api('PUT', '/shop', { base_url: address.replace('127.0.0.1', 'localhost') });
  assert.equal(moved.body.settings.keys_unused, true);
  assert.equal((await pack('test', 'shop')).code, 1);
  assert.equal(asked, 1);

  assert.equal((await pack('remove', 'shop')).code, 0);
  assert.equal((await api('GET', '/shop')).status, 404);
  assert.equal((await pack('reload')).code, 0);
  for (const [path, bytes] of await everything(troupe.data)) assert.ok(!bytes.includes(canary), `the key stands in ${path}`);
  assert.ok(!troupe.output.includes('canary'), troupe.output);
});

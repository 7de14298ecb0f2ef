// `troupe pack`: a folder is checked, added, shown and removed, without a server; what comes with the program is fine.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { binary } from './lib/troupe.mjs';

let folder;
before(async () => { folder = await mkdtemp(join(tmpdir(), 'troupe-packs-')); });
after(async () => { await rm(folder, { recursive: true, force: true }); });

/** The answer of `troupe pack … --json`, and its exit code. */
function pack(...args) {
  const { status, stdout, stderr } = spawnSync(binary, ['pack', ...args, '--json', '--data', join(folder, 'data')],
    { cwd: folder, env: { PATH: process.env.PATH }, encoding: 'utf8' });
  return { code: status, stderr, ...(stdout ? JSON.parse(stdout) : {}) };
}

test('the shipped packs are all there and usable', () => {
  const { packs } = pack('list');
  for (const service of ['acculynx', 'bolt', 'companycam', 'slack', 'troupe']) {
    const found = packs.find((each) => each.service === service);
    assert.ok(found?.usable && found.source === 'shipped', service);
  }
  const shown = pack('show', 'slack', 'send_message');
  assert.equal(shown.tool, 'slack__send_message');
  assert.deepEqual(shown.arguments.required, ['channel', 'text']);
});

test('a description of 120 operations becomes a pack, and goes again', async () => {
  const made = join(folder, 'big');
  await mkdir(made);
  const paths = {};
  for (let i = 0; i < 60; ++i) {
    const id = { name: 'id', in: 'path', required: true, schema: { type: 'integer' } };
    paths[`/things${i}/{id}`] = { parameters: [id], get: { summary: `Get thing ${i}` },
      put: { summary: `Change thing ${i}`, requestBody: { required: true, content: { 'application/json': { schema: { $ref: '#/components/schemas/Thing' } } } } } };
  }
  const thing = { type: 'object', required: ['name'], properties: { name: { type: 'string' }, parent: { $ref: '#/components/schemas/Thing' } } };
  await writeFile(join(made, 'openapi.json'), JSON.stringify({ openapi: '3.0.3', info: { title: 'Big', version: '1' },
    servers: [{ url: 'https://big.example/v1' }], paths, components: { schemas: { Thing: thing } } }));
  await writeFile(join(made, 'config.json'), JSON.stringify({ service: 'big', enabled: true, synonyms: ['the big one'], auth: { scheme: 'bearer' } }));
  assert.equal(pack('check', made).operations, 120);
  assert.equal(pack('add', made).code, 0);
  assert.equal(pack('add', made).replaced, true);
  assert.equal(pack('show', 'big').operations.length, 120);
  assert.ok(existsSync(join(folder, 'data/packs/big/openapi.json')));
  assert.equal(pack('remove', 'big').code, 0);
  assert.equal(pack('show', 'big').code, 1);
});

test('a folder with mistakes is told them and not taken', async () => {
  const bad = join(folder, 'bad');
  await mkdir(bad);
  await writeFile(join(bad, 'config.json'), JSON.stringify({ service: 'bad', openapiRef: '../openapi.json', auth: { scheme: 'bearer', key: 'sk-1' } }));
  const said = pack('add', bad);
  assert.equal(said.code, 1);
  assert.deepEqual(said.findings.filter((each) => each.severity === 'error').map((each) => each.pointer), ['/auth/key']);
  assert.equal(pack('show', 'bad').code, 1);
  assert.equal(pack('check', join(folder, 'nowhere')).code, 1);
});

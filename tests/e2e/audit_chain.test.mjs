// The audit log's chain: the command walks it, a copy is checked by the verifier that knows docs/audit-chain.md only, and
// both see what was changed.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { Troupe } from './lib/troupe.mjs';

const verifier = new URL('../../scripts/verify_audit', import.meta.url).pathname;
let troupe;
let folder;
before(async () => {
  troupe = await Troupe.start();
  folder = await mkdtemp(join(tmpdir(), 'troupe-audit-chain-'));
});
after(async () => {
  await troupe?.stop();
  if (folder) await rm(folder, { recursive: true, force: true });
});

const verify = (file, ...more) => spawnSync('python3', [verifier, file, ...more], { encoding: 'utf8' });

test('the log is one chain that a stranger can check', async () => {
  for (const name of ['first', 'second', 'third']) assert.equal((await troupe.cli(['bot', 'add', name])).code, 0);
  const whole = await troupe.cli(['audit', 'verify']);
  assert.equal(whole.code, 0, whole.stdout + whole.stderr);
  assert.match(whole.stdout, /^The log is whole: \d+ records continue each other\. Head: [0-9a-f]{64}\n$/);
  const head = (await troupe.cli(['audit', 'verify', '--quiet'])).stdout.trim();

  const copy = join(folder, 'audit.jsonl');
  const written = await troupe.cli(['audit', 'export', copy]);
  assert.equal(written.code, 0, written.stderr);
  const checked = verify(copy, '--head', head);
  assert.equal(checked.status, 0, checked.stdout + checked.stderr);

  // More is said later: the head of then is still part of it, another is not.
  assert.equal((await troupe.cli(['bot', 'add', 'fourth'])).code, 0);
  assert.equal((await troupe.cli(['audit', 'verify', '--head', head])).code, 0);
  const foreign = await troupe.cli(['audit', 'verify', '--head', 'a'.repeat(64)]);
  assert.equal(foreign.code, 1);
  assert.match(foreign.stdout, /no record that is kept has the hash/);
  assert.equal((await troupe.cli(['audit', 'verify', '--head', 'nonsense'])).code, 1);

  const lines = (await readFile(copy, 'utf8')).trimEnd().split('\n');
  const at = lines.findIndex((line) => line.includes('"second"'));
  assert.ok(at > 0);
  const forged = join(folder, 'forged.jsonl');
  const change = async (made, reason = /^broken: /) => {
    await writeFile(forged, made.join('\n') + '\n');
    const said = verify(forged);
    assert.equal(said.status, 1, said.stdout + said.stderr);
    assert.match(said.stdout, reason);
  };
  await change(lines.with(at, lines[at].replaceAll('second', 'sec0nd')));
  await change(lines.toSpliced(at, 1));
  await change(lines.slice(0, -1));
  await change(lines.toSpliced(at, 0, lines[at]));
  const first = JSON.parse(lines[0]), last = JSON.parse(lines.at(-1));
  await change([...lines, JSON.stringify({ ...last, id: last.id + 100 })], /^broken: .*stands behind the newest one/);
  const later = { ...first.chain, base_id: last.id - 1, base: JSON.parse(lines.at(-2)).hash };
  await change([JSON.stringify({ chain: later }), ...lines.slice(1)]);
});

test('lists by kind, and says what kinds there are', async () => {
  const listed = await troupe.cli(['audit', '--kind', 'action', '--limit', '1', '--json']);
  assert.equal(JSON.parse(listed.stdout).items[0].kind, 'action');
  assert.equal(JSON.parse((await troupe.cli(['audit', '--kind', 'api_call', '--json'])).stdout).total, 0);
  const wrong = await troupe.cli(['audit', '--kind', 'rumour']);
  assert.equal(wrong.code, 1);
  assert.match(wrong.stderr, /api_call/);
});

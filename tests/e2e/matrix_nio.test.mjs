// matrix-nio with libolm, the library of many bots and bridges: a person's whole working day (clients/nio_day.py).
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { Troupe } from './lib/troupe.mjs';

const python = '/usr/bin/python3'; // Debian's own: its packages have nio
const run = promisify(execFile);
const missing = await run(python, ['-c', 'import nio, olm']).then(() => false, () => 'python3-matrix-nio or python3-olm is not installed (scripts/setup --test)');

const steps = ['register', 'log in twice', 'an encrypted room, both ways', 'verify', 'a client that is closed and opened again',
  'media, encrypted and plain', 'threads, reactions, edits, redactions', 'receipts, typing, a new name', 'search and push rules',
  'upgrade and spaces', 'logout everywhere'];

let troupe, folder;
before(async () => {
  if (missing) return;
  folder = await mkdtemp(join(tmpdir(), 'troupe-nio-'));
  troupe = await Troupe.start({ env: { TROUPE_REGISTRATION: 'open' } });
});
after(async () => {
  await troupe?.stop();
  if (folder) await rm(folder, { recursive: true, force: true });
});

test('a working day with matrix-nio and libolm', { skip: missing }, async () => {
  const { stdout } = await run(python, [join(import.meta.dirname, 'clients/nio_day.py'), troupe.matrix, folder],
    { timeout: 600_000, maxBuffer: 1 << 24 });
  assert.deepEqual(stdout.match(/(?<=^ok ).*/gm), steps);
});

// The console with the sample product: web/ beside it, the folder put in and its line added to products/index.ts, in a
// copy that nobody gets. Checks its types and runs its test.
import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const web = join(here, '../../../web');
const copy = mkdtempSync(join(tmpdir(), 'troupe-sample-web-'));
const run = (tool, ...words) =>
  execFileSync(join(web, 'node_modules/.bin', tool), words, { cwd: copy, stdio: 'inherit' });

function addLine(file) {
  const before = readFileSync(file, 'utf8');
  const after = before
    .replace('import { settings } from', "import { sample } from './sample/routes';\nimport { settings } from")
    .replace('  settings,\n];', '  sample,\n  settings,\n];');
  if (after.split('sample').length !== 4) throw new Error(`${file} does not look as ${import.meta.url} expects`);
  writeFileSync(file, after);
}

try {
  for (const name of ['src', 'index.html', 'package.json', 'tsconfig.json', 'vite.config.ts', 'vitest.config.ts'])
    cpSync(join(web, name), join(copy, name), { recursive: true });
  symlinkSync(join(web, 'node_modules'), join(copy, 'node_modules'));
  cpSync(join(here, 'sample'), join(copy, 'src/products/sample'), { recursive: true });
  addLine(join(copy, 'src/products/index.ts'));
  run('tsc', '--noEmit');
  run('vitest', 'run', 'src/products/sample');
} finally {
  rmSync(copy, { recursive: true, force: true });
}

// The API document, compared with tests/golden/api/openapi.json: what programs were written against does not change unseen.
// The order of routes and members counts for nothing. TROUPE_GOLDEN=write rewrites the file: read the diff.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { adminPassword, binary } from './lib/troupe.mjs';

const golden = join(import.meta.dirname, '../golden/api/openapi.json');

function readDocument() {
  const data = mkdtempSync(join(tmpdir(), 'troupe-openapi-'));
  try {
    const env = { ...process.env, TROUPE_ADMIN_PASSWORD: adminPassword };
    return JSON.parse(execFileSync(binary, ['--data', data, 'openapi'], { encoding: 'utf8', env, maxBuffer: 64 * 1024 * 1024 }));
  } finally {
    rmSync(data, { recursive: true, force: true });
  }
}

const sorted = (value) => {
  if (Array.isArray(value)) return value.map(sorted);
  if (!value || typeof value !== 'object') return value;
  return Object.fromEntries(Object.keys(value).sort().map((key) => [key, sorted(value[key])]));
};

/** One line for each operation, shape and row of the route table, so that a diff says what changed. */
function lines(document) {
  const { paths, components, 'x-routes': routes, tags, ...rest } = sorted(document);
  delete rest.info.version;
  const out = [];
  for (const [path, operations] of Object.entries(paths)) {
    for (const [method, operation] of Object.entries(operations)) out.push(['path', path, method, operation]);
  }
  for (const [name, shape] of Object.entries(components.schemas)) out.push(['shape', name, shape]);
  for (const route of routes) out.push(['route', route.listener, route.path, route.method, route]);
  for (const tag of tags) out.push(['tag', tag.name, tag]);
  out.push(['rest', { ...rest, securitySchemes: components.securitySchemes }]);
  return `[\n${out.map((line) => JSON.stringify(line)).sort().join(',\n')}\n]\n`;
}

test('the API document is the one that programs know', () => {
  const now = lines(readDocument());
  if (process.env.TROUPE_GOLDEN === 'write') writeFileSync(golden, now);
  assert.equal(now, readFileSync(golden, 'utf8'), 'If the change is meant: TROUPE_GOLDEN=write');
});

test('every operation stands under a title that says what is there', () => {
  const { paths, tags } = readDocument();
  const described = new Set(tags.filter(({ description }) => description).map(({ name }) => name));
  const named = Object.values(paths).flatMap((operations) => Object.values(operations).flatMap((operation) => operation.tags));
  assert.deepEqual([...new Set(named)].filter((name) => !described.has(name)), []);
});

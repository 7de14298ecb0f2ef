// Makes src/kit/api/schema.ts (types) and bounds.ts (lengths and limits, for forms) from the program's own OpenAPI document,
// or checks that they are up to date.
// Usage: node scripts/api_types.mjs --write | --check
// The document comes from `troupe openapi` (TROUPE_BINARY, default ../build/release/troupe) or from the file TROUPE_OPENAPI.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import openapiTS, { astToString } from 'openapi-typescript';

const root = join(import.meta.dirname, '..');
const header = '// Generated from the OpenAPI document by `npm run generate:api`. Do not edit.\n';

function readDocument() {
  if (process.env.TROUPE_OPENAPI) return JSON.parse(readFileSync(process.env.TROUPE_OPENAPI, 'utf8'));
  const binary = process.env.TROUPE_BINARY ?? join(root, '../build/release/troupe');
  const data = mkdtempSync(join(tmpdir(), 'troupe-openapi-'));
  try {
    const env = { ...process.env, TROUPE_ADMIN_PASSWORD: 'nobody signs in here' };
    return JSON.parse(
      execFileSync(binary, ['--data', data, 'openapi'], { encoding: 'utf8', env, maxBuffer: 64 * 1024 * 1024 }),
    );
  } finally {
    rmSync(data, { recursive: true, force: true });
  }
}

/** The console talks to /api/v1 only. Sorted, so that the order of routes in the program does not show in the diff. */
function consolePart(document) {
  const sorted = (object) => Object.fromEntries(Object.entries(object).sort(([a], [b]) => (a < b ? -1 : 1)));
  const paths = Object.fromEntries(Object.entries(document.paths).filter(([path]) => path.startsWith('/api/v1/')));
  const used = new Set();
  const visit = (value) => {
    if (Array.isArray(value)) return value.forEach(visit);
    if (!value || typeof value !== 'object') return;
    if (typeof value.$ref === 'string') {
      const name = value.$ref.split('/').at(-1);
      if (!used.has(name)) {
        used.add(name);
        visit(document.components.schemas[name]);
      }
    }
    Object.values(value).forEach(visit);
  };
  visit(paths);
  const schemas = Object.fromEntries(Object.entries(document.components.schemas).filter(([name]) => used.has(name)));
  return {
    openapi: document.openapi,
    info: { title: 'Troupe', version: '1' },
    paths: sorted(paths),
    components: { schemas: sorted(schemas) },
  };
}

const limits = ['minimum', 'maximum', 'minLength', 'maxLength', 'maxItems'];

/** By schema and member what the document says of lengths and limits; types do not hold them. */
function boundsOf(schemas) {
  const found = {};
  for (const [schema, { properties = {} }] of Object.entries(schemas)) {
    for (const [name, property] of Object.entries(properties)) {
      const own = Object.fromEntries(
        limits.filter((limit) => limit in property).map((limit) => [limit, property[limit]]),
      );
      if (Object.keys(own).length > 0) (found[schema] ??= {})[name] = own;
    }
  }
  return `export const bounds = ${JSON.stringify(found, null, 2)} as const;\n`;
}

const document = consolePart(readDocument());
const files = {
  'src/kit/api/schema.ts': header + astToString(await openapiTS(document, { emptyObjectsUnknown: true })),
  'src/kit/api/bounds.ts': header + boundsOf(document.components.schemas),
};
for (const [file, text] of Object.entries(files)) {
  if (process.argv.includes('--write')) {
    writeFileSync(join(root, file), text);
  } else if (readFileSync(join(root, file), 'utf8') !== text) {
    console.error(`${file} does not match the OpenAPI document. Run: npm run generate:api`);
    process.exit(1);
  }
}

// docs/endpoints.md: every client-server endpoint of the specification and every one of Synapse's admin API, what this
// server makes of it, and the tests that prove it. The names come from tests/golden/api/endpoints.json, the routes from
// the program, the proofs from the walls' tables and from the tests that speak of a path.
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';

const root = join(import.meta.dirname, '../../..');
const wallsFolder = join(root, 'tests/e2e/walls/matrix');
/** As src/host/listeners.cc has them: a path that is not there is looked for under the newer prefix. */
const aliases = [['/_matrix/media/v1/', '/_matrix/media/v3/']];
/** Said of an endpoint that is served and always answers so. */
const served = 'served';

const bare = (operation) => operation.replaceAll(/\{[^}]*\}/g, '{}');

function files(folder, fits) {
  return readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && fits(entry.name) && !entry.parentPath.includes('node_modules'))
    .map((entry) => relative(root, join(entry.parentPath, entry.name))).sort();
}

/** Operation without the names of its parameters → file of the walls. */
async function readWalls() {
  const known = new Map();
  for (const name of readdirSync(wallsFolder).sort()) {
    const { rows } = await import(join(wallsFolder, name));
    for (const operation of Object.keys(rows)) known.set(bare(operation), `tests/e2e/walls/matrix/${name}`);
  }
  return known;
}

function readTests() {
  const names = [...files('src/homeserver', (name) => name.endsWith('_test.cc')), ...files('tests/e2e', (name) => name.endsWith('.test.mjs'))];
  return names.map((name) => ({ name, text: readFileSync(join(root, name), 'utf8') }));
}

/** What stands between the parameters of a path, without what all paths begin with. */
function pieces(path) {
  const own = path.replace(/^\/_matrix\/(client|media)\/(v\d|r0|unstable)/, '').replace(/^\/_synapse\/admin\/v\d/, '').replace(/^\/_matrix\/client/, '');
  return own.split(/\{[^}]*\}/).filter((piece) => piece !== '' && piece !== '/');
}

const count = (text, piece) => text.split(piece).length - 1;

/**
 * The test that speaks most of the path's rarest piece, of those that speak of all of them; one in a folder named as the
 * walls' file goes first. Empty: none does.
 */
function testOf(tests, operation, wall) {
  const [method, path] = operation.split(' ');
  const parts = pieces(path);
  if (parts.length === 0) return '';
  const fitting = tests.filter(({ text }) => parts.every((piece) => text.includes(piece)) && (method === 'GET' || text.includes(method)));
  if (fitting.length === 0) return '';
  const frequency = (piece) => fitting.reduce((sum, { text }) => sum + count(text, piece), 0);
  const rarest = [...parts].sort((a, b) => frequency(a) - frequency(b) || (a < b ? -1 : 1))[0];
  const subject = wall ? `/${wall.split('/').at(-1).replace('.mjs', '')}/` : ' ';
  const score = ({ name, text }) => count(text, rarest) + (name.includes(subject) ? 1000 : 0);
  return [...fitting].sort((a, b) => score(b) - score(a) || (a.name < b.name ? -1 : 1))[0].name;
}

const link = (name) => (name ? `[${name.split('/').slice(-2).join('/')}](../${name})` : '');

/** The document's text. Throws, naming the endpoint, where one is neither served nor explained. */
export async function endpointTable(routes) {
  const { client, admin } = JSON.parse(readFileSync(join(root, 'tests/golden/api/endpoints.json'), 'utf8'));
  const ours = new Map(routes.filter((route) => route.listener === 'matrix').map((route) => [bare(`${route.method.toUpperCase()} ${route.path}`), route]));
  const walls = await readWalls();
  const tests = readTests();
  const listed = new Set();
  const problems = [];

  const find = (operation) => {
    const candidates = [bare(operation), ...aliases.map(([older, newer]) => bare(operation).replace(older, newer))];
    return candidates.find((candidate) => ours.has(candidate));
  };
  const row = ({ endpoint, absent }) => {
    const [method, path] = endpoint.split(' ');
    const operation = find(endpoint);
    if (!operation && !absent) problems.push(`${endpoint} is neither served nor explained in tests/golden/api/endpoints.json`);
    if (operation) listed.add(operation);
    const proofs = operation ? [walls.get(operation), testOf(tests, operation, walls.get(operation))].filter(Boolean) : ['tests/e2e/endpoints.test.mjs'];
    if (operation && proofs.length === 0) problems.push(`${endpoint} has no test`);
    return `| \`${method}\` | \`${path}\` | ${operation ? served : absent} | ${[...new Set(proofs)].map(link).join(', ')} |`;
  };
  const table = (rows) => ['| method | path | answer | proven by |', '| --- | --- | --- | --- |', ...rows].join('\n');

  const ofClients = client.map(row);
  const ofAdmins = admin.map(row);
  const rest = [...ours.keys()].filter((operation) => !listed.has(operation)).map((operation) => row({ endpoint: `${ours.get(operation).method.toUpperCase()} ${ours.get(operation).path}` })).sort();
  if (problems.length) throw new Error(problems.join('\n'));
  return `# The endpoints of the Matrix listener

Made by \`tests/e2e/endpoints.test.mjs\` (\`TROUPE_GOLDEN=write\` writes it anew) from the program's own routes; do not edit it. Every \`v3\` path also
answers under \`r0\`, unknown paths with 404 \`M_UNRECOGNIZED\`, wrong methods with 405 \`M_UNRECOGNIZED\`. The first proof asks as every kind of caller, with
other people's ids (\`tests/e2e/walls.test.mjs\`); the second says what the endpoint does.

## Client-server API, version 1.19

${table(ofClients)}

## Synapse's admin API

${table(ofAdmins)}

## Others: proposals, older paths, what Synapse has besides

${table(rest)}
`;
}

/** What the documents list as not served, as [method, path with something in the place of each parameter]. */
export function absentEndpoints(routes) {
  const { client, admin } = JSON.parse(readFileSync(join(root, 'tests/golden/api/endpoints.json'), 'utf8'));
  const ours = new Set(routes.filter((route) => route.listener === 'matrix').map((route) => bare(`${route.method.toUpperCase()} ${route.path}`)));
  return [...client, ...admin].filter(({ endpoint }) => !ours.has(bare(endpoint)) && !aliases.some(([older, newer]) => ours.has(bare(endpoint).replace(older, newer))))
    .map(({ endpoint }) => endpoint.replaceAll(/\{[^}]*\}/g, 'x').split(' '));
}

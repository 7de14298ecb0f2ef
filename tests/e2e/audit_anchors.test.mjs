// The audit log's head is anchored outside: by time stamps of an authority (openssl ts behind HTTP) and by messages in a
// room of another server. Both are checked by the command and by the verifier that knows docs/audit-chain.md only; a log that
// its owner wrote anew does not fit them.
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { Troupe, until } from './lib/troupe.mjs';

const verifier = new URL('../../scripts/verify_audit', import.meta.url).pathname;
const onPostgres = Boolean(process.env.TROUPE_TEST_POSTGRES);
let folder;
let authority;
let elsewhere;
let notary;
let room;
let troupe;

const file = (name) => join(folder, name);
const openssl = (...args) => execFileSync('openssl', args, { stdio: ['ignore', 'pipe', 'pipe'] });

/** A root, and a certificate of it for time stamps. */
function makeCertificates() {
  writeFileSync(file('tsa.cnf'), `[tsa]
default_tsa = own
[own]
dir = ${folder}
serial = ${file('serial')}
signer_cert = ${file('tsa.pem')}
certs = ${file('root.pem')}
signer_key = ${file('tsa.key')}
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256
ess_cert_id_alg = sha256
[stamps]
basicConstraints = critical,CA:FALSE
extendedKeyUsage = critical,timeStamping
`);
  writeFileSync(file('serial'), '01\n');
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  openssl('req', '-x509', ...key, '-days', '2', '-subj', '/CN=a root', '-keyout', file('root.key'), '-out', file('root.pem'));
  openssl('req', ...key, '-subj', '/CN=an authority', '-keyout', file('tsa.key'), '-out', file('tsa.csr'));
  openssl('x509', '-req', '-in', file('tsa.csr'), '-CA', file('root.pem'), '-CAkey', file('root.key'), '-set_serial', '7', '-days', '2',
    '-extfile', file('tsa.cnf'), '-extensions', 'stamps', '-out', file('tsa.pem'));
}

before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'troupe-anchors-'));
  makeCertificates();
  authority = createServer(async (request, response) => {
    const pieces = [];
    for await (const piece of request) pieces.push(piece);
    if (request.headers['content-type'] !== 'application/timestamp-query') return response.writeHead(415).end();
    writeFileSync(file('query.tsq'), Buffer.concat(pieces));
    openssl('ts', '-reply', '-config', file('tsa.cnf'), '-queryfile', file('query.tsq'), '-out', file('answer.tsr'));
    response.writeHead(200, { 'content-type': 'application/timestamp-reply' });
    return response.end(readFileSync(file('answer.tsr')));
  });
  await new Promise((r) => authority.listen(0, '127.0.0.1', r));
  elsewhere = await Troupe.start();
  notary = await elsewhere.user('notary');
  room = await notary.createRoom({ name: 'Audit heads' });
  troupe = await Troupe.start({ env: { TROUPE_AUDIT_ANCHOR_TSA: `http://127.0.0.1:${authority.address().port}/`, TROUPE_AUDIT_ANCHOR_TSA_CA: file('root.pem'),
    TROUPE_AUDIT_ANCHOR_HOMESERVER: elsewhere.matrix, TROUPE_AUDIT_ANCHOR_TOKEN: notary.token, TROUPE_AUDIT_ANCHOR_ROOM: room } });
  assert.equal((await troupe.cli(['bot', 'add', 'first'])).code, 0);
});
after(async () => {
  await troupe?.stop();
  await elsewhere?.stop();
  authority?.closeAllConnections();
  authority?.close();
  rmSync(folder, { recursive: true, force: true });
});

const report = async () => JSON.parse((await troupe.cli(['audit', 'verify', '--json'])).stdout);
const checked = (...more) => spawnSync('python3', [verifier, file('audit.jsonl'), ...more], { encoding: 'utf8' });

test('the head is written down at both places, and both confirm it', async () => {
  const found = await until(async () => {
    const now = await report();
    return ['time_stamp', 'room'].every((kind) => now.anchors.some((each) => each.kind === kind)) && now;
  }, 'the anchors of both kinds', 180_000);
  assert.equal(found.whole, true, JSON.stringify(found));
  for (const each of found.anchors) {
    assert.equal(each.state, 'proven', JSON.stringify(each));
    assert.ok(Math.abs(new Date(each.proven_at) - new Date(each.at)) < 600_000, JSON.stringify(each));
  }
  const said = await troupe.cli(['audit', 'verify']);
  assert.equal(said.code, 0);
  assert.match(said.stdout, /By a time stamp everything is covered up to record \d+, .*; it was checked there\./);
  assert.match(said.stdout, /By a message in a room everything is covered up to record \d+, /);
  const [message] = (await notary.history(room)).filter((event) => event.type === 'm.room.message');
  const noted = found.anchors.find((each) => each.kind === 'room');
  assert.equal(message.content['troupe.audit_anchor'].head, noted.head);
  assert.match(message.content.body, new RegExp(`record ${noted.last_id} has the head ${noted.head}`));
});

test('a stranger checks them in a copy, without Troupe', async () => {
  assert.equal((await troupe.cli(['audit', 'export', file('audit.jsonl')])).code, 0);
  const whole = checked('--tsa-ca', file('root.pem'));
  assert.equal(whole.status, 0, whole.stdout + whole.stderr);
  assert.match(whole.stdout, /anchors of the kind time_stamp cover records up to \d+ \(checked\)/);
  openssl('req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2', '-subj', '/CN=another', '-keyout', file('other.key'), '-out', file('other.pem'));
  const strange = checked('--tsa-ca', file('other.pem'));
  assert.equal(strange.status, 1);
  assert.match(strange.stdout, /the time stamp of record \d+ does not hold/);
  const lonely = "import os, runpy, sys; os.environ['PATH'] = '/nonexistent'; del sys.argv[0]; runpy.run_path(sys.argv[0], run_name='__main__')";
  const without = spawnSync('python3', ['-c', lonely, verifier, file('audit.jsonl'), '--tsa-ca', file('root.pem')], { encoding: 'utf8' });
  assert.equal(without.status, 2, without.stdout + without.stderr);
  assert.match(without.stderr, /openssl does not run/, 'not that the copy is broken, or cannot be read');
  const lines = readFileSync(file('audit.jsonl'), 'utf8').trimEnd().split('\n');
  const at = lines.findIndex((line) => line.startsWith('{"anchor"'));
  const { anchor } = JSON.parse(lines[at]);
  writeFileSync(file('audit.jsonl'), `${lines.with(at, JSON.stringify({ anchor: { ...anchor, head: 'a'.repeat(64) } })).join('\n')}\n`);
  assert.match(checked().stdout, /is not the one that was written down elsewhere/);
});

test('a log that its owner wrote anew is whole in itself, and is found out', { skip: onPostgres && 'about a file' }, async () => {
  await troupe.terminate();
  execFileSync('python3', ['-c', `import sqlite3, sys
db = sqlite3.connect(sys.argv[1])
db.execute("DELETE FROM id_audit")
db.execute("DELETE FROM id_audit_chain")
db.commit()`, join(troupe.data, 'troupe.db')]);
  await troupe.launch();
  assert.equal((await troupe.cli(['bot', 'add', 'innocent'])).code, 0);
  const said = await troupe.cli(['audit', 'verify']);
  assert.equal(said.code, 1, said.stdout);
  assert.match(said.stdout, /WRONG: the time stamp of record \d+/);
  assert.match(said.stdout, /another one than was written down elsewhere/);
});

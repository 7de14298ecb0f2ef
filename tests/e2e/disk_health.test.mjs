// A disk in trouble shows under its own name in /health, and slow files slow nobody but those who store them.
import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { Disk } from './lib/disk.mjs';
import { databaseOf, Troupe, until } from './lib/troupe.mjs';

async function onDisk(t) {
  const beside = await mkdtemp(join(tmpdir(), 'troupe-disk-'));
  const root = join(beside, 'data');
  await mkdir(root);
  const disk = new Disk({ root, beside: join(beside, 'shim') });
  const server = await Troupe.start({ data: root, env: disk.env });
  t.after(async () => {
    disk.heal();
    await server.stop();
    await rm(beside, { recursive: true, force: true });
  });
  return { disk, server };
}
const checks = async (server) => (await (await fetch(`${server.platform}/health`)).json()).checks;
/** What /ready calls troubled; that a busy machine's own disk is slow besides proves nothing. */
const troubled = async (server) => {
  const answer = await fetch(`${server.platform}/ready`);
  const { status, troubled: names = [] } = await answer.json();
  assert.deepEqual([answer.status, status], [200, 'ready']);
  return names.filter((name) => !name.startsWith('slow_'));
};
const upload = (user, bytes) => user.raw('POST', '/_matrix/media/v3/upload?filename=a.bin', bytes,
  { 'content-type': 'application/octet-stream' });

test('slow syncs of uploads stop neither downloads nor sign-ins, and are said', async (t) => {
  const { disk, server } = await onDisk(t);
  const anna = await server.user('anna');
  const ready = await upload(anna, new Uint8Array(1000).fill(7));
  const [, , , media] = ready.body.content_uri.split('/');
  const download = async () => {
    const answer = await anna.raw('GET', `/_matrix/client/v1/media/download/localhost/${media}`);
    assert.equal(answer.status, 200);
  };
  await download();
  disk.slow('media/*', 'sync', 600_000); // until it is healed
  let stored = 0;
  const uploads = Array.from({ length: 6 }, (_, i) => upload(anna, new Uint8Array(2000 + i)).then((a) => {
    stored++;
    return a.status;
  }));
  await until(async () => (await checks(server)).slow_media_disk.ok === false, 'the slow disk in /health');
  await Promise.all(Array.from({ length: 8 }, download));
  await server.user('ben'); // its password is hashed twice
  assert.equal(stored, 0, 'downloads and a sign-in were through before the first slow upload');
  disk.heal();
  assert.deepEqual(await Promise.all(uploads), Array(6).fill(200));
});

test('a full disk, a failing and a slow one have names of their own in /health', { skip: databaseOf('x').DATABASE_URL && 'about SQLite' }, async (t) => {
  const { disk, server } = await onDisk(t);
  const anna = await server.user('anna');
  const room = await anna.createRoom();
  await until(async () => {
    const wrong = Object.values(await checks(server)).filter((check) => !check.ok);
    if (wrong.length) throw new Error(JSON.stringify(wrong));
    return true;
  }, 'all to be well', 180_000);

  disk.fail('troupe.db-wal', 'space', 'ENOSPC');
  assert.equal((await anna.raw('PUT', `/_matrix/client/v3/rooms/${encodeURIComponent(room)}/send/m.room.message/x`,
    { msgtype: 'm.text', body: 'x' })).status, 503);
  const full = (await checks(server)).database;
  assert.equal(full.ok, false); // reading works all the same
  assert.match(full.detail, /full/);
  disk.heal();
  await until(() => anna.send(room, 'again'), 'writing');
  await until(async () => (await checks(server)).database.ok, 'a healthy database');

  disk.fail('media/*', 'sync', 'EIO');
  assert.equal((await upload(anna, new Uint8Array(3000).fill(1))).status, 503);
  assert.equal((await checks(server)).media_disk.ok, false);
  assert.equal((await checks(server)).database.ok, true);
  assert.deepEqual(await troubled(server), ['media_disk']);
  disk.heal();
  assert.equal((await upload(anna, new Uint8Array(3000).fill(1))).status, 200);
  assert.equal((await checks(server)).media_disk.ok, true);
  assert.deepEqual(await troubled(server), []);

  disk.slow('troupe.db-wal', 'sync', 2500, { times: 1 });
  await anna.send(room, 'slowly');
  assert.equal((await checks(server)).slow_disk.ok, false);
  const metrics = await (await fetch(`${server.platform}/metrics`)).text();
  assert.match(metrics, /troupe_store_slow_commits_total [1-9]/);
  assert.match(metrics, /troupe_store_checkpoint_failures_total\{mode="passive"\} 0/);
  assert.match(metrics, /troupe_app_disk_free_bytes [1-9]/);
});

test('a first start on a full disk starts when there is room, and a lost key is not made anew', async (t) => {
  const beside = await mkdtemp(join(tmpdir(), 'troupe-disk-'));
  t.after(() => rm(beside, { recursive: true, force: true }));
  const root = join(beside, 'data');
  await mkdir(root);
  const disk = new Disk({ root, beside: join(beside, 'shim') });
  disk.fail('secret.key*', 'write', 'ENOSPC');
  await assert.rejects(Troupe.start({ data: root, env: disk.env }), /secret\.key/);
  await assert.rejects(stat(join(root, 'secret.key')), { code: 'ENOENT' });
  disk.heal();
  const server = await Troupe.start({ data: root, env: disk.env });
  t.after(() => server.stop());
  const key = await readFile(join(root, 'secret.key'));
  assert.equal(key.length, 32);
  await server.terminate();
  await writeFile(join(root, 'secret.key'), '');
  await assert.rejects(server.launch(), /secret\.key.*backup/s);
  assert.equal((await stat(join(root, 'secret.key'))).size, 0);
  await writeFile(join(root, 'secret.key'), key);
  await server.launch();
});

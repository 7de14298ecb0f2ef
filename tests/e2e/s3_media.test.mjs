// Media in a bucket, on the whole server: what is acknowledged is there, also after kill -9; a full disk under the files that
// are on their way refuses uploads and nothing else; two servers on one bucket.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdirSync, readdirSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { Disk } from './lib/disk.mjs';
import { Bucket } from './lib/s3.mjs';
import { Troupe, until } from './lib/troupe.mjs';

describe('media in a bucket', () => {
  let folder, disk, bucket, troupe, anna;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'troupe-s3-'));
    mkdirSync(join(folder, 'disk'));
    disk = new Disk({ root: join(folder, 'disk'), beside: join(folder, 'beside') });
    bucket = await Bucket.start();
    troupe = await Troupe.start({ data: join(folder, 'disk/data'), cwd: folder, env: { ...bucket.env('one'), ...disk.env } });
    anna = await troupe.user('anna');
  });
  after(async () => {
    await troupe?.stop();
    await bucket?.stop();
    await rm(folder, { recursive: true, force: true });
  });

  const upload = (bytes, type = 'application/octet-stream') => anna.raw('POST', '/_matrix/media/v3/upload', bytes, { 'content-type': type });
  const download = (uri) => anna.raw('GET', `/_matrix/client/v1/media/download/${uri.slice(6)}`);
  const onTheWay = () => readdirSync(join(folder, 'disk/data/media_under_way'));

  test('what is acknowledged lies there and comes back, also after kill -9', async () => {
    const small = randomBytes(1000);
    const large = randomBytes(20 << 20); // in parts
    const uris = [];
    for (const bytes of [small, large]) {
      const { status, body } = await upload(bytes);
      assert.equal(status, 200, JSON.stringify(body));
      uris.push(body.content_uri);
    }
    assert.equal(bucket.files('one/').length, 2);
    assert.match(bucket.objects.get('one/troupe-owner').bytes.toString(), /^\w{24} localhost\n$/);

    // Killed while one comes in: nothing of it is left, nothing was promised.
    const half = request(`${troupe.matrix}/_matrix/media/v3/upload`, { method: 'POST', headers: {
      authorization: `Bearer ${anna.token}`, 'content-type': 'application/octet-stream', 'content-length': 10 << 20 } });
    half.on('error', () => {});
    half.write(randomBytes(5 << 20));
    await until(() => troupe.process.pid, 'the server');
    await troupe.restart();
    half.destroy();
    assert.deepEqual(onTheWay(), []);
    assert.equal(bucket.files('one/').length, 2);
    assert.deepEqual(Buffer.from((await download(uris[0])).bytes), small);
    assert.ok(Buffer.from((await download(uris[1])).bytes).equals(large));
  });

  test('a full disk under the files on their way refuses uploads, and nothing else', async () => {
    const kept = (await upload(Buffer.from('kept'))).body.content_uri;
    disk.fail('data/media_under_way/*', 'space', 'ENOSPC');
    const refused = await upload(randomBytes(100_000));
    assert.equal(refused.status, 503, JSON.stringify(refused.body));
    assert.ok(refused.headers.get('retry-after'));
    assert.equal(Buffer.from((await download(kept)).bytes).toString(), 'kept');
    await until(() => onTheWay().length === 0, 'what was refused to go');
    disk.heal();
    assert.equal((await upload(randomBytes(100_000))).status, 200);
    await until(() => onTheWay().length === 0, 'what was stored to go from here');
  });

  test('while the service is away uploads and downloads say so, and it heals', async () => {
    const kept = (await upload(Buffer.from('before'))).body.content_uri;
    bucket.away = true;
    assert.equal((await upload(Buffer.from('meanwhile'))).status, 503);
    assert.equal((await download(kept)).status, 503);
    assert.equal((await anna.raw('GET', '/_matrix/client/v3/sync?timeout=0')).status, 200);
    bucket.away = false;
    assert.equal((await upload(Buffer.from('meanwhile'))).status, 200);
    assert.equal((await download(kept)).status, 200);
  });

  test('another server refuses to start on the same folder, and lives in one of its own', async () => {
    await assert.rejects(Troupe.start({ env: bucket.env('one') }), (error) => {
      assert.match(error.message, /The bucket media holds the media of another Troupe server \(localhost\) under .*one\/.*s3\.prefix/);
      return true;
    });
    const other = await Troupe.start({ env: bucket.env('two') });
    try {
      const ben = await other.user('ben');
      assert.equal((await ben.raw('POST', '/_matrix/media/v3/upload', Buffer.from('of two'), { 'content-type': 'text/plain' })).status, 200);
      assert.equal(bucket.files('two/').length, 1);
    } finally {
      await other.stop();
    }
  });
});

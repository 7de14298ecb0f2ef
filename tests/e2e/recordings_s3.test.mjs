// Recordings of meetings where media lie in a bucket: once a meeting has ended they are brought there, also over a kill and a bucket
// that is away, come back whole, and go. S3_PEER names an S3 service that runs, as "http://host:port bucket key secret": the same
// against that one.
import assert from 'node:assert/strict';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { Bucket } from './lib/s3.mjs';
import { apiToken, Troupe, until } from './lib/troupe.mjs';

const program = join(import.meta.dirname, 'programs/recording_bot.mjs');
const [endpoint, name, key, secret] = (process.env.S3_PEER ?? '').split(' ');
let bucket, troupe;
before(async () => {
  if (!endpoint) bucket = await Bucket.start();
  const env = bucket ? bucket.env('one') : { TROUPE_MEDIA_STORAGE: 's3', TROUPE_S3_ENDPOINT: endpoint, TROUPE_S3_BUCKET: name,
    TROUPE_S3_ACCESS_KEY: key, TROUPE_S3_SECRET_KEY: secret, TROUPE_S3_PREFIX: `run${process.pid}` };
  troupe = await Troupe.start({ env: { ...env, TROUPE_MEETINGS_BOT_COMMAND: [process.execPath, program].join(','), TROUPE_MEETINGS_STOP_GRACE_S: '2' } });
});
after(async () => {
  await troupe?.stop();
  await bucket?.stop();
});
const look = async (path) => (await troupe.api('GET', `/api/v1/meetings/${path}`)).body;
const kept = () => [...bucket.objects.keys()].filter((one) => one.startsWith('one/recordings/'));
const inFolder = () => {
  const folder = join(troupe.data, 'recordings');
  return existsSync(folder) ? readdirSync(folder).length : 0;
};
const whole = Buffer.concat([0, 1, 2, 3].map((number) => Buffer.alloc(10_000, `piece ${number} `)));
const sound = async (id, recording, range) => {
  const response = await fetch(`${troupe.platform}/api/v1/meetings/${id}/recordings/${recording}`,
    { headers: { authorization: `Bearer ${apiToken}`, ...(range && { range }) } });
  return { status: response.status, bytes: Buffer.from(await response.arrayBuffer().catch(() => [])) };
};
const same = ({ status, bytes }) => [status, bytes.equals(whole)];

test('what a bot records is brought to the bucket, is heard there, and goes', async () => {
  const made = await troupe.api('POST', '/api/v1/meetings', { link: 'https://meet.jit.si/recorded', recording: true });
  assert.equal(made.status, 201, JSON.stringify(made.body));
  const { id } = made.body;
  const first = await until(async () => (await look(`${id}/recordings`)).items.find((one) => one.bytes === whole.length), 'four pieces');
  assert.equal(inFolder(), 1, 'its meeting goes on');
  if (bucket) bucket.away = true;
  assert.equal((await troupe.api('POST', `/api/v1/meetings/${id}/stop`)).status, 202);
  await until(async () => (await look(`${id}/recordings`)).items.some((one) => one.state === 'ready'), 'the recording to be ready', 120_000);
  if (bucket) {
    const health = async () => JSON.stringify((await troupe.api('GET', '/health')).body);
    await until(async () => (await health()).includes('wait in the folder'), 'it to be said that the bucket is away', 60_000);
    assert.deepEqual(same(await sound(id, first.id)), [200, true], 'heard all the same');
  }
  await troupe.restart(); // kill -9
  if (bucket) {
    assert.deepEqual(same(await sound(id, first.id)), [200, true]);
    bucket.away = false;
  }
  await until(() => inFolder() === 0, 'nothing of it to be in the folder', 60_000);
  if (bucket) {
    assert.equal(kept().length, 4);
    for (const one of kept()) assert.ok(!bucket.objects.get(one).bytes.includes('piece'), 'sealed');
  }
  assert.deepEqual(same(await sound(id, first.id)), [200, true]);
  const part = await sound(id, first.id, 'bytes=9990-20009');
  assert.deepEqual([part.status, part.bytes.equals(whole.subarray(9_990, 20_010))], [206, true]);
  if (bucket) {
    bucket.away = true;
    const gone = await troupe.api('DELETE', `/api/v1/meetings/${id}/recordings/${first.id}`);
    assert.equal(gone.status, 503, JSON.stringify(gone.body));
    assert.equal((await sound(id, first.id)).status, 404, 'nobody hears it any more');
    bucket.away = false;
    await until(() => kept().length === 0, 'its objects to go', 60_000);
  } else {
    assert.equal((await troupe.api('DELETE', `/api/v1/meetings/${id}/recordings/${first.id}`)).status, 204);
    assert.equal((await sound(id, first.id)).status, 404);
  }
});

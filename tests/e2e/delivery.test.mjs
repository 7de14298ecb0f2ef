// Fast senders and clients that cannot keep up: an answer of /sync that leaves something out says so (`limited`), and /messages
// gives exactly what is missing. Every message once and in order, on each database, through one process and two.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Watcher } from './lib/load.mjs';
import { missingServices, Postgres, startPair } from './lib/services.mjs';
import { Troupe, until } from './lib/troupe.mjs';

const missing = await missingServices();
const kSenders = 6;
const kEach = 100;

async function deliverAll(t, bases) {
  const users = [];
  for (let i = 0; i < kSenders; i++) users.push(await bases[i % bases.length].user(`sender${i}`));
  const room = await users[0].createRoom({ preset: 'public_chat' });
  for (const user of users.slice(1)) await user.join(room);
  // 5: nearly every answer has a gap, the first one surely: those clients sleep at first. 1000: as much as the server gives, which is 100.
  let wake;
  const awake = new Promise((r) => { wake = r; });
  const watchers = bases.flatMap((base) => [5, 1000].map((limit) => new Watcher(users[1], room, base, { limit, resumes: limit === 5 ? awake : undefined })));
  t.after(() => { wake(); return Promise.all(watchers.map((w) => w.stop())); }); // also of a test that failed
  await until(() => watchers.every((w) => w.since), 'the clients to listen', 60_000);
  const sent = (await Promise.all(users.map(async (user) => {
    const ids = [];
    for (let n = 0; n < kEach; n++) {
      ids.push(await user.send(room, String(n)));
      if (n === 10) wake();
    }
    return ids;
  }))).flat();
  const all = () => watchers.every((w) => w.seen.length >= sent.length);
  await until(all, 'every client to see every message', 180_000).catch(() => {});
  await Promise.all(watchers.map((w) => w.stop()));
  const order = watchers[0].seen;
  assert.equal(new Set(order).size, order.length, 'none twice');
  assert.deepEqual([...order].sort(), sent.sort(), 'all of them');
  for (const w of watchers) assert.ok(w.seen.every((id, i) => id === order[i]) && w.seen.length === order.length, 'one order');
  assert.ok(watchers[0].gaps > 0, 'the test made gaps');
  t.diagnostic(`${sent.length} messages, gaps filled: ${watchers.map((w) => w.gaps).join(', ')}`);
}

test('all messages arrive: one process on the database of the other tests', async (t) => {
  const troupe = await Troupe.start();
  try {
    await deliverAll(t, [troupe]);
  } finally {
    await troupe.stop();
  }
});

describe('all messages arrive on PostgreSQL', { skip: missing }, () => {
  test('one process', async (t) => {
    const postgres = await Postgres.start();
    const troupe = await Troupe.start({ env: { DATABASE_URL: postgres.url } });
    try {
      await deliverAll(t, [troupe]);
    } finally {
      await troupe.stop();
      await postgres.stop();
    }
  });

  test('two processes, which find each other by looking', async (t) => {
    const postgres = await Postgres.start();
    const pair = await startPair(postgres);
    try {
      await deliverAll(t, [pair.a, pair.b]);
    } finally {
      await pair.stop();
      await postgres.stop();
    }
  });
});

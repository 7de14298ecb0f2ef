// Two processes on one PostgreSQL and Redis under load, while one is killed, the database is restarted or crashes, and
// Redis is away: what was acknowledged is there, once and in one order, and everything goes on by itself.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { Asker, pause, Sender, Watcher } from '../lib/load.mjs';
import { missingServices, Postgres, Redis, startPair } from '../lib/services.mjs';
import { MatrixUser, until } from '../lib/troupe.mjs';

const missing = await missingServices();
const redisAwayMs = Number(process.env.TROUPE_REDIS_AWAY_MS ?? 30_000);
const rounds = Number(process.env.TROUPE_PAIR_ROUNDS ?? 3);

describe('two processes and faults', { skip: missing }, () => {
  let postgres, redis, pair, a, b;
  before(async () => {
    [postgres, redis] = await Promise.all([Postgres.start(), Redis.start()]);
    pair = await startPair(postgres, { redis, env: { TROUPE_PRESENCE: 'off' } });
    ({ a, b } = pair);
  });
  after(async () => {
    await pair?.stop();
    await Promise.all([redis?.stop(), postgres?.stop()]);
  });

  let number = 0;
  /**
   * Loads both while `fault` runs, then compares everything with everything. `reads`: from the moment `fault` is over no
   * question at either process may fail.
   */
  async function underLoad(t, fault, { reads = false } = {}) {
    const name = `r${number++}`;
    const people = [];
    for (let i = 0; i < 4; i++) people.push(await (i % 2 ? b : a).user(`${name}u${i}`));
    const room = await people[0].createRoom({ preset: 'public_chat' });
    for (const user of people.slice(1)) await user.join(room);
    const watchers = [new Watcher(people[0], room, a), new Watcher(people[1], room, b)];
    t.after(() => Promise.all(watchers.map((w) => w.stop()))); // also of a test that failed
    await until(() => watchers.every((w) => w.since), 'the clients to listen');
    const senders = people.map((user, i) => new Sender(user, room, i % 2 ? [b, a] : [a, b]));
    const askers = reads ? [a, b].map((base) => new Asker(people[0], base)) : [];
    const acked = () => senders.reduce((sum, s) => sum + s.acked.size, 0);
    try {
      await until(() => acked() > 40, 'the load to begin', 120_000);
      await fault();
      await pause(1_100); // a refused connection is tried again after a second at most
      await until(() => askers.every((asker) => asker.inARow >= 10), 'reads to be answered again', 60_000);
      for (const asker of askers) asker.mayFail = false;
      const then = acked();
      await until(() => senders.every((s) => s.acked.size) && acked() > then + 100 && askers.every((x) => x.answered > 20),
        'the load to go on by itself', 120_000);
    } finally {
      await Promise.all([...senders, ...askers].map((s) => s.stop()));
    }
    for (const asker of askers) assert.deepEqual(asker.failures, [], 'what reads the database works again as soon as it is there');
    const wanted = senders.flatMap((s) => [...s.acked.values()]);
    assert.equal(new Set(wanted).size, wanted.length);
    let history = [];
    const complete = async () => {
      history = (await people[0].history(room)).filter((e) => e.type === 'm.room.message');
      return history.length >= wanted.length;
    };
    // What the other process acknowledged last arrives here a moment later.
    await until(complete, 'the history to be complete', 60_000).catch(() => {});
    const ids = history.map((e) => e.event_id);
    const there = new Set(ids);
    const expected = new Set(wanted);
    // No long lists: a failure shall fit on a page.
    assert.deepEqual(wanted.filter((id) => !there.has(id)).slice(0, 5), [], 'what was acknowledged is there');
    assert.deepEqual(ids.filter((id) => !expected.has(id)).slice(0, 5), [], 'and nothing else');
    assert.equal(ids.length, wanted.length, 'once');
    assert.equal(new Set(history.map((e) => e.content.body)).size, ids.length, 'no transaction made two events');
    for (const watcher of watchers) {
      await until(() => watcher.seen.length >= ids.length, 'every client to see every message', 60_000).catch(() => {});
      await watcher.stop();
      const differs = ids.findIndex((id, i) => watcher.seen[i] !== id);
      assert.equal(differs, -1, `each client saw each message once and in the one order, not from number ${differs} on`);
      assert.equal(watcher.seen.length, ids.length);
    }
    // And new ones arrive at once through both.
    for (const [from, to] of [[a, b], [b, a]]) {
      const sender = Object.assign(new MatrixUser(), people[0], { base: from.matrix });
      const reader = Object.assign(new MatrixUser(), people[1], { base: to.matrix });
      let since = (await reader.sync()).next_batch;
      const id = await sender.send(room, 'still one', `${from.matrixPort}`);
      await until(async () => {
        const answer = await reader.sync({ since, timeout: 2000 });
        since = answer.next_batch;
        return answer.rooms?.join?.[room]?.timeline.events.some((e) => e.event_id === id);
      }, 'the message at the other process');
    }
    t.diagnostic(`${wanted.length} messages, ${senders.reduce((n, s) => n + s.tries, 0)} requests, slowest ${Math.max(...senders.map((s) => s.slowest))} ms`);
  }

  test(`one process is killed ${rounds} times`, async (t) => {
    await underLoad(t, async () => {
      for (let round = 0; round < rounds; round++) {
        const victim = round % 2 ? a : b;
        await pause(100 + Math.random() * 400); // the random point is the test
        await victim.kill();
        await pause(Math.random() * 300);
        await victim.launch();
      }
    });
  });

  test('PostgreSQL is restarted', async (t) => {
    await underLoad(t, async () => {
      await postgres.restart();
    }, { reads: true });
  });

  test('PostgreSQL crashes', async (t) => {
    await underLoad(t, async () => {
      await postgres.crash();
    }, { reads: true });
  });

  test(`Redis is away for ${redisAwayMs / 1000} s`, async (t) => {
    await underLoad(t, async () => {
      await redis.stop();
      await until(async () => JSON.stringify((await a.api('GET', '/health')).body).includes('Redis'), 'the health check to say so');
      // Meanwhile commits are found by looking.
      await pause(redisAwayMs);
      await redis.launch();
      await until(async () => !JSON.stringify((await a.api('GET', '/health')).body).includes('Redis'), 'the bus to be back');
    });
  });
});

// Two processes on one PostgreSQL and Redis under load, while one is killed, the database is restarted or crashes, and
// Redis is away: what was acknowledged is there, once and in one order, and everything goes on by itself.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { missingServices, Postgres, Redis, startPair } from '../lib/services.mjs';
import { MatrixUser, until } from '../lib/troupe.mjs';

const missing = await missingServices();
const redisAwayMs = Number(process.env.TROUPE_REDIS_AWAY_MS ?? 5_000);
const rounds = Number(process.env.TROUPE_PAIR_ROUNDS ?? 3);
const pause = (ms) => new Promise((r) => setTimeout(r, ms));

/** Sends without end through one process, trying again (at either) with the same transaction id until it is answered. */
class Sender {
  constructor(user, room, bases) {
    Object.assign(this, { user, room, bases, acked: new Map(), tries: 0, running: true, slowest: 0 });
    this.loop = this.run();
  }
  async run() {
    for (let n = 0; this.running; n++) {
      const txn = `${this.user.id}.${n}`;
      const start = Date.now();
      for (let attempt = 0; ; attempt++) {
        this.tries++;
        const base = this.bases[attempt % this.bases.length];
        const at = Object.assign(new MatrixUser(), { base: base.matrix, token: this.user.token });
        try {
          this.acked.set(txn, await at.send(this.room, txn, txn));
          break;
        } catch (error) {
          if (error.status && error.status < 500) throw error;
          if (Date.now() - start > 90_000) throw new Error(`${txn} got no answer for 90 s: ${error.message}`);
          await pause(50);
        }
      }
      this.slowest = Math.max(this.slowest, Date.now() - start);
    }
  }
  async stop() {
    this.running = false;
    await this.loop;
  }
}

/** Follows one room by /sync at one process; trouble is tried again. */
class Watcher {
  constructor(user, room, base) {
    Object.assign(this, { user, room, base, seen: [], running: true });
    this.loop = this.run();
  }
  async run() {
    while (this.running) {
      try {
        const at = Object.assign(new MatrixUser(), { base: this.base.matrix, token: this.user.token });
        const answer = await at.sync({ ...(this.since ? { since: this.since } : {}), timeout: 1000,
          filter: { room: { timeline: { limit: 1000 } } } });
        this.since = answer.next_batch;
        const timeline = answer.rooms?.join?.[this.room]?.timeline;
        if (timeline?.limited && this.seen.length) await this.fill(at, timeline.prev_batch);
        for (const event of timeline?.events ?? []) if (event.type === 'm.room.message') this.seen.push(event.event_id);
      } catch {
        await pause(50);
      }
    }
  }
  /** A gap: back to what was seen, as clients do. */
  async fill(at, from) {
    const last = this.seen.at(-1);
    const missed = [];
    for (;;) {
      const page = await at.messages(this.room, { from });
      const ids = page.chunk.filter((e) => e.type === 'm.room.message').map((e) => e.event_id);
      const known = ids.indexOf(last);
      missed.push(...(known < 0 ? ids : ids.slice(0, known)));
      if (known >= 0 || !page.end) break;
      from = page.end;
    }
    this.seen.push(...missed.reverse());
  }
  async stop() {
    this.running = false;
    await this.loop;
  }
}

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
  /** Loads both while `fault` runs, then compares everything with everything. */
  async function underLoad(t, fault) {
    const name = `r${number++}`;
    const people = [];
    for (let i = 0; i < 4; i++) people.push(await (i % 2 ? b : a).user(`${name}u${i}`));
    const room = await people[0].createRoom({ preset: 'public_chat' });
    for (const user of people.slice(1)) await user.join(room);
    const senders = people.map((user, i) => new Sender(user, room, i % 2 ? [b, a] : [a, b]));
    const watchers = [new Watcher(people[0], room, a), new Watcher(people[1], room, b)];
    const acked = () => senders.reduce((sum, s) => sum + s.acked.size, 0);
    try {
      await until(() => acked() > 40, 'the load to begin', 30_000);
      await fault();
      const then = acked();
      await until(() => senders.every((s) => s.acked.size) && acked() > then + 100, 'the load to go on by itself', 60_000);
    } finally {
      await Promise.all(senders.map((s) => s.stop()));
    }
    const wanted = senders.flatMap((s) => [...s.acked.values()]);
    assert.equal(new Set(wanted).size, wanted.length);
    const history = (await people[0].history(room)).filter((e) => e.type === 'm.room.message');
    const ids = history.map((e) => e.event_id);
    assert.deepEqual([...ids].sort(), [...wanted].sort(), 'what was acknowledged is there, once, and nothing else');
    assert.equal(new Set(history.map((e) => e.content.body)).size, ids.length, 'no transaction made two events');
    for (const watcher of watchers) {
      await until(() => watcher.seen.length >= ids.length, 'every client to see every message', 30_000).catch(() => {});
      await watcher.stop();
      assert.deepEqual(watcher.seen, ids, 'each client saw each message once and in the one order');
    }
    // And new ones arrive at once through both.
    for (const [from, to] of [[a, b], [b, a]]) {
      const sender = Object.assign(new MatrixUser(), people[0], { base: from.matrix });
      const reader = Object.assign(new MatrixUser(), people[1], { base: to.matrix });
      // A connection of the pool may notice only now that its server went away: that is one 503, which clients try again.
      let since = await until(async () => (await reader.sync()).next_batch, 'a first sync');
      const id = await until(() => sender.send(room, 'still one', `${from.matrixPort}`), 'a message to be taken');
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
    });
  });

  test('PostgreSQL crashes', async (t) => {
    await underLoad(t, async () => {
      await postgres.crash();
    });
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

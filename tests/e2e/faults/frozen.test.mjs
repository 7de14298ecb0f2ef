// A process that freezes in the middle of a batch, while it holds the lock that orders everybody's commits, beside one that
// lives: the writes of the other go on within seconds, and what was acknowledged is there, once.
// Alone: it measures for how long the other process stands still.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pause, Sender } from '../lib/load.mjs';
import { missingServices, Postgres, startPair } from '../lib/services.mjs';
import { until } from '../lib/troupe.mjs';

const missing = await missingServices();
const promisedMs = 6_000; // docs/several-processes.md
const busyMachineMs = 24_000; // it would wait for ever, or until the frozen one wakes

/** Stops the process until it is caught with the lock in its hand. */
async function freezeWithLock(postgres, victim) {
  // Who holds that row and waits for its client's next word; in a pipeline PostgreSQL calls that active.
  const holders = `SELECT a.state, l.pid, a.xact_start FROM pg_locks l JOIN pg_stat_activity a ON a.pid = l.pid
    WHERE l.granted AND l.mode = 'RowShareLock' AND l.relation = 'stream'::regclass AND a.wait_event = 'ClientRead'`;
  for (const end = Date.now() + 120_000; Date.now() < end;) {
    victim.process.kill('SIGSTOP');
    const frozen = Date.now();
    // The living one's batches are short: who still holds it after a while is the frozen one.
    const before = await postgres.sql(holders);
    if (before) {
      await pause(150);
      if ((await postgres.sql(holders)) === before) return { frozen, state: before.split('|')[0] };
    }
    victim.process.kill('SIGCONT');
    await pause(Math.random() * 30); // the random point is the test
  }
  throw new Error('it was never caught in a batch');
}

test('a process frozen inside its batch: the other one writes again within seconds', { skip: missing }, async (t) => {
  const postgres = await Postgres.start();
  let pair, senders = [];
  try {
    pair = await startPair(postgres, { env: { TROUPE_PRESENCE: 'off' } });
    const { a, b } = pair;
    const people = [];
    for (let i = 0; i < 8; i++) people.push(await (i % 2 ? b : a).user(`person${i}`));
    const room = await people[0].createRoom({ preset: 'public_chat' });
    for (const user of people.slice(1)) await user.join(room);
    // Those at the one that will be frozen wait for it; the others never ask there.
    senders = people.map((user, i) => new Sender(user, room, [i % 2 ? b : a]));
    const living = senders.filter((_, i) => i % 2);
    const acked = (which) => which.reduce((sum, s) => sum + s.acked.size, 0);
    await until(() => senders.every((s) => s.acked.size > 5), 'the load to begin', 90_000);

    const { frozen, state } = await freezeWithLock(postgres, a);
    const then = acked(living);
    await until(() => acked(living) > then, 'the living one to write again', 60_000);
    const gap = Date.now() - frozen;
    await until(() => acked(living) > then + 50, 'it to go on', 90_000);
    a.process.kill('SIGCONT');
    const others = senders.filter((_, i) => i % 2 === 0);
    const before = acked(others);
    await until(() => acked(others) > before + 20, 'the one that was frozen to go on', 90_000);
    await Promise.all(senders.map((s) => s.stop()));

    const wanted = senders.flatMap((s) => [...s.acked.values()]);
    let history = [];
    await until(async () => {
      history = (await people[1].history(room)).filter((e) => e.type === 'm.room.message');
      return history.length >= wanted.length;
    }, 'the history to be complete', 90_000).catch(() => {});
    const there = new Set(history.map((e) => e.event_id));
    assert.deepEqual(wanted.filter((id) => !there.has(id)).slice(0, 5), [], 'what was acknowledged is there');
    assert.equal(history.length, wanted.length, 'and nothing else');
    assert.equal(new Set(history.map((e) => e.content.body)).size, history.length, 'no transaction made two events');
    t.diagnostic(`${gap} ms without a write, ${wanted.length} messages; PostgreSQL called the frozen one ${state}`);
    assert.ok(gap < promisedMs + busyMachineMs, `${gap} ms without a write; PostgreSQL called the frozen one ${state}`);
  } finally {
    for (const sender of senders) {
      sender.running = false;
      sender.loop.catch(() => {}); // of a test that failed
    }
    pair?.a.process.kill('SIGCONT');
    await pair?.stop();
    await postgres.stop();
  }
});

// kill -9 at random points under load: every acknowledged event is there, no transaction is doubled, every message to
// the bot is answered exactly once. A failing run prints its seed; TROUPE_SEED replays the times of the kills.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Chance, pause, seed } from '../lib/chaos.mjs';
import { Troupe, until } from '../lib/troupe.mjs';

const rounds = Number(process.env.TROUPE_KILL_ROUNDS ?? 20);

test(`${rounds} rounds of kill -9 under load lose and double nothing (seed ${seed})`, async (t) => {
  const chance = new Chance(seed);
  const troupe = await Troupe.start({ env: { TROUPE_PRESENCE: 'off' } });
  try {
    await troupe.api('POST', '/api/v1/bots', { bot_id: 'echo',
      brain: { kind: 'echo', config: { limits: { room_per_minute: 100_000, bot_per_minute: 1_000_000, catch_up_messages: 100_000 } } } });
    const bot = (await troupe.api('POST', '/api/v1/bots/echo/start')).body.user_id;
    await until(async () => (await troupe.api('GET', '/api/v1/bots/echo')).body.state === 'running', 'the bot to run');
    const senders = [];
    for (let i = 0; i < 6; i++) {
      const user = await troupe.user(`sender${i}`);
      user.room = await user.createRoom({ preset: 'private_chat', invite: i < 3 ? [bot] : [] });
      if (i < 3) {
        user.withBot = true;
        await until(async () => Object.keys((await user.request('GET',
          `/_matrix/client/v3/rooms/${encodeURIComponent(user.room)}/joined_members`)).joined).includes(bot), 'the bot to join');
      }
      user.acked = new Map(); // txn → event id
      user.unsure = []; // sent, answer never seen
      senders.push(user);
    }
    for (let round = 0; round < rounds; round++) {
      let stop = false;
      const loops = senders.map(async (user, s) => {
        for (let n = 0; !stop; n++) {
          const txn = `r${round}s${s}n${n}`;
          try {
            user.acked.set(txn, await user.send(user.room, txn, txn));
          } catch {
            user.unsure.push(txn);
            return;
          }
        }
      });
      await pause(chance.between(20, 300)); // the random point is the test
      await troupe.kill();
      stop = true;
      await Promise.all(loops);
      await troupe.launch();
      // Clients try again what they got no answer for, with the same transaction id; and once more what was acknowledged.
      for (const user of senders) {
        for (const txn of user.unsure.splice(0)) user.acked.set(txn, await user.send(user.room, txn, txn));
        const [txn, id] = [...user.acked].at(-1);
        assert.equal(await user.send(user.room, txn, txn), id, `a repeated transaction gives the first event (round ${round})`);
      }
    }
    let total = 0;
    for (const user of senders) {
      const events = await user.history(user.room);
      const mine = events.filter((e) => e.type === 'm.room.message' && e.sender === user.id);
      const ids = new Set(mine.map((e) => e.event_id));
      for (const [txn, id] of user.acked) assert.ok(ids.has(id), `${txn} was acknowledged and is lost`);
      assert.equal(mine.length, user.acked.size, 'each transaction made one event');
      assert.equal(new Set(mine.map((e) => e.content.body)).size, mine.length, 'no body twice');
      total += mine.length;
      if (!user.withBot) continue;
      const answered = await until(async () => {
        const answers = (await user.history(user.room)).filter((e) => e.sender === bot && e.type === 'm.room.message');
        return answers.length >= mine.length ? answers : null;
      }, `${mine.length} answers`, 180_000);
      const counts = new Map();
      for (const answer of answered) {
        const txn = answer.content.body.match(/r\d+s\d+n\d+/)?.[0];
        counts.set(txn, (counts.get(txn) ?? 0) + 1);
      }
      for (const txn of user.acked.keys()) assert.equal(counts.get(txn), 1, `${txn} was answered ${counts.get(txn) ?? 0} times`);
      assert.equal(answered.length, mine.length);
    }
    t.diagnostic(`${total} messages over ${rounds} kills`);
  } finally {
    await troupe.stop();
  }
});

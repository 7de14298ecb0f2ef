// Troupe, the program and its shim are killed at random points while people talk: each message gets exactly one answer,
// and in the end nothing is left running. A failing run prints its seed; TROUPE_SEED replays it.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Chance, killNow, pause, programRunning, seed, shimsOf } from '../lib/chaos.mjs';
import { withProgramBot } from '../lib/program_bot.mjs';

const rounds = Number(process.env.TROUPE_PROGRAM_ROUNDS ?? 12);

test(`${rounds} rounds of kills around a program lose and double nothing (seed ${seed})`, async () => {
  const chance = new Chance(seed);
  await withProgramBot(async ({ troupe, bot, anna, room }) => {
    const events = [];
    for (let round = 0; round < rounds; round++) {
      await programRunning(troupe, 'prog');
      for (let n = 0; n < 5; n++) events.push(await anna.send(room, `round ${round} message ${n}`));
      await pause(chance.between(0, 60)); // the random point is the test
      const victim = chance.pick(['troupe', 'program', 'shim', 'both']);
      const pid = (await bot.look()).task?.pid;
      const shims = shimsOf(troupe);
      if (victim === 'troupe' || victim === 'both') await troupe.kill();
      killNow(victim === 'shim' ? shims : victim === 'troupe' ? [] : [pid]);
      if (victim === 'troupe' || victim === 'both') await troupe.launch();
    }
    // The last kill may be noticed only now, and the rest after it be long.
    for (const end = Date.now() + 240_000;;) {
      await programRunning(troupe, 'prog');
      try { await bot.hasAnswered(events, 5_000); break; } catch (late) { if (Date.now() > end) throw late; }
    }
    const answers = await bot.answersTo(events);
    for (const [i, list] of answers.entries()) assert.equal(list.length, 1, `message ${i} has ${list.length} answers`);
  });
});

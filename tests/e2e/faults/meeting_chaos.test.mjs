// Meetings while everything around them breaks, from a seed: Troupe is killed (-9), the engine is paused, answers wrongly, hangs up
// and loses events, bots crash and do not let go. Every meeting comes to exactly one end, no container is left, what comes after the
// end is done, and each piece of speech that was acknowledged stands in the transcript once.
// TROUPE_SEED replays a run's choices, TROUPE_CHAOS_RUNS says how many meetings there are.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Chance, pause, seed } from '../lib/chaos.mjs';
import { MeetingBot } from '../lib/meeting_bot.mjs';
import { StandInEngine } from '../lib/stand_in_engine.mjs';
import { Troupe, until } from '../lib/troupe.mjs';

const runs = Number(process.env.TROUPE_CHAOS_RUNS ?? 500);
const atOnce = 50;
const ended = ['completed', 'failed', 'error'];
const list = async (troupe) => (await troupe.api('GET', '/api/v1/meetings?limit=1000')).body.items;

/** Until it is known to be made: Troupe may be killed before it answers, or after it wrote. */
const ask = (troupe, link) => until(async () => [201, 409].includes((await troupe.api('POST', '/api/v1/meetings', { link })).status), `${link} to be made`);

/** What goes wrong next. */
async function strike(troupe, engine, chance) {
  switch (chance.pick(['kill', 'kill', 'pause', 'cut', 'wrong', 'crash', 'nothing'])) {
    case 'kill':
      await troupe.kill();
      await pause(chance.between(0, 300));
      return troupe.launch();
    case 'pause':
      engine.pause(true);
      await pause(chance.between(100, 1_500));
      return engine.pause(false);
    case 'cut':
      return engine.cut();
    case 'wrong': {
      const odds = chance.between(0.05, 0.4), how = chance.pick(['refuse', 'hang up']);
      engine.mischief = () => (chance.likely(odds) ? how : undefined);
      await pause(chance.between(100, 1_500));
      engine.mischief = () => {};
      return undefined;
    }
    case 'crash':
      for (const container of engine.running()) if (chance.likely(0.1)) container.exit(chance.pick([1, 137, 0]));
      return undefined;
    default:
      return pause(chance.between(50, 500));
  }
}

test(`whatever breaks, a meeting ends once and leaves nothing (TROUPE_SEED=${seed})`, { timeout: 1_500_000 }, async (t) => {
  const chance = new Chance(seed);
  const bots = [];
  const engine = await StandInEngine.start((container) => bots.push(new MeetingBot(container, new Chance(Math.floor(chance.between(1, 1e9))))));
  const troupe = await Troupe.start({ env: {
    DOCKER_HOST: engine.host, TROUPE_MEETINGS_DRIVER: 'docker', BOT_IMAGE_NAME: 'bot', TROUPE_MEETINGS_MAX_CONCURRENT_BOTS: String(2 * runs),
    TROUPE_MEETINGS_ATTEMPTS: '2', TROUPE_MEETINGS_RETRY_S: '1', TROUPE_MEETINGS_STOP_GRACE_S: '1', TROUPE_MEETINGS_START_TIMEOUT_S: '20',
    TROUPE_MEETINGS_ADMISSION_TIMEOUT_S: '5' } });
  try {
    for (let made = 0; made < runs;) {
      const wave = [];
      for (let n = 0; n < Math.min(atOnce, runs - made); ++n) {
        wave.push(ask(troupe, `https://meet.jit.si/run-${made + n}`));
      }
      made += wave.length;
      if (chance.likely(0.3)) await strike(troupe, engine, chance);
      await Promise.all(wave);
      for (let n = 0; n < 4; ++n) {
        await strike(troupe, engine, chance);
        for (const { id, state } of await list(troupe)) {
          if (!ended.includes(state) && chance.likely(0.03)) await troupe.api('POST', `/api/v1/meetings/${id}/stop`);
        }
      }
    }
    await pause(5_000); // bots that leave by themselves, and second tries, come to it
    for (const { id, state } of await list(troupe)) if (!ended.includes(state)) await troupe.api('POST', `/api/v1/meetings/${id}/stop`);
    await until(async () => (await list(troupe)).every(({ state }) => ended.includes(state)), 'every meeting to end', 180_000);
    await until(() => engine.containers.size === 0, () => `${engine.containers.size} containers to be gone`, 120_000);
    const all = await list(troupe);
    assert.ok(all.length >= runs, `${all.length} of ${runs} were made`);
    const unfinished = async ({ id }) => (await troupe.api('GET', `/api/v1/meetings/${id}/history`)).body.after.some((task) => task.state === 'waiting');
    await until(async () => (await Promise.all(all.map(unfinished))).every((waits) => !waits), 'what comes after the ends', 180_000);
    const ends = {};
    let pieces = 0;
    for (const meeting of all) {
      const { transitions, attempts, after } = (await troupe.api('GET', `/api/v1/meetings/${meeting.id}/history`)).body;
      const way = transitions.map((step) => step.to).join(' ');
      assert.equal(transitions.filter((step) => step.from !== step.to && ended.includes(step.to)).length, 1, way);
      assert.ok(attempts.every((attempt) => attempt.container === 'gone'), JSON.stringify(attempts));
      assert.ok(after.length > 0 && after.every((task) => task.state === 'done'), JSON.stringify(after));
      const said = (await troupe.api('GET', `/api/v1/meetings/${meeting.id}/transcript?limit=1000`)).body.items.map((piece) => piece.text);
      const acknowledged = bots.filter((bot) => bot.meeting === meeting.id).flatMap((bot) => bot.acknowledged);
      for (const text of acknowledged) assert.equal(said.filter((each) => each === text).length, 1, `"${text}" of ${JSON.stringify(said)}`);
      pieces += acknowledged.length;
      ends[`${meeting.state} ${meeting.reason}`] = (ends[`${meeting.state} ${meeting.reason}`] ?? 0) + 1;
    }
    t.diagnostic(`${pieces} pieces of speech; ${JSON.stringify(ends)}`);
    assert.ok(pieces > runs, `${pieces} pieces were acknowledged`);
    for (const bot of bots) assert.equal(bot.trouble, undefined);
    assert.equal(bots.filter((bot) => bots.some((other) => other !== bot && other.meeting === bot.meeting && other.overlaps(bot))).length, 0, 'two at once');
    assert.deepEqual(engine.complaints, []);
  } finally {
    await troupe.stop();
    await engine.stop();
  }
});

// Bots of two Troupe processes on one PostgreSQL: only one of them runs the bots. It is killed, or stopped like a machine
// that hangs and comes back after another has taken its place, or the database goes away for a moment, at random points
// while people talk: each message gets exactly one answer (lib/talks.mjs says what counts), and what hung says nothing more.
// A failing run shows its seed; TROUPE_SEED replays its choices. Programs stay out: they belong to one machine.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Chance, pause, seed } from '../lib/chaos.mjs';
import { Follower, messagesOf } from '../lib/follower.mjs';
import { missingServices, Postgres, Redis, startPair } from '../lib/services.mjs';
import { account, kinds, startBots, Talk, unsettled } from '../lib/talks.mjs';
import { MatrixUser, until } from '../lib/troupe.mjs';

const missing = await missingServices();
const rounds = Number(process.env.TROUPE_PAIR_BOT_ROUNDS ?? 6);

/** A person behind a load balancer: what fails, or gets no answer for some seconds, goes on at the other process. */
function roaming(user, pair) {
  const bases = pair.map((troupe) => troupe.matrix);
  user.request = async (...what) => {
    const patience = new AbortController();
    try {
      return await Promise.race([MatrixUser.prototype.request.apply(user, what),
        pause(6_000, patience.signal).then(() => { throw new Error(`${what[1]} got no answer`); })]);
    } catch (error) {
      if (!error.status || error.status >= 500) user.base = bases[(bases.indexOf(user.base) + 1) % bases.length];
      throw error;
    } finally {
      patience.abort();
    }
  };
  return user;
}
/** Whether this process runs the bots. */
const holds = async (troupe) => /^troupe_host_lease_held\{lease="fleet"\} 1$/m.test(await (await fetch(`${troupe.platform}/metrics`)).text());

function planOf(chance, round) {
  const what = ['hang', 'kill', 'database restarts', 'both', 'kill and stay away', 'database crashes'][round % 6];
  // What hangs does so while an answer grows: nothing else of it could come after the end.
  const cue = what === 'hang' ? 'writing' : chance.pick(['at once', 'asked', 'writing', 'done', 'any time']);
  return {
    what, cue, delay: chance.between(0, { 'at once': 40, asked: 150, writing: 1_000, done: 30, 'any time': 1_800 }[cue]),
    listenTo: chance.pick(what === 'hang' ? ['flowise', 'openai'] : ['flowise', 'openai', 'webhook', 'later']),
    remindIn: chance.likely(0.5) ? 1 + Math.floor(chance.next() * 5) : 0,
  };
}

test(`${rounds} rounds of kills, hangs and a database that goes away around two processes: one answer each (seed ${seed})`, { skip: missing }, async (t) => {
  const chance = new Chance(seed);
  const postgres = await Postgres.start();
  const redis = await Redis.start();
  let pair, services = {};
  const followers = [];
  const plans = [];
  const killedIn = () => new Set(); // the services live: nothing but whole answers
  try {
    pair = await startPair(postgres, { redis, env: { TROUPE_PRESENCE: 'off' } });
    const both = [pair.a, pair.b];
    let bots;
    ({ bots, services } = await startBots(pair.a, { only: Object.keys(kinds).filter((kind) => kind !== 'program'), platforms: both.map((p) => p.platform) }));
    const anna = roaming(await pair.a.user('anna'), both);
    const ben = roaming(await pair.b.user('ben'), both);
    followers.push(new Follower(anna), new Follower(ben));
    const talks = Object.keys(bots).map((kind) => new Talk({ name: `anna-${kind}`, user: anna, follower: followers[0], kind, bots }));
    for (const kind of ['flowise', 'openai']) talks.push(new Talk({ name: `ben-${kind}`, user: ben, follower: followers[1], kind, bots }));
    for (const talk of talks) await talk.open();

    for (let round = 0; round < rounds; round++) {
      const plan = planOf(chance, round);
      plans.push(plan);
      const holder = await until(async () => ((await holds(pair.a)) ? pair.a : (await holds(pair.b)) && pair.b), 'one that runs the bots', 60_000);
      const other = both.find((troupe) => troupe !== holder);
      const service = services[plan.listenTo];
      const stage = plan.cue === 'writing' ? { later: 'promised', webhook: 'asked' }[plan.listenTo] ?? plan.cue : plan.cue;
      const reached = new Promise((r) => { service.on(stage, (question) => question.includes(`-${round}z`) && r()); });
      const said = Promise.all(talks.map((talk) => talk.ask(round, plan)));
      said.catch(() => {}); // looked at below
      if (['asked', 'writing', 'done'].includes(plan.cue)) await Promise.race([reached, pause(3_000)]);
      await pause(plan.delay);
      service.removeAllListeners(stage);

      if (plan.what === 'hang') holder.process.kill('SIGSTOP');
      else if (plan.what === 'database restarts') await postgres.restart();
      else if (plan.what === 'database crashes') await postgres.crash();
      else await Promise.all([holder.kill(), plan.what === 'both' && other.kill()]);
      if (plan.what === 'kill' || plan.what === 'both') await holder.launch();
      if (plan.what === 'both') await other.launch();
      await said;
      const shown = (talk) => `${unsettled(talk, killedIn).join('\n')}\nplan: ${JSON.stringify(plan)}\n`
        + `holder: ${holder.output.slice(-2_000)}\nother: ${other.output.slice(-2_000)}`;
      for (const talk of talks) await talk.follower.until(() => unsettled(talk, killedIn).length === 0, () => `answers; ${shown(talk)}`, 180_000);
      if (plan.what === 'kill and stay away') await holder.launch();
      if (plan.what !== 'hang') continue;
      await until(() => holds(other), 'the other one to have taken the bots over', 60_000);
      holder.process.kill('SIGCONT');
      await until(async () => !(await holds(holder)), 'the one that hung to notice', 60_000);
      // What it sees first when it wakes: its own renewal that is overdue, or the other's lease.
      await until(async () => /the work here has ended/.test(holder.output), 'its work to end', 60_000);
      for (const talk of talks) {
        const { room, follower } = talk;
        const events = (await talk.user.history(room)).filter((e) => e.type === 'm.room.message');
        await follower.until(() => follower.events(room).length >= events.length, () => 'the client to see everything', 60_000);
        assert.deepEqual(unsettled(talk, killedIn), [], `what hung has changed ${shown(talk)}`);
      }
    }

    const questions = talks.flatMap((talk) => talk.questions);
    const reminders = questions.filter((q) => q.kind === 'command' && q.plan.remindIn).map((q) => `⏰ anna: ${q.mark}`);
    const clock = talks.find((talk) => talk.kind === 'command');
    await followers[0].until(() => {
      const bodies = messagesOf(followers[0].events(clock.room)).map((m) => m.body);
      return reminders.every((text) => bodies.some((b) => b.startsWith(text)));
    }, () => `${reminders.length} reminders; there are ${JSON.stringify(messagesOf(followers[0].events(clock.room)).map((m) => m.body))}`, 120_000);
    let whole = 0;
    for (const talk of talks) {
      const events = (await until(() => talk.user.history(talk.room), 'the history')).filter((e) => e.type === 'm.room.message');
      const expected = new Map(talk === clock ? reminders.map((text) => [text, 1]) : []);
      whole += account(talk.room, events, talk.questions, killedIn, expected, new Set(Object.values(bots))).whole;
      for (const [text, left] of expected) assert.equal(left, 0, `${text} came`);
    }
    t.diagnostic(`${whole} messages over ${rounds} faults, ${reminders.length} reminders`);
  } finally {
    for (const follower of followers) follower.running = false;
    for (const troupe of pair ? [pair.a, pair.b] : []) troupe.process.kill('SIGCONT');
    await pair?.stop();
    for (const service of Object.values(services)) await service.stop();
    await Promise.all([redis.stop(), postgres.stop()]);
  }
});

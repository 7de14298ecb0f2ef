// Bots of every brain and both drivers, people who talk to all of them at once, and kill -9 at random points for Troupe,
// for the services behind the brains, for the program and its shim: each message gets exactly one answer.
//
// What counts as the one answer: one message of the right bot in the right room (and thread) that ends as the whole text;
// where the service behind the brain was killed in that round, it may end in one short sentence instead. Two messages, none,
// a placeholder that is left, words of another conversation: each of them fails the run. Reminders and schedules come exactly
// once; what an inbound webhook acknowledged is there exactly once, what it did not, at most once.
//
// A failing run shows its seed; TROUPE_SEED replays its choices. TROUPE_KILL_ROUNDS: how many rounds.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Chance, killNow, pause, programRunning, seed, shimsOf } from '../lib/chaos.mjs';
import { Follower, messagesOf } from '../lib/follower.mjs';
import { account, answersTo, judge, services as serviceNames, startBots, Talk, unsettled } from '../lib/talks.mjs';
import { Troupe, until } from '../lib/troupe.mjs';

const rounds = Number(process.env.TROUPE_KILL_ROUNDS ?? 40);
const minute = 60_000;

/** Everything that is left to chance in a round, drawn at its beginning. */
function planOf(chance) {
  const cue = chance.pick(['at once', 'asked', 'writing', 'done', 'any time']);
  const longest = { 'at once': 40, asked: 150, writing: 900, done: 30, 'any time': 1_800 }[cue];
  const victims = chance.pick([['troupe'], ['troupe'], ['troupe'], ['troupe', ...serviceNames], ['troupe', 'program'], ['troupe', 'program', 'shim'],
    ['program'], ['shim'], ...serviceNames.map((name) => [name]), ...serviceNames.map((name) => ['troupe', name])]);
  const dying = serviceNames.filter((name) => victims.includes(name));
  return {
    cue, victims, delay: chance.between(0, longest),
    listenTo: chance.pick(dying.length ? dying : serviceNames),
    again: chance.likely(0.3) ? chance.between(0, 600) : null, // Troupe once more, while it goes on
    serviceFirst: chance.likely(0.5), // which of the dead is back first
    hooks: [chance.between(0, 800), chance.between(0, 800), chance.between(0, 800)],
    groupKind: chance.pick(['echo', 'flowise', 'openai', 'webhook', 'later']),
    otherPerson: chance.likely(0.5), inThread: chance.likely(0.5),
    remindIn: chance.likely(0.5) ? 1 + Math.floor(chance.next() * 5) : 0,
  };
}

/** A web service that posts to an inbound webhook: with a key it tries until it is told that it was taken, without one once. */
class Poster {
  constructor(troupe, url, keyed) {
    Object.assign(this, { troupe, path: new URL(url, troupe.platform).pathname, keyed, taken: [], unsure: [] });
  }
  async post(text, after) {
    await pause(after);
    for (;;) {
      let status = 0;
      try {
        const answer = await fetch(this.troupe.platform + this.path, { method: 'POST', body: JSON.stringify({ text }),
          headers: { 'content-type': 'application/json', ...(this.keyed ? { 'idempotency-key': text } : {}) } });
        status = answer.status;
        const body = await answer.json();
        if (answer.ok) return void this.taken.push({ text, event: body.event_id });
      } catch { /* killed before it answered, or in the middle */ }
      assert.ok(status === 0 || status >= 500, `the webhook answered ${status}`);
      if (!this.keyed) return void this.unsure.push(text);
      await pause(50);
    }
  }
}

async function makeHook(troupe, name, room, wait, keyed) {
  const made = await troupe.api('POST', '/api/v1/bots/echo/hooks', { name, room_id: room, ...(wait && { wait_for_complete: wait }) });
  assert.equal(made.status, 201, JSON.stringify(made.body));
  return new Poster(troupe, made.body.url, keyed);
}

/** Waits for the moment of a plan: a stage of an answer in this round, or just a time; then the delay. */
async function moment(plan, round, services) {
  const service = services[plan.listenTo];
  if (['asked', 'writing', 'done'].includes(plan.cue)) {
    const stage = plan.cue === 'writing' && plan.listenTo === 'later' ? 'promised' : plan.cue === 'writing' && plan.listenTo === 'webhook' ? 'asked' : plan.cue;
    let heard;
    const reached = new Promise((r) => {
      heard = (question) => question.includes(`-${round}z`) && r();
      service.on(stage, heard);
    });
    await Promise.race([reached, pause(3_000)]);
    service.off(stage, heard);
  }
  await pause(plan.delay);
}

async function kill(plan, troupe, services, program, shims) {
  const { victims } = plan;
  killNow([...(victims.includes('shim') ? shims : []), ...(victims.includes('program') ? [program] : [])]);
  const dead = serviceNames.filter((name) => victims.includes(name)).map((name) => services[name]);
  await Promise.all([victims.includes('troupe') && troupe.kill(), ...dead.map((service) => service.kill())]);
  const back = [() => Promise.all(dead.map((service) => service.launch())), () => victims.includes('troupe') && troupe.launch()];
  for (const launch of plan.serviceFirst ? back : back.reverse()) await launch();
  if (plan.again === null) return;
  await pause(plan.again);
  await troupe.restart();
}

test(`${rounds} rounds of kills around every brain and both drivers: one answer each (seed ${seed})`, async (t) => {
  const chance = new Chance(seed);
  const troupe = await Troupe.start({ env: { TROUPE_PRESENCE: 'off', TROUPE_ALLOW_PROGRAMS: 'on' } });
  let services = {};
  const followers = [];
  const plans = [];
  const killedIn = (round) => new Set(plans[round].victims);
  try {
    let bots;
    ({ bots, services } = await startBots(troupe));
    const refused = [];
    services.later.on('refused', (what) => refused.push(what));
    await programRunning(troupe, 'program');
    const anna = await troupe.user('anna');
    const ben = await troupe.user('ben');
    followers.push(new Follower(anna), new Follower(ben));
    const [annas, bens] = followers;
    const talks = Object.keys(bots).map((kind) => new Talk({ name: `anna-${kind}`, user: anna, follower: annas, kind, bots }));
    for (const kind of ['flowise', 'openai', 'webhook']) talks.push(new Talk({ name: `ben-${kind}`, user: ben, follower: bens, kind, bots }));
    talks.push(new Talk({ name: 'group', user: anna, follower: annas, kind: 'echo', others: ['flowise', 'openai', 'webhook', 'later'], people: [ben], bots }));
    for (const talk of talks) await talk.open();

    const hookRoom = new Talk({ name: 'hooks', user: anna, follower: annas, kind: 'echo', bots });
    await hookRoom.open();
    const posters = [await makeHook(troupe, 'keyed', hookRoom.room, false, true), await makeHook(troupe, 'waits', hookRoom.room, true, true),
      await makeHook(troupe, 'once', hookRoom.room, false, false)];
    const clock = talks.find((talk) => talk.name === 'anna-command');
    const before = Date.now();
    await anna.send(clock.room, '!schedule "* * * * *" tick');
    await annas.until(() => messagesOf(annas.events(clock.room)).some((m) => m.body.startsWith('Schedule 1 is set')), () => 'the schedule', 120_000);
    const scheduled = Date.now();

    let kills = 0;
    for (let round = 0; round < rounds; round++) {
      const plan = planOf(chance);
      plans.push(plan);
      kills += plan.victims.length + (plan.again === null ? 0 : 1);
      const program = await programRunning(troupe, 'program');
      const shims = shimsOf(troupe);
      const said = Promise.all(talks.map((talk) => talk.ask(round, plan)));
      const posted = Promise.all(posters.map((poster, i) => poster.post(`delivery ${i} of ${round}z`, plan.hooks[i])));
      said.catch(() => {}); // looked at below
      posted.catch(() => {});
      await moment(plan, round, services);
      await kill(plan, troupe, services, program, shims);
      await Promise.all([said, posted]);
      const answering = programRunning(troupe, 'program');
      for (const talk of talks) {
        await talk.follower.until(() => unsettled(talk, killedIn).length === 0,
          () => `answers; ${unsettled(talk, killedIn).join('\n')}\nplan: ${JSON.stringify(plan)}\n${troupe.output.slice(-3_000)}`, 180_000);
      }
      await answering;
      // The same sentence is said once a minute in one room: whoever got one goes on in another.
      for (const talk of talks) {
        const question = talk.questions.at(-1);
        const [answer] = answersTo(question, messagesOf(talk.follower.events(talk.room)));
        if (judge(question, answer, killedIn(round)) === 'sentence') await talk.open();
      }
    }

    // Reminders are due within seconds, the schedule at each full minute.
    const questions = talks.flatMap((talk) => talk.questions);
    const minutes = (since) => Math.floor(Date.now() / minute) - Math.floor(since / minute);
    const due = minutes(scheduled);
    const reminders = questions.filter((q) => q.kind === 'command' && q.plan.remindIn).map((q) => `⏰ anna: ${q.mark}`);
    await annas.until(() => {
      const bodies = messagesOf(annas.events(clock.room)).map((m) => m.body);
      return reminders.every((text) => bodies.some((b) => b.startsWith(text))) && bodies.filter((b) => b.startsWith('tick')).length >= due;
    }, () => `${reminders.length} reminders and ${due} ticks; there are ${JSON.stringify(messagesOf(annas.events(clock.room)).map((m) => m.body))}`, 120_000);
    const taken = posters.flatMap((poster) => poster.taken);
    await annas.until(() => {
      const bodies = new Set(messagesOf(annas.events(hookRoom.room)).map((m) => m.body));
      return taken.every(({ text }) => bodies.has(text));
    }, () => `${taken.length} deliveries`, 120_000);
    await until(async () => (await troupe.api('GET', '/api/v1/bots/later')).status === 200, 'the API', 60_000);
    assert.deepEqual(refused, [], 'every later answer is taken');

    // The last look, in the server's own order; and what the clients saw by /sync is just that.
    const counts = { whole: 0, sentence: 0 };
    const rooms = new Map([...talks, hookRoom].flatMap((talk) => [[talk.room, talk], ...talk.questions.map((q) => [q.room, talk])]));
    for (const [room, talk] of rooms) {
      const events = (await talk.user.history(room)).filter((e) => e.type === 'm.room.message');
      // A tick of the schedule may come between the two looks.
      await talk.follower.until(() => talk.follower.events(room).length >= events.length, () => `the client to see all of ${room}`, 60_000);
      assert.deepEqual(talk.follower.events(room).slice(0, events.length).map((e) => e.event_id), events.map((e) => e.event_id), `/sync showed ${room} as it is`);
      const expected = new Map();
      if (room === clock.room) {
        for (const text of [...reminders, 'Schedule 1 is set']) expected.set(text, 1);
        expected.set('tick', minutes(before)); // so many at most
        const first = events.find((e) => e.content.body.startsWith('Schedule 1 is set'));
        expected.set(first.content.body, 1);
      }
      if (room === hookRoom.room) for (const text of [...taken.map((d) => d.text), ...posters[2].unsure]) expected.set(text, 1);
      const here = account(room, events, questions.filter((q) => q.room === room), killedIn, expected, new Set(Object.values(bots)));
      for (const how of Object.keys(counts)) counts[how] += here[how];
      for (const { text, event } of talk === hookRoom ? taken : []) {
        assert.equal(expected.get(text), 0, `'${text}' was acknowledged`);
        if (event) assert.equal(events.find((e) => e.event_id === event)?.content.body, text, 'the event that the webhook named');
      }
      if (room === clock.room) for (const text of reminders) assert.equal(expected.get(text), 0, `${text} came`);
    }
    t.diagnostic(`${questions.length} messages over ${kills} kills: ${counts.whole} whole answers, ${counts.sentence} with a sentence; `
      + `${reminders.length} reminders, ${due} ticks, ${taken.length} deliveries`);
  } finally {
    for (const follower of followers) follower.running = false;
    await troupe.api('DELETE', '/api/v1/bots/program?confirm=program').catch(() => {});
    await troupe.stop();
    for (const service of Object.values(services)) await service.stop();
  }
});

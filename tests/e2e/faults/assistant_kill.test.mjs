// kill -9 at random moments of the shipped packs' workflows, between steps and inside calls (the service hangs, or has just
// done it, or will do it later): each write reached its service exactly once, and each task has ended or asks. A failing run
// prints its seed; TROUPE_SEED replays its choices, TROUPE_KILL_ROUNDS says how many rounds.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Asker, resting, startAssistant, startVendors, stopAll } from '../lib/assistant.mjs';
import { Chance, pause, seed } from '../lib/chaos.mjs';
import { until } from '../lib/troupe.mjs';

const rounds = Number(process.env.TROUPE_KILL_ROUNDS ?? 40);
/** After so many everything comes to its end once: what is killed again and again would pile up before Slack's limits. */
const roundsAtOnce = 25;

/**
 * The workflows that write. `make` prepares what one run needs and yields its inputs; `mark` stands in each of its writes.
 * `writes`: those that a run comes to, each once. `sure`: the pack can find out what became of each write, so that the
 * task is done in the end; otherwise it may ask about the last one.
 */
const workflows = [
  { service: 'slack', intent: 'send_message', sure: true, writes: [/chat\.postMessage/],
    make: (mark) => ({ channel: 'ops', message: `message ${mark}` }) },
  { service: 'slack', intent: 'create_channel', sure: true, writes: [/conversations\.create/],
    make: (mark) => ({ name: mark }) },
  { service: 'slack', intent: 'invite_users', sure: true, writes: [/conversations\.invite/],
    make: (mark, { slack }) => {
      slack.channel({ name: `room-${mark}`, id: `C-${mark}` });
      slack.users.push({ id: `U-${mark}`, name: mark, profile: { email: `${mark}@b.example` } });
      return { channel: `room-${mark}`, users: [`${mark}@b.example`] };
    } },
  { service: 'companycam', intent: 'create_project', sure: true, writes: [/POST \/projects$/, /PUT .*\/notepad$/],
    make: (mark) => ({ name: `House ${mark}`, description: `notes ${mark}` }) },
  { service: 'companycam', intent: 'add_project_conversation', sure: true, writes: [/POST .*\/comments$/],
    make: (mark, { companycam }) => {
      companycam.project({ name: `Site ${mark}` });
      return { project_hint: { name: `Site ${mark}` }, message: `comment ${mark}` };
    } },
  { service: 'companycam', intent: 'add_project_photo', sure: true, writes: [/POST .*\/photos$/],
    make: (mark, { companycam }, serial) => {
      companycam.project({ name: `Site ${mark}` });
      return { project_hint: { name: `Site ${mark}` }, photo: { uri: `https://pictures.example/${mark}.jpg`, captured_at: 1_750_000_000 + serial } };
    } },
  { service: 'acculynx', intent: 'create_lead', sure: true, writes: [/POST \/contacts$/, /POST \/jobs$/],
    make: (mark) => ({ contact_info: { name: mark, email: `${mark}@lead.example` }, project_details: { description: `roof ${mark}` } }) },
  { service: 'acculynx', intent: 'update_lead', sure: false, writes: [/PUT .*\/priority$/, /POST .*\/messages$/],
    make: (mark, { acculynx }) => {
      const { id } = acculynx.job(acculynx.contact({ firstName: 'Kept', lastName: mark }), { notes: mark });
      return { lead_id: id, priority: 'Urgent', message: `message ${mark}` };
    }, count: ({ acculynx }, inputs) => acculynx.writes.filter((each) => !each.again && each.path.includes(inputs.lead_id)) },
  { service: 'acculynx', intent: 'add_job_message', sure: false, writes: [/POST .*\/messages$/],
    make: (mark, { acculynx }) => ({ lead_id: acculynx.job(acculynx.contact({ firstName: mark }), {}).id, message: `message ${mark}` }) },
  { service: 'bolt', intent: 'add_job_note', sure: false, writes: [/PATCH \/open\/v1\/jobs\//],
    make: (mark, { bolt }) => {
      bolt.add('jobs', { address: `${mark} Elm`, notes: '' });
      return { project_hint: { address: `${mark} Elm` }, message: `note ${mark}` };
    } },
  { service: 'bolt', intent: 'create_customer', sure: true, writes: [/POST \/open\/v1\/customers$/],
    make: (mark) => ({ customer: { name: `Customer ${mark}` } }) },
  { service: 'bolt', intent: 'create_job', sure: true, writes: [/POST \/open\/v1\/jobs$/],
    make: (mark) => ({ job: { address: `${mark} Oak Ave`, lot: '7' } }) },
];
/** Slack lists channels 20 times a minute, whoever asks: at most one of its tasks in a round. */
const ofSlack = workflows.filter((each) => each.service === 'slack');
const others = workflows.filter((each) => each.service !== 'slack');
/** Where the kill strikes; those with a mishap wait until a service has come to it. */
const moments = ['anywhere', 'anywhere', 'hang_before', 'hang_after', 'wrote', 'request', 'late', 'lost_after', 'error_after', 'die_before'];

/** Kills when one of the vendors has come to what was ordered, or after a while when none does. */
async function strike(troupe, vendors, moment, chance) {
  const all = Object.values(vendors);
  if (moment === 'anywhere') {
    await pause(chance.between(0, 700)); // the random point is the test
    return troupe.kill();
  }
  const orders = ['hang_before', 'hang_after', 'late', 'lost_after', 'error_after', 'die_before'].includes(moment);
  if (orders) for (const vendor of all) vendor.order(moment);
  const event = { hang_before: 'hang', hang_after: 'hang', wrote: 'wrote', lost_after: 'wrote', error_after: 'wrote' }[moment] ?? 'request';
  let left = moment === 'request' ? Math.floor(chance.between(0, 8)) : 0; // so many pass before
  await new Promise((done) => {
    const hit = (what) => {
      // A write that is to be done later, or whose server dies, has to have come before the kill.
      if (moment !== 'request' && event === 'request' && what.method === 'GET') return;
      if (left > 0) { left -= 1; return; }
      troupe.process.kill('SIGKILL'); // at once, in the middle of the service's work
      for (const vendor of all) vendor.off(event, hit);
      done();
    };
    for (const vendor of all) vendor.on(event, hit);
    setTimeout(() => {
      for (const vendor of all) vendor.off(event, hit);
      done();
    }, 1_000);
  });
  await troupe.kill();
}

test(`${rounds} rounds of kill -9 in the assistant's work: each write once, each task ends or asks (seed ${seed})`, { timeout: 9_000_000 }, async (t) => {
  const chance = new Chance(seed);
  const vendors = await startVendors();
  for (const vendor of Object.values(vendors)) Object.assign(vendor, { latency: 15, slow: 1500 });
  const troupe = await startAssistant(vendors, { env: { TROUPE_PRESENCE: 'off' } });
  const dev = new Asker(troupe);
  const runs = [];
  const struck = {};
  let keeper;
  const rests = (run) => until(async () => {
    const seen = await dev.look(run.task);
    return resting(seen.task) && seen;
  }, `${run.service}.${run.intent} (${run.mark}) to end or to ask; ${runs.filter((each) => !each.end).length} of ${runs.length} are open`, 300_000);
  /** Until nothing goes on by itself. */
  const settle = async () => {
    // One that was told to die at a slow request may do so now only: it comes back, as others did before the next round.
    let rising = false;
    keeper = setInterval(async () => {
      if (rising) return;
      rising = true;
      for (const vendor of Object.values(vendors)) if (!vendor.http.listening) await vendor.up();
      rising = false;
    }, 200);
    // One that was killed before its run was confirmed is a plan still: the person confirms it again.
    for (const run of runs.filter((each) => !each.end)) {
      if ((await dev.look(run.task)).task.status === 'planned') await dev.run(run.task, 0);
    }
    for (const run of runs.filter((each) => !each.end)) run.end = await rests(run);
  };
  try {
    for (let round = 0; round < rounds; round++) {
      clearInterval(keeper);
      const chosen = [chance.pick(chance.likely(0.6) ? ofSlack : others), chance.pick(others), chance.pick(others)];
      const begun = [];
      for (const workflow of chosen) {
        const mark = `m${seed}r${round}n${begun.length}`;
        const inputs = workflow.make(mark, vendors, runs.length);
        const run = { ...workflow, mark, inputs, task: await dev.plan(workflow.service, workflow.intent, inputs) };
        runs.push(run);
        begun.push(run);
      }
      // Nobody waits for the answers: the server is killed under them.
      const asked = begun.map((run) => dev.run(run.task).catch(() => {}));
      const moment = chance.pick(moments);
      struck[moment] = (struck[moment] ?? 0) + 1;
      await strike(troupe, vendors, moment, chance);
      await Promise.all(asked);
      for (const vendor of Object.values(vendors)) {
        vendor.calm();
        if (!vendor.http.listening) await vendor.up();
      }
      await troupe.launch();
      if ((round + 1) % roundsAtOnce === 0 || round + 1 === rounds) await settle();
    }
    const countsOf = (run) => {
      const writes = run.count ? run.count(vendors, run.inputs) : vendors[run.service].wrote(run.mark);
      return { writes, counts: run.writes.map((pattern) => writes.filter((each) => pattern.test(each.operation)).length) };
    };
    let asks = 0;
    for (const run of runs) {
      if (run.end.task.phase !== 'unknown_outcome' || run.sure) continue;
      // The person looks at the service, and says what is true.
      asks += 1;
      const wanted = countsOf(run).counts.at(-1) > 0 ? /It was done/ : /do it again/;
      const choice = run.end.question.choices.find((each) => wanted.test(each.label));
      const said = await dev.answer(run.task, { choice_id: choice.id });
      assert.equal(said.status, 200, said.text);
      run.end = await rests(run);
    }
    await pause(2_000); // what a service was told to do later is over by now, too
    const wrong = [];
    for (const run of runs) {
      const { task, question } = run.end;
      const { writes, counts } = countsOf(run);
      const said = `${run.service}.${run.intent} (${run.mark}) is ${task.phase}, its writes ${JSON.stringify(counts)}: ${task.reason ?? question?.text ?? ''}`;
      if (counts.some((count) => count > 1)) wrong.push(`twice: ${said}`);
      if (writes.length !== counts.reduce((sum, count) => sum + count, 0)) wrong.push(`others: ${said}: ${JSON.stringify(writes.map((each) => each.operation))}`);
      if (task.status !== 'done') wrong.push(`not done: ${said}`);
      else if (counts.some((count) => count !== 1)) wrong.push(`done without: ${said}`);
    }
    assert.deepEqual(wrong, []);
    t.diagnostic(`${runs.length} tasks over ${rounds} kills ${JSON.stringify(struck)}: ${asks} asked, ${Object.values(vendors).reduce((sum, vendor) => sum + vendor.writes.length, 0)} writes`);
  } catch (error) {
    error.message += `\n${troupe.output.slice(-3000)}`;
    throw error;
  } finally {
    clearInterval(keeper);
    await troupe.stop();
    await stopAll(vendors);
  }
});

// What the assistant does at services, and where it does not go: answers that are lost, services with their moods, tasks that
// are cancelled and forked, redirects, private networks.
import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { Asker, startAssistant, startVendors, stopAll } from './lib/assistant.mjs';
import { until } from './lib/troupe.mjs';

let troupe;
let vendors;
let dev;
before(async () => {
  vendors = await startVendors();
  troupe = await startAssistant(vendors);
  dev = new Asker(troupe);
});
after(async () => {
  await troupe?.stop();
  await stopAll(vendors);
  setTimeout(() => process.exit(), 1000).unref();
});

test('a task that is cancelled writes nothing more', async () => {
  const { slack } = vendors;
  slack.slow = 2_000;
  slack.order('slow', { on: 'read' });
  const taskId = await dev.plan('slack', 'send_message', { channel: 'ops', message: 'never sent' });
  const looked = new Promise((r) => slack.once('request', r));
  const running = dev.run(taskId);
  await looked;
  const cancelled = await dev.cancel(taskId);
  assert.equal(cancelled.status, 200, cancelled.text);
  await running;
  const { task } = await dev.rests(taskId);
  assert.deepEqual([task.status, task.phase], ['error', 'cancelled'], JSON.stringify(task));
  assert.equal(slack.wrote('never sent').length, 0);
  assert.equal((await dev.run(taskId)).status, 400);
  const planned = await dev.plan('slack', 'send_message', { channel: 'ops', message: 'never begun' });
  assert.equal((await dev.cancel(planned)).body.task.phase, 'cancelled');
  assert.equal((await dev.run(planned)).status, 400);
});

test('a task is forked: what is behind it is not done again', async () => {
  const { slack } = vendors;
  const taskId = await dev.plan('slack', 'send_message', { channel: 'sales', message: 'said again' });
  assert.equal((await dev.finish(taskId)).task.status, 'done');
  const steps = await dev.steps(taskId);
  const sent = steps.find((each) => each.action === 'slack.send_message');
  const reads = slack.requests.length;
  const forked = await dev.fork(taskId, sent.number);
  assert.equal(forked.status, 201, forked.text);
  assert.equal(forked.body.task.parent_task, taskId);
  assert.equal(slack.wrote('said again').length, 1, 'a fork is a plan');
  assert.equal((await dev.finish(forked.body.task.task_id)).task.status, 'done');
  assert.equal(slack.wrote('said again').length, 2);
  assert.equal(slack.requests.length, reads + 1, 'the channel is known');
  assert.notEqual(slack.writes.at(-1).body.metadata.event_payload.id, slack.writes.at(-2).body.metadata.event_payload.id, 'another mark');
});

test('what ran can be looked at step by step, and call by call', async () => {
  const taskId = await dev.plan('slack', 'send_message', { channel: 'yard', message: 'looked at' });
  await dev.finish(taskId);
  const steps = await dev.steps(taskId);
  assert.deepEqual([...new Set(steps.map(({ status }) => status))], ['done']);
  assert.equal(steps[0].action, 'slack.list_channels');
  const sent = steps.at(-1);
  assert.deepEqual([sent.action, sent.writes, sent.args.text], ['slack.send_message', true, 'looked at']);
  const calls = await dev.calls(taskId);
  assert.deepEqual(calls.map(({ method, status }) => [method, status]), [['GET', 200], ['POST', 200]]);
  assert.ok(calls[1].url.startsWith(vendors.slack.url) && calls[1].url.includes('chat.postMessage'));
  assert.ok(calls[1].request.includes('looked at') && calls[1].latency_ms >= 0);
});

test('a write whose answer is lost is looked for, and done once', async () => {
  const { slack, companycam, acculynx } = vendors;
  for (const mishap of ['lost_after', 'error_after', 'broken', 'limited']) {
    slack.order(mishap, { on: /chat\.postMessage/ });
    const taskId = await dev.plan('slack', 'send_message', { channel: 'ops', message: `told ${mishap}` });
    assert.equal((await dev.finish(taskId)).task.status, 'done', mishap);
    assert.equal(slack.wrote(`told ${mishap}`).length, 1, mishap);
  }
  companycam.order('cut', { on: /POST \/projects$/ });
  const made = await dev.plan('companycam', 'create_project', { name: 'Half An Answer', description: 'steep' });
  assert.equal((await dev.finish(made)).task.status, 'done');
  assert.equal(companycam.wrote('Half An Answer').filter((each) => each.operation === 'POST /projects').length, 1);
  assert.equal(companycam.projects.find((each) => each.name === 'Half An Answer').notepad, 'steep');

  // Nobody can look for a message of a job: the person is asked.
  acculynx.order('lost_after', { on: /\/messages$/ });
  const lead_id = acculynx.jobs.find((each) => each.jobName === 'Maria Lopez').id;
  const told = await dev.plan('acculynx', 'add_job_message', { lead_id, message: 'who knows' });
  const { task, question } = await dev.finish(told);
  assert.deepEqual([task.status, task.phase], ['awaiting_user', 'unknown_outcome'], JSON.stringify(task));
  assert.equal(question.kind, 'unknown_outcome');
  // A fork does not know more.
  const [{ number }] = (await dev.steps(told)).filter((each) => each.action === 'acculynx.create_job_message');
  for (const from of [1, number]) {
    const forked = (await dev.fork(told, from)).body.task.task_id;
    assert.equal((await dev.finish(forked)).task.phase, 'unknown_outcome');
    assert.equal((await dev.cancel(forked)).status, 200);
  }
  assert.equal(acculynx.wrote('who knows').length, 1);
  const done = question.choices.find((each) => /was done/.test(each.label));
  assert.equal((await dev.answer(told, { choice_id: done.id })).status, 200);
  assert.equal((await dev.rests(told)).task.status, 'done');
  assert.equal(acculynx.wrote('who knows').length, 1);
});

test('services have their moods, and reads come to their end all the same', async () => {
  const { bolt, slack, acculynx, companycam } = vendors;
  bolt.busy = 2;
  bolt.batch = 1;
  const job = await dev.finish(await dev.plan('bolt', 'search_job', { project_hint: { address: '882 Cedar Lane' } }));
  bolt.batch = 100;
  assert.equal(job.task.status, 'done', JSON.stringify(job.task));
  assert.equal(job.task.result.lot, '13', 'on the second page');
  slack.short = true;
  const channels = await dev.finish(await dev.plan('slack', 'list_channels', {}));
  slack.short = false;
  assert.ok(channels.task.result.channels.some((each) => each.name === 'yard'), 'behind an empty page');
  const past = await dev.finish(await dev.plan('acculynx', 'list_leads', { extra: { offset: 1000 } }));
  assert.equal(past.task.status, 'done', '416 is the end of a list');
  companycam.order('limited', { on: 'read', times: 2 });
  companycam.order('error', { on: 'read' });
  const projects = await dev.finish(await dev.plan('companycam', 'search_project', { project_hint: { name: 'Henderson' } }));
  assert.equal(projects.task.status, 'done', JSON.stringify(projects.task));
  const estimate = await dev.finish(await dev.plan('bolt', 'create_estimate', {}));
  assert.match(JSON.stringify(estimate.task.result), /no estimates/, 'an honest answer');
});

/** A server that only remembers who came. */
async function stranger() {
  const server = createServer((request, response) => {
    server.visits.push({ url: request.url, headers: request.headers });
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end('[]');
  });
  server.visits = [];
  await new Promise((r) => server.listen(0, '127.0.0.1', r));
  server.url = `http://127.0.0.1:${server.address().port}`;
  return server;
}
const close = (server) => {
  server.closeAllConnections();
  return new Promise((r) => server.close(r));
};

test('a redirect to another host is not followed', async () => {
  const other = await stranger();
  try {
    const { companycam } = vendors;
    companycam.elsewhere = `${other.url}/v2/projects`;
    for (const mishap of ['elsewhere', 'elsewhere_kept']) {
      companycam.order(mishap, { on: 'read', times: 10 });
      const read = await dev.finish(await dev.plan('companycam', 'list_projects', {}));
      companycam.calm();
      assert.equal(read.task.status, 'error', JSON.stringify(read.task));
      companycam.order(mishap, { on: 'write', times: 10 });
      const write = await dev.finish(await dev.plan('companycam', 'create_project', { name: `Sent Away ${mishap}` }));
      companycam.calm();
      assert.notEqual(write.task.status, 'done', JSON.stringify(write.task));
      assert.equal(companycam.wrote('Sent Away').length, 0);
    }
    assert.deepEqual(other.visits, [], 'nobody came, and no key with them');
  } finally {
    await close(other);
  }
});

test('a pack that somebody adds leads nowhere into the private network until an administrator says so', async () => {
  const inside = await stranger();
  const folder = await mkdtemp(join(tmpdir(), 'troupe-garage-'));
  try {
    await writeFile(join(folder, 'config.json'), JSON.stringify({ service: 'garage', title: 'Garage', enabled: true, synonyms: ['the garage'], base_url: `${inside.url}/v1`, auth: { scheme: 'none' },
      operations: { list_cars: { summary: 'List the cars', method: 'GET', path: '/cars' } } }));
    const added = await troupe.cli(['pack', 'add', folder]);
    assert.equal(added.code, 0, added.stdout + added.stderr);
    const taskId = await until(async () => {
      const reply = await dev.ask('POST', '/api/v1/tasks', { service: 'garage', intent: 'list_cars', inputs: {} });
      return reply.status < 300 && reply.body.task.task_id;
    }, 'the running server to take the pack up');
    const { task } = await dev.finish(taskId);
    assert.equal(task.status, 'error', JSON.stringify(task));
    assert.deepEqual(inside.visits, []);

    await troupe.kill();
    troupe.env.GARAGE_BASE_URL = `${inside.url}/v1`;
    await troupe.launch();
    const allowed = await dev.finish(await dev.plan('garage', 'list_cars', {}));
    assert.equal(allowed.task.status, 'done', JSON.stringify(allowed.task));
    assert.deepEqual(inside.visits.map((each) => each.url), ['/v1/cars']);
    const removed = await troupe.cli(['pack', 'remove', 'garage']);
    assert.equal(removed.code, 0, removed.stderr);
    await until(async () => (await dev.ask('POST', '/api/v1/tasks', { service: 'garage', intent: 'list_cars', inputs: {} })).status >= 400, 'the running server to drop it');
  } finally {
    delete troupe.env.GARAGE_BASE_URL;
    await rm(folder, { recursive: true });
    await close(inside);
  }
});

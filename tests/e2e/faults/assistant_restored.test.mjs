// An older database is put back beside the newer files of the data folder: the assistant's tasks in it go on, and write
// nothing again that they wrote in the time that is lost; where their services cannot say, the person is asked.
import assert from 'node:assert/strict';
import { cpSync, readdirSync, rmSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { Asker, startAssistant, startVendors, stopAll } from '../lib/assistant.mjs';
import { until } from '../lib/troupe.mjs';

const files = (folder) => readdirSync(folder).filter((name) => name.startsWith('troupe.db'));

/** Each writes once; `can` a probe find it again? */
const errands = [
  { service: 'slack', intent: 'send_message', inputs: { channel: 'ops', message: 'restored-slack' }, mark: 'restored-slack', can: true },
  { service: 'companycam', intent: 'create_project', inputs: { name: 'House restored-cam', description: 'notes restored-cam' }, mark: 'restored-cam', can: true },
  { service: 'acculynx', intent: 'create_lead', mark: 'restored-lead', can: true,
    inputs: { contact_info: { name: 'restored-lead', email: 'restored-lead@lead.example' }, project_details: { description: 'roof restored-lead' } } },
  { service: 'bolt', intent: 'create_job', inputs: { job: { address: 'restored-job Oak Ave', lot: '7' } }, mark: 'restored-job', can: true },
];

test('an older database is put back: tasks that were running, and plans, write nothing again', { timeout: 900_000 }, async (t) => {
  const vendors = await startVendors();
  const troupe = await startAssistant(vendors, { env: { TROUPE_PRESENCE: 'off' } });
  const backup = await mkdtemp(join(tmpdir(), 'troupe-backup-'));
  try {
    const dev = new Asker(troupe);
    const running = await dev.plan('slack', 'send_message', { channel: 'ops', message: 'restored-running' });
    const tasks = new Map();
    for (const errand of errands) tasks.set(errand, await dev.plan(errand.service, errand.intent, errand.inputs));
    // It is killed while it looks for the channel: nothing is written yet, and it is running in the copy.
    vendors.slack.order('hang_before', { on: 'any' });
    const hanging = new Promise((done) => vendors.slack.once('hang', done));
    const asked = dev.run(running).catch(() => {});
    await hanging;
    await troupe.kill();
    await asked;
    vendors.slack.calm();
    for (const name of files(troupe.data)) cpSync(join(troupe.data, name), join(backup, name));

    await troupe.launch();
    assert.equal((await dev.rests(running)).task.status, 'done');
    for (const task of tasks.values()) assert.equal((await dev.finish(task)).task.status, 'done');
    const wrote = (mark, service) => vendors[service].wrote(mark).length;
    const before = new Map(errands.map((errand) => [errand, wrote(errand.mark, errand.service)]));
    assert.equal(wrote('restored-running', 'slack'), 1);
    await troupe.kill();

    for (const name of files(troupe.data)) rmSync(join(troupe.data, name));
    for (const name of files(backup)) cpSync(join(backup, name), join(troupe.data, name));
    await troupe.launch();
    assert.equal((await dev.rests(running, 300_000)).task.status, 'done');
    assert.equal(wrote('restored-running', 'slack'), 1, 'it was running in the copy');
    for (const [errand, task] of tasks) {
      await dev.run(task, 0);
      const end = await dev.rests(task, 300_000);
      assert.equal(wrote(errand.mark, errand.service), before.get(errand), `${errand.service}.${errand.intent} is ${end.task.phase}: ${end.task.reason ?? end.question?.text ?? ''}`);
      assert.ok(end.task.status === 'done' || end.task.phase === 'unknown_outcome', `${errand.intent} is ${end.task.phase}: ${end.task.reason}`);
      t.diagnostic(`${errand.service}.${errand.intent}: ${end.task.phase}`);
    }
    // What is asked for from now on is as always.
    const fresh = await dev.plan('slack', 'send_message', { channel: 'ops', message: 'restored-fresh' });
    assert.equal((await dev.finish(fresh)).task.status, 'done');
    assert.equal(wrote('restored-fresh', 'slack'), 1);
  } catch (error) {
    error.message += `\n${troupe.output.slice(-3000)}`;
    throw error;
  } finally {
    await troupe.stop();
    await stopAll(vendors);
    await rm(backup, { recursive: true, force: true });
  }
});

test('what comes after a person\'s patience is said in the conversation once, also after kill -9', { timeout: 600_000 }, async () => {
  const vendors = await startVendors();
  const troupe = await startAssistant(vendors, { env: { TROUPE_PRESENCE: 'off' } });
  try {
    const dev = new Asker(troupe);
    const said = async (conversation) => (await dev.all(`/api/v1/conversations/${conversation}/messages`)).map((each) => each.content);
    const { task, conversation_id } = await dev.good('POST', '/api/v1/tasks', { service: 'slack', intent: 'send_message', inputs: { channel: 'ops', message: 'told-late' } });
    vendors.slack.order('hang_before', { on: 'any' });
    const hanging = new Promise((done) => vendors.slack.once('hang', done));
    const running = await dev.run(task.task_id, 0);
    assert.equal(running.body.kind, 'running', running.text);
    await hanging;
    assert.match((await said(conversation_id)).at(-1), /running/);
    await troupe.kill();
    vendors.slack.calm();
    await troupe.launch();
    assert.equal((await dev.rests(task.task_id)).task.status, 'done');
    const told = async () => (await said(conversation_id)).filter((text) => text.startsWith('Done'));
    await until(async () => (await told()).length > 0, 'the end to be said in the conversation', 60_000);
    assert.match((await said(conversation_id)).at(-1), /^Done/);
    const listed = (await dev.good('GET', '/api/conversations'));
    assert.ok(JSON.stringify(listed).includes('Done'), 'the earlier client sees it as well');
    await troupe.kill();
    await troupe.launch();
    // The job has run since: something that came later has been told.
    const next = await dev.good('POST', '/api/v1/tasks', { service: 'slack', intent: 'send_message', inputs: { channel: 'ops', message: 'told-next' } });
    await dev.run(next.task.task_id, 0);
    await until(async () => (await said(next.conversation_id)).some((text) => text.startsWith('Done')), 'the next end to be said', 60_000);
    assert.equal((await told()).length, 1);
  } catch (error) {
    error.message += `\n${troupe.output.slice(-3000)}`;
    throw error;
  } finally {
    await troupe.stop();
    await stopAll(vendors);
  }
});

// From a sentence to calls of services, over HTTP, with the vendors' stand-ins: the chat face's dialogue word for word,
// approvals, restarts, other people, secrets. What happens at the services themselves: assistant_services.test.mjs.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { Asker, startAssistant, startVendors, stopAll } from './lib/assistant.mjs';
import { filesBelow } from './lib/program_bot.mjs';
import { apiToken, databaseOf } from './lib/troupe.mjs';

/** What must never be seen again once it is in the environment. */
const canaries = { companycam: 'canary-companycam-1f7e0a44', acculynx: 'canary-acculynx-9b02c6d1', bolt: 'canary-bolt-53ad77e8', boltName: 'canary-boltname-e1c94b70', slack: 'xoxb-canary-slack-70f3d25c',
  model: 'sk-canary-model-c4a8810e' };
let troupe;
let vendors;
let dev;
let log = '';

before(async () => {
  vendors = await startVendors({ companycam: { key: canaries.companycam }, acculynx: { key: canaries.acculynx }, bolt: { key: canaries.bolt, name: canaries.boltName }, slack: { key: canaries.slack } });
  troupe = await startAssistant(vendors, { env: { OPENAI_API_KEY: canaries.model, TROUPE_LOG_LEVEL: 'debug' } });
  dev = new Asker(troupe);
});
after(async () => {
  await troupe?.stop();
  await stopAll(vendors);
  setTimeout(() => process.exit(), 1000).unref();
});
/** SIGKILL and a start; what was logged before is kept. */
async function restart() {
  log += troupe.output;
  await troupe.restart();
}
const isPlan = (body, service, intent) => {
  assert.equal(body.type, 'plan', JSON.stringify(body));
  assert.deepEqual([body.plan.service, body.plan.intent], [service, intent]);
  assert.ok(body.taskId && body.conversationId, JSON.stringify(body));
};

test('the chat face: a request, its plan, its result', async () => {
  const planned = await dev.chat('list slack channels');
  assert.equal(planned.status, 200);
  isPlan(planned.body, 'slack', 'list_channels');
  assert.deepEqual(planned.body.plan, { service: 'slack', intent: 'list_channels', inputs: { extra: {} } });
  assert.ok(planned.body.steps.length >= 1);
  for (const step of planned.body.steps) assert.deepEqual([typeof step.action, typeof step.description, typeof step.args], ['string', 'string', 'object']);
  assert.equal(planned.body.steps[0].action, 'slack.list_channels');
  assert.equal(vendors.slack.requests.length, 0, 'a plan calls nobody, not to read either');

  const done = await dev.execute(planned.body.taskId);
  assert.equal(done.status, 200, done.text);
  assert.equal(done.body.type, 'result', done.text);
  assert.equal(done.body.result.success, true);
  assert.deepEqual(done.body.result.data.channels.map((each) => each.name).sort(), ['general', 'ops', 'sales', 'yard']);
  const again = await dev.execute(planned.body.taskId);
  assert.equal(again.status, 400);
  assert.equal(again.body.error, 'Task is in done status and cannot be executed');

  // The client sends the first task's id as the conversation's from then on: it is unknown, and a new one begins.
  const next = await dev.chat('list companycam projects', planned.body.taskId);
  isPlan(next.body, 'companycam', 'list_projects');
  assert.notEqual(next.body.conversationId, planned.body.taskId);
  const same = await dev.chat('list slack channels', next.body.conversationId);
  assert.equal(same.body.conversationId, next.body.conversationId, 'a known one goes on');
});

test('the chat face: several could be meant, one is chosen', async () => {
  const planned = await dev.chat('find Smith in companycam');
  isPlan(planned.body, 'companycam', 'search_project');
  const asked = await dev.execute(planned.body.taskId);
  assert.equal(asked.status, 200, asked.text);
  const { type, message, disambiguation, taskId } = asked.body;
  assert.deepEqual([type, taskId], ['clarification', planned.body.taskId], asked.text);
  assert.ok(message.length > 0 && disambiguation.question.length > 0);
  assert.equal(disambiguation.choices.length, 2);
  for (const choice of disambiguation.choices) {
    assert.deepEqual([typeof choice.id, typeof choice.label], ['string', 'string']);
    assert.match(choice.label, /Smith/);
    assert.match(choice.label, /12 Oak Street|4 Elm Road/);
    assert.doesNotMatch(choice.label, /object Object|[{}]/);
    assert.ok(choice.value, 'what is behind it');
  }
  assert.notEqual(disambiguation.choices[0].label, disambiguation.choices[1].label);
  const wrong = await dev.execute(taskId, 'none-of-them');
  assert.equal(wrong.status, 400, wrong.text);
  const chosen = disambiguation.choices.find((choice) => choice.label.includes('4 Elm Road'));
  const reads = vendors.companycam.requests.length;
  const done = await dev.execute(taskId, chosen.id);
  assert.equal(done.status, 200, done.text);
  assert.equal(done.body.type, 'result', done.text);
  assert.equal(done.body.result.success, true);
  assert.equal(done.body.result.data.project.address.street_address_1, '4 Elm Road');
  assert.equal(done.body.result.data.project_id, done.body.result.data.project.id);
  assert.equal(vendors.companycam.requests.length, reads, 'what was looked up before the question is not looked up again');
  const again = await dev.execute(taskId, chosen.id);
  assert.equal(again.status, 400);
  assert.equal(again.body.error, 'Task is in done status and cannot be executed');
});

test('the chat face: a write, and its words as they were said', async () => {
  const planned = await dev.chat('add the note "gutters done & <!channel>" to the Kelly project in companycam');
  isPlan(planned.body, 'companycam', 'add_project_conversation');
  assert.equal(vendors.companycam.comments.length, 0);
  const done = await dev.execute(planned.body.taskId);
  assert.equal(done.body.type, 'result', done.text);
  assert.equal(vendors.companycam.wrote('gutters done').length, 1);
  const sent = await dev.chat('post "a <!channel> & more" to #ops on slack');
  isPlan(sent.body, 'slack', 'send_message');
  assert.equal((await dev.execute(sent.body.taskId)).body.type, 'result');
  assert.equal(vendors.slack.messages[0].text, 'a &lt;!channel&gt; &amp; more', 'it calls nobody together');
});

test('the chat face: refusals', async () => {
  const planned = await dev.chat('list slack channels');
  const unconfirmed = await dev.execute(planned.body.taskId, undefined, false);
  assert.equal(unconfirmed.status, 400);
  assert.equal(unconfirmed.body.error, 'Confirmation required to execute task');
  const unknown = await dev.execute('no-such-task');
  assert.equal(unknown.status, 404);
  assert.equal(unknown.body.error, 'Task not found');
  for (const body of [{}, { conversationId: null }, { message: 7 }]) {
    const invalid = await dev.ask('POST', '/api/chat', body);
    assert.equal(invalid.status, 400, invalid.text);
    assert.deepEqual([invalid.body.error, invalid.body.statusCode], ['Validation Error', 400]);
  }
  const credentials = [[{}, 'Authorization header required'], [{ authorization: 'Basic YTpi' }, "Invalid authorization format. Use 'Bearer <token>'"],
    [{ authorization: 'another-token' }, "Invalid authorization format. Use 'Bearer <token>'"], [{ authorization: 'Bearer another-token' }, 'Invalid token']];
  for (const [method, path, body] of [['POST', '/api/chat', { conversationId: null, message: 'x' }], ['POST', '/api/execute', { taskId: planned.body.taskId, confirm: true }], ['GET', '/api/conversations']]) {
    for (const [headers, error] of credentials) {
      const refused = await dev.ask(method, path, body, headers);
      assert.deepEqual([refused.status, refused.body], [401, { error }], path);
    }
  }
});

test('the chat face: conversations, the newest first', async () => {
  const first = await dev.chat(`list slack channels ${'please '.repeat(30)}`);
  const second = await dev.chat('list companycam projects');
  const { conversations } = await dev.good('GET', '/api/conversations');
  assert.ok(conversations.length <= 50);
  assert.equal(conversations[0].id, second.body.conversationId);
  const long = conversations.find((each) => each.id === first.body.conversationId);
  assert.equal(long.title.length, 100);
  assert.ok(long._count.messages >= 2);
  assert.deepEqual(long.messages.slice(0, 2).map((each) => each.role), ['user', 'assistant']);
  assert.ok(long.messages.length <= 10);
});

test('a vague request asks, and the answer comes after a restart', async () => {
  const asked = await dev.chat('find Shaw');
  assert.equal(asked.status, 200);
  assert.equal(asked.body.type, 'clarification', asked.text);
  assert.ok(asked.body.disambiguation.choices.length >= 2);
  await restart();
  const chosen = asked.body.disambiguation.choices.find((choice) => /companycam/i.test(choice.label)) ?? asked.body.disambiguation.choices[0];
  const planned = await dev.execute(asked.body.taskId, chosen.id);
  assert.equal(planned.status, 200, planned.text);
  assert.ok(['plan', 'clarification'].includes(planned.body.type), planned.text);
  assert.equal(planned.body.taskId, asked.body.taskId, 'the same task');
});

test('a question of a running task is answered after kill -9, and nothing is done twice', async () => {
  const planned = await dev.chat('comment on the Smith project in companycam: "roof is dry"');
  isPlan(planned.body, 'companycam', 'add_project_conversation');
  const asked = await dev.execute(planned.body.taskId);
  assert.equal(asked.body.type, 'clarification', asked.text);
  await restart();
  const reads = vendors.companycam.requests.length;
  // In words, in the conversation, as another channel would: the number of the choice.
  const at = asked.body.disambiguation.choices.findIndex((choice) => choice.label.includes('12 Oak Street'));
  const done = await dev.chat(String(at + 1), planned.body.conversationId);
  assert.equal(done.status, 200, done.text);
  const { task } = await dev.rests(planned.body.taskId);
  assert.equal(task.status, 'done', JSON.stringify(task));
  assert.equal(vendors.companycam.wrote('roof is dry').length, 1);
  const project = vendors.companycam.projects.find((each) => each.address.street_address_1 === '12 Oak Street');
  assert.equal(vendors.companycam.comments.at(-1).commentable_id, project.id);
  assert.equal(vendors.companycam.requests.length, reads + 1, 'the comment and nothing else');
});

const deletions = ({ id }) => vendors.companycam.writes.filter((each) => each.wrote.deleted === id).length;

test('what is destroyed is approved first, by the digest of exactly these calls', async () => {
  const { companycam } = vendors;
  const doomed = companycam.project({ name: 'Doomed' });
  const spared = companycam.project({ name: 'Spared' });
  const taskId = await dev.plan('companycam', 'delete_project', { id: doomed.id });
  const { task, approval } = await dev.finish(taskId);
  assert.deepEqual([task.status, task.phase], ['awaiting_user', 'awaiting_approval']);
  assert.equal(deletions(doomed), 0);
  const listed = (await dev.approvals()).find((each) => each.task_id === taskId);
  assert.equal(listed.digest, approval.digest);
  assert.deepEqual(listed.calls.map(({ action, args }) => ({ action, args })), [{ action: 'companycam.delete_project', args: { id: doomed.id } }]);
  assert.equal(listed.can_decide, true);
  const again = await dev.execute(taskId);
  assert.deepEqual([again.status, again.body.type, again.body.approval.digest], [200, 'clarification', listed.digest], 'to execute it once more is no approval');
  assert.equal(deletions(doomed), 0);

  const wrong = await dev.approve(listed.approval_id, 'a'.repeat(listed.digest.length));
  assert.equal(wrong.status, 400, wrong.text);
  const other = new Asker(troupe, apiToken);
  assert.equal((await other.approve(listed.approval_id, listed.digest)).status, 404, 'the asker alone');
  assert.equal((await other.reject(listed.approval_id, listed.digest, 'no')).status, 404);
  await restart();
  assert.equal(deletions(doomed), 0);
  const approved = await dev.approve(listed.approval_id, listed.digest);
  assert.equal(approved.status, 200, approved.text);
  assert.equal((await dev.rests(taskId)).task.status, 'done');
  assert.equal(deletions(doomed), 1);
  assert.equal(doomed.status, 'deleted');
  assert.equal((await dev.approve(listed.approval_id, listed.digest)).status, 400, 'decided already');

  const second = await dev.plan('companycam', 'delete_project', { id: spared.id });
  const waits = await dev.finish(second);
  assert.equal((await dev.reject(waits.approval.approval_id, waits.approval.digest, 'it is still in use')).status, 200);
  const end = await dev.rests(second);
  assert.deepEqual([end.task.status, end.task.phase], ['error', 'rejected']);
  assert.equal(spared.status, 'active');
  assert.equal((await dev.approve(waits.approval.approval_id, waits.approval.digest)).status, 400);
  assert.equal((await dev.approvals()).filter((each) => [taskId, second].includes(each.task_id)).length, 0);
});

test('the chat face: what is destroyed is approved by a choice', async () => {
  const { companycam } = vendors;
  const doomed = companycam.project({ name: 'Doomed Too' });
  const planned = await dev.chat(`delete project ${doomed.id} in companycam`);
  isPlan(planned.body, 'companycam', 'delete_project');
  const asked = await dev.execute(planned.body.taskId);
  assert.equal(asked.body.type, 'clarification', asked.text);
  assert.deepEqual(asked.body.approval.calls.map(({ action, args }) => ({ action, args })), [{ action: 'companycam.delete_project', args: { id: doomed.id } }]);
  const [yes] = asked.body.disambiguation.choices;
  assert.ok(yes.id.includes(asked.body.approval.digest));
  const other = await dev.execute(planned.body.taskId, yes.id.replace(asked.body.approval.digest, 'f'.repeat(asked.body.approval.digest.length)));
  assert.equal(other.status, 400, other.text);
  assert.equal(doomed.status, 'active');
  const done = await dev.execute(planned.body.taskId, yes.id);
  assert.equal(done.body.type, 'result', done.text);
  assert.equal(doomed.status, 'deleted');
  assert.equal((await dev.execute(planned.body.taskId, yes.id)).status, 400);
});

test('the command line asks as well', async () => {
  const listed = await troupe.cli(['ask', 'list slack channels', '--yes', '--json']);
  assert.equal(listed.code, 0, listed.stdout + listed.stderr);
  const reply = JSON.parse(listed.stdout.trim().split('\n').at(-1));
  assert.equal(reply.kind, 'result');
  assert.ok(reply.task.result.channels.some((each) => each.name === 'ops'), listed.stdout);
  const asked = await troupe.cli(['ask', 'find Smith in companycam', '--yes']);
  assert.notEqual(asked.code, 0, 'it waits for an answer');
  assert.match(asked.stdout, /12 Oak Street/, asked.stderr);
  assert.match(asked.stdout, /4 Elm Road/);
});

test('what is not to be done is not done, also with --yes', async () => {
  const there = () => vendors.slack.messages.filter((each) => each.text === 'better not').length;
  for (const words of ['do not post "better not" to #ops on slack', 'did you post "better not" to #ops on slack?', 'if it rains, post "better not" to #ops on slack']) {
    assert.equal((await troupe.cli(['ask', words, '--yes'])).code, 3, words);
    assert.equal(there(), 0, words);
  }
  assert.equal((await troupe.cli(['ask', 'post "better not" to #ops on slack', '--yes'])).code, 0);
  assert.equal(there(), 1, 'and what is to be done is');
});

test('an administrator names a command, and nobody else; where commands are off it is refused', async () => {
  const member = await Asker.person(troupe, 'nocommands');
  assert.equal((await member.ask('POST', '/api/v1/tasks', { service: 'system', intent: 'run_command', inputs: { command: 'id' } })).status, 403);
  const seen = await dev.finish(await dev.plan('system', 'run_command', { command: 'id' }));
  assert.equal(seen.task.status, 'error', JSON.stringify(seen));
  assert.match(seen.message, /Set ALLOW_SHELL=1 to enable/, 'here they are off');
});

test('what was posted is taken back: shown, approved, once', async () => {
  const sent = await dev.plan('slack', 'send_message', { channel: 'ops', message: 'to be undone' });
  const { task } = await dev.finish(sent);
  assert.equal(task.status, 'done', JSON.stringify(task));
  const there = () => vendors.slack.messages.filter((each) => each.text === 'to be undone').length;
  assert.equal(there(), 1);
  const said = await dev.good('POST', `/api/v1/conversations/${task.conversation_id}/messages`, { text: 'undo that' });
  assert.equal(said.kind, 'plan', JSON.stringify(said));
  assert.match(said.message, /slack\.delete_message undoes slack\.send_message/);
  assert.equal((await dev.ask('POST', `/api/v1/tasks/${sent}/undo`)).status, 400, 'it is being undone already');
  const asked = await dev.finish(said.task.task_id);
  assert.equal(asked.task.phase, 'awaiting_approval');
  assert.match(asked.approval.calls[0].request, /^POST http.*\/chat\.delete$/);
  assert.equal(there(), 1, 'nothing runs unapproved');
  assert.equal((await dev.approve(asked.approval.approval_id, asked.approval.digest)).status, 200);
  assert.equal((await dev.rests(said.task.task_id)).task.status, 'done');
  assert.equal(there(), 0);
  const again = await dev.ask('POST', `/api/v1/tasks/${sent}/undo`);
  assert.equal(again.status, 400);
  assert.match(again.text, /Task was undone already/);
});

test('of two who confirm at once one runs it', async () => {
  const planned = await dev.chat('create a project called "Twice Confirmed" in companycam');
  isPlan(planned.body, 'companycam', 'create_project');
  const answers = await Promise.all(Array.from({ length: 3 }, () => dev.execute(planned.body.taskId)));
  assert.equal(answers.filter((each) => each.status === 200).length, 1, JSON.stringify(answers.map((each) => each.text)));
  assert.equal(answers.filter((each) => each.status === 400).length, 2);
  await dev.rests(planned.body.taskId);
  assert.equal(vendors.companycam.wrote('Twice Confirmed').length, 1);
});

test('what is another person\'s is not there, for administrators neither', async () => {
  const planned = await dev.chat('find Smith in companycam');
  const asked = await dev.execute(planned.body.taskId);
  assert.equal(asked.body.type, 'clarification', asked.text);
  const choice = asked.body.disambiguation.choices[0].id;
  const taskId = planned.body.taskId;
  for (const other of [new Asker(troupe, apiToken), await Asker.person(troupe, 'mallory')]) {
    const executed = await other.execute(taskId, choice);
    assert.deepEqual([executed.status, executed.body.error], [404, 'Task not found']);
    const elsewhere = await other.chat('list slack channels', planned.body.conversationId);
    assert.equal(elsewhere.status, 200, elsewhere.text);
    assert.notEqual(elsewhere.body.conversationId, planned.body.conversationId);
    for (const [method, path, body] of [['GET', ''], ['GET', '/steps'], ['GET', '/calls'], ['POST', '/execute'], ['POST', '/answer', { choice_id: choice }], ['POST', '/cancel'], ['POST', '/undo'], ['POST', '/fork', { from_step: 1 }]])
      assert.equal((await other.ask(method, `/api/v1/tasks/${taskId}${path}`, body)).status, 404, `${method} ${path}`);
    const said = await other.ask('POST', '/api/chat', { conversationId: null, message: '1', taskId });
    assert.ok(said.status !== 500);
    assert.doesNotMatch(JSON.stringify(await other.good('GET', '/api/conversations')), new RegExp(planned.body.conversationId));
    assert.equal((await other.all('/api/v1/tasks', 1000)).filter((each) => each.task_id === taskId).length, 0);
  }
  const done = await dev.execute(taskId, choice);
  assert.equal(done.body.type, 'result', 'nobody has answered it in their place');
});

test('no secret is anywhere in what the program wrote', async () => {
  const { companycam, slack, bolt, acculynx } = vendors;
  // Services that say keys back: as data, and in their errors.
  companycam.project({ name: `key ${canaries.companycam}`, address: { street_address_1: Buffer.from(canaries.companycam).toString('base64') } });
  slack.channel({ name: `c-${canaries.slack}` });
  await dev.finish(await dev.plan('companycam', 'list_projects', {}));
  await dev.finish(await dev.plan('slack', 'list_channels', {}));
  const says = (status, text) => (request, response) => {
    response.writeHead(status, { 'content-type': 'application/json', 'x-key': request.headers.authorization });
    response.end(text);
  };
  companycam.order(says(400, JSON.stringify({ errors: [`the key ${canaries.companycam} may not`] })));
  await dev.finish(await dev.plan('companycam', 'create_project', { name: 'Refused With A Key' }));
  acculynx.order(says(400, JSON.stringify({ title: 'Bad', detail: `Authorization: Bearer ${canaries.acculynx}` })), { on: 'any' });
  await dev.finish(await dev.plan('acculynx', 'list_leads', {}));
  bolt.order(says(422, JSON.stringify({ exception: 'validation', message: `Token token="${canaries.bolt}", name="${canaries.boltName}"`, success: false })));
  await dev.finish(await dev.plan('bolt', 'create_customer', { customer: { name: 'Refused' } }));
  // People who say them.
  const said = await dev.chat(`post "my key is ${canaries.slack}" to #ops on slack`);
  if (said.body.type === 'plan') await dev.execute(said.body.taskId);

  for (const path of ['/api/conversations', '/api/v1/tasks', '/api/v1/approvals', '/api/v1/audit?kind=api_call', '/api/v1/audit?kind=command_run', '/api/v1/audit', '/api/v1/packs', '/metrics', '/health'])
    await dev.ask('GET', path, undefined, { authorization: `Bearer ${apiToken}` });
  for (const task of await dev.all('/api/v1/tasks', 1000)) {
    await dev.look(task.task_id);
    await dev.steps(task.task_id);
    await dev.calls(task.task_id);
  }
  const calls = await new Asker(troupe, apiToken).good('GET', '/api/v1/audit?kind=api_call');
  assert.ok(JSON.stringify(calls).includes('companycam'), 'the calls are in the audit');
  const copy = join(troupe.data, 'copy-of-the-audit.jsonl');
  const exported = await troupe.cli(['audit', 'export', copy]);
  assert.equal(exported.code, 0, exported.stderr);
  assert.ok((await readFile(copy, 'utf8')).includes('api_call'));
  const verified = await troupe.cli(['audit', 'verify']);
  assert.equal(verified.code, 0, verified.stdout);

  const forms = Object.entries(canaries).flatMap(([name, value]) => [value, Buffer.from(value).toString('base64').replace(/=+$/, ''), value.replaceAll('-', '%2D')].map((form) => [name, form]));
  const clean = (text, where) => { for (const [name, form] of forms) assert.ok(!text.includes(form), `the key of ${name} is in ${where}`); };
  for (const answer of dev.heard) clean(answer, answer.slice(0, 200));
  clean(exported.stdout + exported.stderr, 'what the command line says');
  log += troupe.output;
  clean(log, 'the log');
  assert.equal(await troupe.terminate().then(({ code }) => code), 0);
  const files = filesBelow(troupe.data);
  assert.ok(files.some((path) => /\.(db|sqlite)/.test(path)) || databaseOf(troupe.data).DATABASE_URL, 'the database is among them');
  for (const path of files) clean(readFileSync(path, 'latin1'), path);
});

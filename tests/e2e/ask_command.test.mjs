// troupe ask and troupe task, word for word against a server that says what the test has it say: what is asked of a person and
// what is not, what is sent for the answer, and how it ends.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, beforeEach, test } from 'node:test';
import { binary } from './lib/troupe.mjs';

let data;
let server;
/** "METHOD path" → the answers in their order; the last one is given again. */
let answers = {};
let asked = [];

/** The command line's socket: a length in four bytes, and JSON. */
function local(socket) {
  let bytes = Buffer.alloc(0);
  socket.on('data', (piece) => {
    bytes = Buffer.concat([bytes, piece]);
    if (bytes.length < 4 || bytes.length < 4 + bytes.readUInt32BE(0)) return;
    const { method, target, body } = JSON.parse(bytes.subarray(4, 4 + bytes.readUInt32BE(0)));
    asked.push(`${method} ${target}${body && body !== '{}' ? ` ${body}` : ''}`);
    const list = answers[`${method} ${target.split('?')[0]}`] ?? [[404, { detail: 'Task not found', code: 'not_found', errors: [] }]];
    const [status, answer] = list.length > 1 ? list.shift() : list[0];
    const text = Buffer.from(JSON.stringify({ status, body: JSON.stringify(answer) }));
    const head = Buffer.alloc(4);
    head.writeUInt32BE(text.length);
    socket.end(Buffer.concat([head, text]));
  });
  socket.on('error', () => {});
}

before(async () => {
  data = await mkdtemp(join(tmpdir(), 'troupe-ask-'));
  await mkdir(join(data, 'run'));
  server = createServer(local);
  await new Promise((r) => server.listen(join(data, 'run/troupe.sock'), r));
});
after(async () => {
  server.close();
  await rm(data, { recursive: true, force: true });
});
beforeEach(() => { answers = {}; asked = []; });

/** Runs the command; with `typed` in a terminal, where that is what a person types. */
function troupe(args, typed) {
  const command = [binary, '--data', data, ...args];
  const terminal = ['python3', '-c', 'import os, pty, sys; sys.exit(os.waitstatus_to_exitcode(pty.spawn(sys.argv[1:])))', ...command];
  const [program, ...rest] = typed === undefined ? command : terminal;
  const child = spawn(program, rest, { env: { PATH: process.env.PATH, HOME: data }, stdio: ['pipe', 'pipe', 'pipe'] });
  let stdout = '';
  let stderr = '';
  const lines = [...(typed ?? [])];
  child.stdout.on('data', (piece) => {
    stdout += piece;
    // Each line is typed when it is asked for.
    if (lines.length && /(\[y\/N\] |> )$/.test(stdout)) child.stdin.write(`${lines.shift()}\n`);
  });
  child.stderr.on('data', (piece) => { stderr += piece; });
  if (typed === undefined) child.stdin.end();
  return new Promise((r) => child.on('close', (code) => r({ code, stdout: stdout.replaceAll('\r', ''), stderr })));
}

const plan = { kind: 'plan', conversation_id: 'c1', message: 'I would list the channels.', task: { task_id: 't1' }, steps: [] };
const question = { kind: 'question', conversation_id: 'c1', message: 'Which one?\n1. Oak\n2. Elm', task: { task_id: 't1' }, steps: [],
  question: { choices: [{ id: 'p1', label: 'Oak' }, { id: 'p2', label: 'Elm' }] } };
const approval = { kind: 'approval', conversation_id: 'c1', message: 'Shall I send it?', task: { task_id: 't1' }, steps: [],
  approval: { approval_id: 'a1', digest: 'd1', can_decide: true, calls: [{ action: 'slack.send_message', args: { text: 'hi' } }] } };
const running = { kind: 'running', conversation_id: 'c1', message: 'It runs.', task: { task_id: 't1' }, steps: [] };
const result = { kind: 'result', conversation_id: 'c1', message: 'Three channels.', task: { task_id: 't1', result: 3 }, steps: [] };
const failed = { ...result, kind: 'failed', message: 'Slack said no.' };

test('without a terminal a plan is shown, and nothing is run', async () => {
  answers = { 'POST /api/v1/conversations': [[201, plan]] };
  const { code, stdout, stderr } = await troupe(['ask', 'list slack channels']);
  assert.equal(code, 3, stderr);
  assert.equal(stdout, 'I would list the channels.\n');
  assert.match(stderr, /troupe ask --task t1 --yes/);
  assert.deepEqual(asked, ['POST /api/v1/conversations?wait_s=60 {"text":"list slack channels"}']);
});

test('--yes runs it, approves it, and waits for its end', async () => {
  answers = { 'POST /api/v1/conversations/c1/messages': [[200, plan]], 'POST /api/v1/tasks/t1/execute': [[200, approval]],
    'POST /api/v1/approvals/a1/approve': [[200, running]], 'GET /api/v1/tasks/t1': [[200, running], [200, result]] };
  const { code, stdout, stderr } = await troupe(['ask', 'say hi', '--conversation', 'c1', '--yes']);
  assert.equal(code, 0, stderr);
  assert.equal(stdout, 'I would list the channels.\nShall I send it?\nThree channels.\n');
  assert.ok(asked.includes('POST /api/v1/approvals/a1/approve?wait_s=60 {"digest":"d1"}'), asked.join('\n'));
});

test('a question is never answered by --yes, nor somebody else\'s approval', async () => {
  answers = { 'GET /api/v1/tasks/t1': [[200, question]] };
  assert.equal((await troupe(['ask', '--task', 't1', '--yes'])).code, 3);
  answers = { 'GET /api/v1/tasks/t1': [[200, { ...approval, approval: { ...approval.approval, can_decide: false } }]] };
  const { code, stderr } = await troupe(['ask', '--task', 't1', '--yes']);
  assert.equal(code, 3);
  assert.match(stderr, /Somebody else has to approve/);
  assert.deepEqual(asked, ['GET /api/v1/tasks/t1', 'GET /api/v1/tasks/t1']);
});

test('in a terminal everything is asked: a yes, a number, words', async () => {
  answers = { 'POST /api/v1/conversations': [[201, plan]], 'POST /api/v1/tasks/t1/execute': [[200, question]],
    'POST /api/v1/tasks/t1/answer': [[200, { ...question, message: 'Which street?' }], [200, result]] };
  const { code, stdout } = await troupe(['ask', 'find Smith'], ['y', '2', 'the one with the garden']);
  assert.equal(code, 0, stdout);
  assert.deepEqual(asked.slice(2), ['POST /api/v1/tasks/t1/answer?wait_s=60 {"choice_id":"p2"}', 'POST /api/v1/tasks/t1/answer?wait_s=60 {"text":"the one with the garden"}']);
  asked = [];
  answers = { 'POST /api/v1/conversations': [[201, plan]] };
  assert.equal((await troupe(['ask', 'find Smith'], ['n'])).code, 3);
  assert.equal(asked.length, 1, 'no is no');
});

test('the exit code says how it ended', async () => {
  answers = { 'POST /api/v1/conversations': [[201, failed]] };
  assert.equal((await troupe(['ask', 'x'])).code, 1);
  answers = { 'POST /api/v1/conversations': [[201, { ...failed, kind: 'nothing', task: undefined }]] };
  assert.equal((await troupe(['ask', 'x'])).code, 1);
  answers = { 'POST /api/v1/conversations': [[503, { detail: 'Try again.', code: 'unavailable', errors: [] }]] };
  const refused = await troupe(['ask', 'x']);
  assert.equal(refused.code, 1);
  assert.match(refused.stderr, /Try again/);
  assert.equal((await troupe(['ask'])).code, 2);
});

test('--json prints the last answer and asks nobody', async () => {
  answers = { 'POST /api/v1/conversations': [[201, plan]], 'POST /api/v1/tasks/t1/execute': [[200, result]] };
  const shown = await troupe(['--json', 'ask', 'x']);
  assert.equal(shown.code, 3);
  assert.deepEqual(JSON.parse(shown.stdout), plan);
  const done = await troupe(['--json', 'ask', 'x', '--yes']);
  assert.deepEqual(JSON.parse(done.stdout), result);
});

test('what a service said cannot steer the terminal', async () => {
  answers = { 'POST /api/v1/conversations': [[201, { ...result, message: 'a\u001b[2Jb\u202ec' }]] };
  const { stdout } = await troupe(['ask', 'x']);
  assert.ok(!stdout.includes('\u001b') && !stdout.includes('\u202e'), JSON.stringify(stdout));
});

test('tasks are listed, shown, cancelled, approved and rejected', async () => {
  answers = {
    'GET /api/v1/tasks': [[200, { items: [{ task_id: 't1', service: 'slack', status: 'done' }] }]],
    'GET /api/v1/tasks/t1': [[200, { ...approval, task: { task_id: 't1', service: 'slack', intent: 'send_message', phase: 'awaiting_approval' } }]],
    'GET /api/v1/tasks/t1/steps': [[200, { items: [{ number: 1, action: 'slack.list_channels', status: 'done' }], next_after: 1 }], [200, { items: [{ number: 2, action: 'slack.send_message', status: 'running' }] }]],
    'POST /api/v1/tasks/t1/cancel': [[200, { ...failed, message: 'Cancelled.' }]],
    'GET /api/v1/approvals': [[200, { items: [approval.approval] }]],
    'GET /api/v1/approvals/a1': [[200, approval.approval]],
    'POST /api/v1/approvals/a1/approve': [[200, { ...result, message: 'Approved.' }]],
    'POST /api/v1/approvals/a1/reject': [[200, { ...failed, message: 'Rejected.' }]],
  };
  const good = async (...args) => {
    const { code, stdout, stderr } = await troupe(args);
    assert.equal(code, 0, `${args.join(' ')}: ${stderr}`);
    return stdout;
  };
  assert.match(await good('task', 'list', '--status', 'done', '--service', 'slack'), /t1 +slack +done/);
  assert.match(asked[0], /^GET \/api\/v1\/tasks\?limit=50&status=done&service=slack&conversation_id=$/);
  assert.match(await good('task', 'show', 't1'), /t1: slack\.send_message, awaiting_approval\nShall I send it\?\n[^]*list_channels[^]*send_message/);
  assert.equal(await good('task', 'cancel', 't1'), 'Cancelled.\n');
  assert.match(await good('task', 'approvals'), /a1/);
  const shown = await troupe(['task', 'approve', 't1']);
  assert.equal(shown.code, 3);
  assert.match(shown.stdout, /slack\.send_message \{"text":"hi"\}/);
  asked = [];
  assert.match(await good('task', 'approve', 't1', '--yes'), /Approved\./);
  assert.equal(asked.at(-1), 'POST /api/v1/approvals/a1/approve?wait_s=60 {"digest":"d1"}');
  assert.match(await good('task', 'reject', 'a1', '--reason', 'too late'), /Rejected\./);
  assert.equal(asked.at(-1), 'POST /api/v1/approvals/a1/reject {"digest":"d1","reason":"too late"}');
  assert.equal((await troupe(['task', 'approve', 'none', '--yes'])).code, 1);
  assert.equal((await troupe(['task', 'list', '--status', 'waiting'])).code, 2);
});

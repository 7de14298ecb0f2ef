// How long a start takes to go on with unfinished tasks that a process left when it was killed.
// Usage: node bench/assistant_resume.mjs PROGRAM [TASKS] [STEPS] [PEOPLE]
// One task is run up to the middle of its second step and the program is killed; its rows are copied until there are so
// many, a share for each person. Then the program starts again. Printed, from the start of the process: when it is ready,
// when it has taken all tasks up again (they are its own, and wait for a place or run), when each of them has sent its next
// request, when all have ended; CPU and memory. The stand-in answers after 50 ms and shares the machine with the program.
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { pause, Program } from './lib/program.mjs';

const [binary, most = 10_000, steps = 3, people = 20] = process.argv.slice(2);
if (!binary) {
  console.error('Usage: node bench/assistant_resume.mjs PROGRAM [TASKS] [STEPS] [PEOPLE]');
  process.exit(2);
}
const [count, length] = [Number(most), Number(steps)];
const latency = 50;
const deadline = 300_000;
const token = 'bench-api-token-bench-api-token-0123';

/** Answers after 50 ms, but the second step of the first task never, until the program is killed. */
let killed = false;
let asked = 0; // first requests after the start
let first; // when the first of them came
const seen = new Map(); // task → requests since the start
const http = createServer((request, response) => {
  request.resume();
  const { searchParams } = new URL(request.url, 'http://service');
  if (killed) {
    const task = searchParams.get('task');
    if (!seen.has(task)) asked += 1;
    seen.set(task, (seen.get(task) ?? 0) + 1);
    first ??= performance.now();
  } else if (searchParams.get('n') === '1') {
    asked += 1;
    return;
  }
  setTimeout(() => {
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end('{"done":true}');
  }, latency);
});
http.keepAliveTimeout = 60_000;
await new Promise((r) => http.listen(0, '127.0.0.1', r));
process.env.BENCH_BASE_URL = `http://127.0.0.1:${http.address().port}`;

function writePack(folder) {
  mkdirSync(folder, { recursive: true });
  const inputs = { type: 'object', properties: { task: { type: 'string' } }, required: ['task'], additionalProperties: false };
  const files = {
    'config.json': { service: 'bench', title: 'Bench', enabled: true, synonyms: ['the bench'], base_url: 'https://bench.example', auth: { scheme: 'none' }, operations: { take_step: { summary: 'Take a step', method: 'GET', path: '/steps', query: ['task', 'n'] } } },
    'workflows.json': { walk: { description: 'Walk', inputs, steps: Array.from({ length }, (_, n) => ({ action: 'bench.take_step', description: `Step ${n}`, bind: { task: 'inputs.task', n: String(n) }, out: `step${n}` })) } },
  };
  for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), JSON.stringify(content));
}

async function until(test, what) {
  for (const end = Date.now() + deadline; !test(); await pause(5)) if (Date.now() > end) throw new Error(`${what} does not happen`);
}

/** Copies of a row with other values in some columns. */
function copies(db, table, where) {
  const row = db.prepare(`SELECT * FROM ${table} WHERE ${where}`).get();
  const names = Object.keys(row);
  const insert = db.prepare(`INSERT INTO ${table} (${names.join(', ')}) VALUES (${names.map(() => '?').join(', ')})`);
  return (changed) => insert.run(...names.map((name) => changed[name] ?? row[name]));
}

function multiply(file, id) {
  const db = new DatabaseSync(file);
  db.exec('BEGIN');
  const principal = copies(db, 'id_principal', `id = (SELECT owner_id FROM as_task WHERE id = '${id}')`);
  const owners = Array.from({ length: Number(people) }, (_, i) => ({ id: 1_000 + i, name: `walker ${i}` }));
  owners.forEach(principal);
  const [task, done, under] = [copies(db, 'as_task', `id = '${id}'`), copies(db, 'as_step', `task_id = '${id}' AND number = 1`), copies(db, 'as_step', `task_id = '${id}' AND number = 2`)];
  for (let i = 1; i < count; ++i) {
    const copy = `copy-${String(i).padStart(17, '0')}`;
    const owner = owners[i % owners.length];
    task({ id: copy, owner_id: owner.id, owner: owner.name, inputs: JSON.stringify({ task: copy }), key_id: 0 });
    for (const [step, n] of [[done, 0], [under, 1]]) step({ task_id: copy, args: JSON.stringify({ task: copy, n }), marker: `${copy}-${n}` });
  }
  for (const owner of owners) db.prepare('INSERT INTO as_person (tenant_id, owner_id, tasks, bytes) VALUES (1, ?, ?, 0)').run(owner.id, Math.ceil(count / owners.length));
  db.exec('COMMIT');
  db.close();
}

const program = new Program(binary);
try {
  const folder = join(program.data, 'pack-of-the-bench');
  writePack(folder);
  execFileSync(binary, ['pack', 'add', folder, '--data', program.data], { stdio: ['ignore', 'ignore', 'inherit'] });
  await program.start();
  const made = await program.json('POST', '/api/v1/tasks', token, { service: 'bench', intent: 'walk', inputs: { task: 'first' } }, { port: program.platform });
  const id = made.task.task_id;
  await program.call('POST', `/api/v1/tasks/${id}/execute?wait_s=0`, token, undefined, { port: program.platform });
  await until(() => asked > 0, 'the second step');
  const gone = new Promise((done) => program.child.once('exit', done));
  program.child.kill('SIGKILL');
  await gone;
  killed = true;
  asked = 0;
  const file = join(program.data, 'troupe.db');
  multiply(file, id);
  const began = performance.now();
  const since = (at = performance.now()) => ((at - began) / 1000).toFixed(2);
  let peak = 0;
  await program.start();
  const ready = since();
  const watch = setInterval(() => { peak = Math.max(peak, program.anonymous()); }, 50);
  const db = new DatabaseSync(file, { readOnly: true });
  const taken = db.prepare('SELECT COUNT(*) AS n FROM as_task WHERE attempt >= 2');
  let claimed;
  while (claimed === undefined) {
    if (taken.get().n >= count) claimed = since();
    else await pause(50);
  }
  const cpuClaimed = program.cpu();
  db.close();
  await until(() => asked >= count, 'the next request of each');
  const [next, cpuNext] = [since(), program.cpu()];
  let requests = 0;
  await until(() => (requests = [...seen.values()].reduce((a, b) => a + b, 0)) >= count * (length - 1), 'the end of all');
  clearInterval(watch);
  console.log(`${count} unfinished tasks of ${people} people, ${length - 1} steps left of ${length}, ${latency} ms each; seconds from the start of the process:`);
  console.log(`ready ${ready}; first request ${since(first)}; all taken up again ${claimed} (${cpuClaimed.toFixed(2)} s of CPU); each has sent its next request ${next} (${cpuNext.toFixed(2)} s of CPU); last request of all ${since()}`);
  console.log(`${requests} requests, ${((program.cpu() * 1000) / requests).toFixed(2)} ms of CPU each; memory at most ${(peak / 2 ** 20).toFixed(0)} MiB`);
} finally {
  program.end();
  http.closeAllConnections();
  http.close();
}

// What the assistant adds to each step of a task, beside the service's own 50 ms, when many tasks run at once, and what memory
// a task takes meanwhile.
// Usage: node bench/assistant.mjs PROGRAM [TASKS] [STEPS] [reads|writes] [SECONDS]
// SECONDS: at last as many tasks are begun one after the other over that time, at a rate that the machine may be able to do.
// Measured at the service (bench/step_service.cc, built beside PROGRAM: scripts/build release --bench): from its answer to one
// step until the next step's request of the same task comes. All of the program's work is in between (the answer judged and
// written down, the step ended, the next one begun, both durable), and the way over loopback. The service shares the machine
// with the program: how late its own answers are is printed beside it, and what comes of asking it straight: `client` by the
// program's own HTTP client with nothing around it (bench/step_client.cc), `floor` by bare sockets.
import { execFile, execFileSync, spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { pause, pool, Program } from './lib/program.mjs';

const [binary, most = 500, steps = 5, kind = 'reads', seconds = 0] = process.argv.slice(2);
if (!binary || !['reads', 'writes'].includes(kind)) {
  console.error('Usage: node bench/assistant.mjs PROGRAM [TASKS] [STEPS] [reads|writes] [SECONDS]');
  process.exit(2);
}
const latency = 50;
const deadline = 120_000;
const token = 'bench-api-token-bench-api-token-0123';

/** Answers each step after 50 ms. First steps wait for each other, so that all tasks run at once. */
class Service {
  constructor(binary) { this.binary = binary; }
  async start() {
    this.child = spawn(this.binary, [String(latency)], { stdio: ['pipe', 'pipe', 'inherit'] });
    const port = await new Promise((told, failed) => {
      this.child.stdout.once('data', (line) => told(Number(line)));
      this.child.once('exit', () => failed(new Error(`${this.binary} does not run`)));
    });
    this.url = `http://127.0.0.1:${port}`;
  }
  async ask(path) { return (await fetch(`${this.url}/control/${path}`, { method: 'POST' })).json(); }
  /** By the program's own HTTP client, which does nothing else. */
  async client(tasks, steps) {
    await this.ask(`prepare/${tasks}`);
    const { stdout } = await promisify(execFile)(join(dirname(this.binary), 'bench_step_client'), [new URL(this.url).port, tasks, steps].map(String));
    return { ...(await this.ask(`report/${steps}`)), ...JSON.parse(stdout) };
  }
  /** By bare sockets. */
  floor(tasks, steps) { return JSON.parse(execFileSync(this.binary, ['--floor', latency, tasks, steps].map(String))); }
  stop() { this.child?.stdin.end(); }
}

/** A pack without limits, whose one intent has so many steps. */
function writePack(folder) {
  mkdirSync(folder, { recursive: true });
  const action = kind === 'reads' ? { method: 'GET', path: '/steps', query: ['task', 'n'] } : { method: 'POST', path: '/steps', body: ['task', 'n'] };
  const files = {
    'config.json': { service: 'bench', title: 'Bench', enabled: true, synonyms: ['the bench'], base_url: 'https://bench.example', auth: { scheme: 'none' }, operations: { take_step: { summary: 'Take a step', ...action } } },
    'workflows.json': { walk: { description: 'Walk', inputs: { type: 'object', properties: { task: { type: 'string' } }, required: ['task'], additionalProperties: false },
      steps: Array.from({ length: Number(steps) }, (_, n) => ({ action: 'bench.take_step', description: `Step ${n}`, bind: { task: 'inputs.task', n: String(n) }, out: `step${n}` })) } },
    'probes.json': kind === 'writes' ? { take_step: { kind: 'repeatable', reason: 'it only counts' } } : {},
  };
  for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), JSON.stringify(content));
}

const shown = (value, digits = 1) => (value === undefined ? '' : value.toFixed(digits)).padStart(9);
const line = (what, count, seen, { memory, took, cpu }) => console.log([what, String(count).padStart(6), String(seen.together).padStart(8), shown(seen.added_p50), shown(seen.added_p99), shown(seen.late_p50),
  shown(seen.late_p99), shown(memory), shown(took / 1000, 2), shown((count * Number(steps)) / (took / 1000), 0), shown(cpu / (count * Number(steps)), 3), shown(seen.cpu_ms / (count * Number(steps)), 3)].join(' | '));

const service = new Service(join(dirname(binary), 'bench/bench_step_service'));
await service.start();
process.env.BENCH_BASE_URL = service.url;
const program = new Program(binary);
const ask = (method, path, body) => program.json(method, path, token, body, { port: program.platform });

/** Four of one person are taken at once; nobody waits there for the end. */
async function confirm(ids, over) {
  const began = performance.now();
  await pool(3, ids.map((id, i) => async () => {
    await pause(Math.max(0, began + (over * 1000 * i) / ids.length - performance.now()));
    await program.call('POST', `/api/v1/tasks/${id}/execute?wait_s=0`, token, undefined, { port: program.platform });
  }));
}

async function measure(count, serial, over = 0) {
  const ids = [];
  await pool(3, Array.from({ length: count }, (_, i) => async () => {
    const reply = await ask('POST', '/api/v1/tasks', { service: 'bench', intent: 'walk', inputs: { task: `t${serial}-${i}` } });
    ids.push(reply.task.task_id);
  }));
  await service.ask(`prepare/${count}`);
  const before = program.anonymous();
  let peak = before;
  const watch = setInterval(() => { peak = Math.max(peak, program.anonymous()); }, 20);
  const [began, cpu] = [performance.now(), program.cpu()];
  if (over > 0) await service.ask('release/'); // nobody waits for the others
  const confirming = confirm(ids, over);
  const impatience = setTimeout(() => service.ask('release/'), 30_000); // not all of them are let run at once
  const end = Date.now() + deadline;
  let seen;
  do {
    await pause(50);
    seen = await service.ask(`report/${steps}`);
    if (Date.now() > end) throw new Error(`${seen.done} of ${count} tasks took all their steps`);
  } while (seen.done < count);
  await confirming;
  clearTimeout(impatience);
  clearInterval(watch);
  line(over > 0 ? `in ${over} s`.padEnd(7) : 'program', count, seen, { memory: (peak - before) / count / 1024, took: performance.now() - began, cpu: (program.cpu() - cpu) * 1000 });
  if (over > 0) return;
  const client = await service.client(count, steps);
  line(' client', count, client, { took: client.took_ms, cpu: client.client_cpu_ms });
  const straight = service.floor(count, steps);
  line('  floor', count, straight, { took: straight.took_ms, cpu: straight.client_cpu_ms });
}

try {
  const folder = join(program.data, 'pack-of-the-bench');
  writePack(folder);
  execFileSync(binary, ['pack', 'add', folder, '--data', program.data], { stdio: ['ignore', 'ignore', 'inherit'] });
  await program.start();
  console.log(`${steps} ${kind} a task, ${latency} ms each; ms that a step adds, ms that the stand-in itself is late, KiB a task, s in all, steps a second, ms of CPU a step (a task's confirmation, beginning and end shared out) and of the stand-in's`);
  console.log(['       ', ' tasks', 'together', '  add p50', '  add p99', ' late p50', ' late p99', ' KiB each', '     took', '  steps/s', '   cpu ms', ' its ms'].join(' | '));
  let serial = 0;
  for (const count of [...new Set([1, 50, Number(most)])]) await measure(count, ++serial);
  if (Number(seconds) > 0) await measure(Number(most), ++serial, Number(seconds));
} finally {
  program.end();
  service.stop();
}

// What the assistant adds to each step of a task, beside the service's own 50 ms, when many tasks run at once, and what memory
// a task takes meanwhile.
// Usage: node bench/assistant.mjs PROGRAM [TASKS] [STEPS] [reads|writes]
// Measured at the service: from its answer to one step until the next step's request of the same task comes. All of the
// program's work is in between (the answer judged and written down, the step ended, the next one begun, both durable), and the
// way over loopback. The stand-in shares the machine with the program: how late its own timers are is printed beside it.
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { pause, pool, Program } from './lib/program.mjs';

const [binary, most = 500, steps = 5, kind = 'reads'] = process.argv.slice(2);
if (!binary || !['reads', 'writes'].includes(kind)) {
  console.error('Usage: node bench/assistant.mjs PROGRAM [TASKS] [STEPS] [reads|writes]');
  process.exit(2);
}
const latency = 50;
const deadline = 120_000;
const token = 'bench-api-token-bench-api-token-0123';

/** Answers each step after 50 ms, and knows when which one came. First steps wait for each other, so that all tasks run at once. */
class Service {
  times = new Map(); // task → [{came, went}]
  late = []; // ms beyond the latency that its own answers took
  gate = []; // first steps that wait
  expected = 0;
  async start() {
    this.http = createServer((request, response) => {
      const came = performance.now();
      const pieces = [];
      request.on('data', (piece) => pieces.push(piece));
      request.on('end', () => {
        const url = new URL(request.url, 'http://service');
        const task = url.searchParams.get('task') ?? JSON.parse(Buffer.concat(pieces)).task;
        const answer = () => {
          const went = performance.now();
          if (!this.times.has(task)) this.times.set(task, []);
          this.times.get(task).push({ came, went });
          response.writeHead(200, { 'content-type': 'application/json' });
          response.end('{"done":true}');
        };
        if (!this.times.has(task)) return this.hold(answer);
        return setTimeout(() => {
          this.late.push(performance.now() - came - latency);
          answer();
        }, latency);
      });
    });
    this.http.keepAliveTimeout = 60_000;
    await new Promise((r) => this.http.listen(0, '127.0.0.1', r));
    this.url = `http://127.0.0.1:${this.http.address().port}`;
  }
  hold(answer) {
    this.gate.push(answer);
    if (this.gate.length >= this.expected) this.release();
  }
  /** Spread over the time that an answer takes, as tasks come that nobody began together. */
  release() {
    this.together = Math.max(this.together, this.gate.length);
    for (const answer of this.gate.splice(0)) setTimeout(answer, Math.random() * latency);
  }
  stop() {
    this.http.closeAllConnections();
    this.http.close();
  }
  /** For so many tasks. */
  prepare(count) {
    this.times.clear();
    this.late.length = 0;
    this.expected = count;
    this.together = 0;
  }
  /** Between one step's answer and the next one's request. */
  gaps() {
    return [...this.times.values()].flatMap((list) => list.slice(1).map(({ came }, i) => came - list[i].went));
  }
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

const part = (list, share) => (list.length ? list.toSorted((a, b) => a - b)[Math.min(list.length - 1, Math.floor(list.length * share))] : NaN);
const shown = (value, digits = 1) => value.toFixed(digits).padStart(9);

const service = new Service();
await service.start();
process.env.BENCH_BASE_URL = service.url;
const program = new Program(binary);
const ask = (method, path, body) => program.json(method, path, token, body, { port: program.platform });

async function measure(count, serial) {
  const ids = [];
  await pool(3, Array.from({ length: count }, (_, i) => async () => {
    const reply = await ask('POST', '/api/v1/tasks', { service: 'bench', intent: 'walk', inputs: { task: `t${serial}-${i}` } });
    ids.push(reply.task.task_id);
  }));
  service.prepare(count);
  const before = program.anonymous();
  let peak = before;
  const watch = setInterval(() => { peak = Math.max(peak, program.anonymous()); }, 20);
  const [began, cpu] = [performance.now(), program.cpu()];
  // Four of one person are taken at once; nobody waits there for the end.
  const confirming = pool(3, ids.map((id) => () => program.call('POST', `/api/v1/tasks/${id}/execute?wait_s=0`, token, undefined, { port: program.platform })));
  const impatience = setTimeout(() => service.release(), 30_000);
  const end = Date.now() + deadline;
  for (;;) {
    const done = [...service.times.values()].filter((list) => list.length >= Number(steps)).length;
    if (done === count) break;
    if (Date.now() > end) throw new Error(`${done} of ${count} tasks took all their steps`);
    if (service.together > 0 && service.together < count) service.expected = 0; // not all of them are let run at once
    await pause(20);
  }
  await confirming;
  clearTimeout(impatience);
  const took = performance.now() - began;
  const busy = program.cpu() - cpu;
  clearInterval(watch);
  const gaps = service.gaps();
  console.log([String(count).padStart(6), String(service.together).padStart(8), shown(part(gaps, 0.5)), shown(part(gaps, 0.99)), shown(part(service.late, 0.5)), shown(part(service.late, 0.99)), shown((peak - before) / count / 1024),
    shown(took / 1000, 2), shown((count * Number(steps)) / (took / 1000), 0), shown((busy * 1000) / (count * Number(steps)), 2)].join(' | '));
}

try {
  const folder = join(program.data, 'pack-of-the-bench');
  writePack(folder);
  execFileSync(binary, ['pack', 'add', folder, '--data', program.data], { stdio: ['ignore', 'ignore', 'inherit'] });
  await program.start();
  console.log(`${steps} ${kind} a task, ${latency} ms each; ms that a step adds, ms that the stand-in itself is late, KiB a task, s in all, steps a second, ms of CPU a step (a task's confirmation, beginning and end shared out)`);
  console.log([' tasks', 'together', '  add p50', '  add p99', ' late p50', ' late p99', ' KiB each', '     took', '  steps/s', '   cpu ms'].join(' | '));
  let serial = 0;
  for (const count of [...new Set([1, 50, Number(most)])]) await measure(count, ++serial);
} finally {
  program.end();
  service.stop();
}

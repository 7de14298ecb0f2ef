// How long other people's reads take while people with many large rooms sync for the first time, against a program that
// has just been started.
// Usage: node bench/cold_syncs.mjs PROGRAM [ROOMS] [MEMBERS] [SYNCS]
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { request as httpRequest, Agent } from 'node:http';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const [program, rooms = 100, members = 250, syncs = 6] = process.argv.slice(2);
if (!program) {
  console.error('Usage: node bench/cold_syncs.mjs PROGRAM [ROOMS] [MEMBERS] [SYNCS]');
  process.exit(2);
}
const data = mkdtempSync(join(tmpdir(), 'cold-syncs-'));
const agent = new Agent({ keepAlive: true, maxSockets: 64 });
let port;
let child;

const freePort = () =>
  new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port: found } = server.address();
      server.close(() => resolve(found));
    });
  });

function call(method, path, token, body) {
  return new Promise((resolve, reject) => {
    const text = body === undefined ? undefined : JSON.stringify(body);
    const headers = text === undefined ? {} : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) };
    if (token) headers.authorization = `Bearer ${token}`;
    const sent = httpRequest({ host: '127.0.0.1', port, method, path, headers, agent }, (answer) => {
      const parts = [];
      answer.on('data', (part) => parts.push(part));
      answer.on('end', () => resolve({ status: answer.statusCode, bytes: Buffer.concat(parts) }));
    });
    sent.on('error', reject);
    sent.end(text);
  });
}

async function must(method, path, token, body) {
  const answer = await call(method, `/_matrix/client/v3${path}`, token, body);
  if (answer.status !== 200) throw new Error(`${method} ${path}: ${answer.status} ${answer.bytes.toString().slice(0, 200)}`);
  return JSON.parse(answer.bytes);
}

async function start() {
  port = await freePort();
  const platform = await freePort();
  child = spawn(program, ['serve', '--data', data, '--listen-platform', `127.0.0.1:${platform}`, '--listen-matrix', `127.0.0.1:${port}`], {
    env: { ...process.env, TROUPE_RATE_LIMITS: 'off', TROUPE_REGISTRATION: 'open', TROUPE_ADMIN_PASSWORD: 'bench password 1', LOG_LEVEL: 'error' },
    stdio: 'ignore',
  });
  const deadline = Date.now() + 60_000;
  for (;;) {
    const answer = await call('GET', '/ready').catch(() => undefined);
    if (answer?.status === 200) return;
    if (Date.now() > deadline) throw new Error('the program does not start');
    await new Promise((done) => setTimeout(done, 20));
  }
}

async function stop() {
  const ended = new Promise((done) => child.once('exit', done));
  child.kill('SIGTERM');
  await ended;
}

/** Runs the tasks, so many at a time. */
async function pool(width, tasks) {
  const waiting = [...tasks];
  const work = async () => {
    for (let task = waiting.shift(); task; task = waiting.shift()) await task();
  };
  await Promise.all(Array.from({ length: width }, work));
}

async function register(name) {
  const account = { username: name, password: 'secret secret', auth: { type: 'm.login.dummy' } };
  return (await must('POST', '/register', undefined, account)).access_token;
}

const part = (sorted, share) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))].toFixed(1);
function report(name, times) {
  const sorted = times.toSorted((a, b) => a - b);
  console.log(`${name}: n ${sorted.length}, p50 ${part(sorted, 0.5)} ms, p99 ${part(sorted, 0.99)} ms, max ${part(sorted, 1)} ms`);
}

/** Others read a small room while `work` runs. */
async function readMeanwhile(name, reader, room, work) {
  let going = true;
  const times = [];
  const read = async () => {
    while (going) {
      const began = performance.now();
      await must('GET', `/rooms/${encodeURIComponent(room)}/messages?dir=b&limit=10`, reader);
      times.push(performance.now() - began);
      await new Promise((done) => setTimeout(done, 2));
    }
  };
  const readers = [read(), read()];
  await work();
  going = false;
  await Promise.all(readers);
  report(name, times);
}

try {
  await start();
  const tokens = [];
  await pool(4, Array.from({ length: Number(members) }, (_, i) => async () => (tokens[i] = await register(`m${i}`))));
  const reader = await register('reader');
  const small = (await must('POST', '/createRoom', reader, { preset: 'public_chat' })).room_id;
  const large = [];
  await pool(8, Array.from({ length: Number(rooms) }, () => async () => large.push((await must('POST', '/createRoom', tokens[0], { preset: 'public_chat' })).room_id)));
  await pool(64, large.flatMap((room) => tokens.slice(1).map((token) => () => must('POST', `/join/${encodeURIComponent(room)}`, token, {}))));
  await stop();

  for (const kind of ['cold', 'warm']) {
    if (kind === 'cold') await start();
    await readMeanwhile(`reads before (${kind})`, reader, small, () => new Promise((done) => setTimeout(done, 2000)));
    const began = performance.now();
    const each = [];
    let bytes = 0;
    await readMeanwhile(`reads during ${syncs} ${kind} first syncs`, reader, small, () =>
      Promise.all(
        tokens.slice(1, 1 + Number(syncs)).map(async (token) => {
          const answer = await call('GET', '/_matrix/client/v3/sync?timeout=0', token);
          if (answer.status !== 200) throw new Error(`sync: ${answer.status}`);
          bytes = answer.bytes.length;
          each.push(performance.now() - began);
        }),
      ),
    );
    report(`the ${kind} first syncs themselves (${(bytes / 1e6).toFixed(1)} MB each)`, each);
  }
  await stop();
} finally {
  child?.kill('SIGKILL');
  agent.destroy();
  rmSync(data, { recursive: true, force: true });
}

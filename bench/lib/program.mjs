// A server under measurement for the benches in JavaScript: started on free ports with a folder of its own, asked over HTTP,
// metered through /proc.
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { Agent, request as httpRequest } from 'node:http';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const freePort = () =>
  new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });

export const pause = (ms) => new Promise((done) => setTimeout(done, ms));
export const encoded = encodeURIComponent;

/** Runs the tasks, so many at a time. */
export async function pool(width, tasks) {
  const waiting = [...tasks];
  let next = 0;
  const work = async () => {
    while (next < waiting.length) await waiting[next++]();
  };
  await Promise.all(Array.from({ length: width }, work));
}

export function report(name, times) {
  const sorted = times.toSorted((a, b) => a - b);
  const part = (share) => (sorted.length ? sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))].toFixed(1) : '?');
  console.log(`${name}: n ${sorted.length}, p50 ${part(0.5)} ms, p99 ${part(0.99)} ms, max ${part(1)} ms`);
}

export class Program {
  static secret = 'bench-secret';

  /** `folder`: kept and used again; without one it is made, and removed by end(). */
  constructor(binary, folder) {
    this.binary = binary;
    this.kept = folder !== undefined;
    this.data = folder ?? mkdtempSync(join(tmpdir(), 'troupe-bench-'));
    mkdirSync(this.data, { recursive: true });
    this.agent = new Agent({ keepAlive: true, maxSockets: 64 });
  }

  async start() {
    this.port = await freePort();
    this.platform = await freePort();
    this.child = spawn(this.binary, ['serve', '--data', this.data, '--listen-platform', `127.0.0.1:${this.platform}`, '--listen-matrix', `127.0.0.1:${this.port}`], {
      env: { ...process.env, TROUPE_RATE_LIMITS: 'off', TROUPE_REGISTRATION: 'open', TROUPE_PRESENCE: 'off', TROUPE_REGISTRATION_SHARED_SECRET: Program.secret, TROUPE_ADMIN_PASSWORD: 'bench password 1', TROUPE_API_TOKEN: 'bench-api-token-bench-api-token-0123', LOG_LEVEL: 'error' },
      stdio: 'ignore',
    });
    const deadline = Date.now() + 60_000;
    for (;;) {
      const answer = await this.call('GET', '/ready').catch(() => undefined);
      if (answer?.status === 200) return;
      if (Date.now() > deadline) throw new Error('the program does not start');
      await pause(20);
    }
  }

  async stop() {
    const ended = new Promise((done) => this.child.once('exit', done));
    this.child.kill('SIGTERM');
    await ended;
  }

  end() {
    this.child?.kill('SIGKILL');
    this.agent.destroy();
    if (!this.kept) rmSync(this.data, { recursive: true, force: true });
  }

  call(method, path, token, body, { agent = this.agent, port = this.port } = {}) {
    return new Promise((resolve, reject) => {
      const text = body === undefined || typeof body === 'string' ? body : JSON.stringify(body);
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

  /** The bytes of an answer 200; a path without a slash in front of it is of the client-server API. */
  async bytes(method, path, token, body, options) {
    const answer = await this.call(method, path.startsWith('/_') || path.startsWith('/api') ? path : `/_matrix/client/v3${path}`, token, body, options);
    if (answer.status !== 200 && answer.status !== 201) throw new Error(`${method} ${path}: ${answer.status} ${answer.bytes.toString().slice(0, 200)}`);
    return answer.bytes;
  }
  async json(...request) {
    return JSON.parse(await this.bytes(...request));
  }

  async register(name) {
    const account = { username: name, password: 'secret secret', auth: { type: 'm.login.dummy' } };
    return (await this.json('POST', '/register', undefined, account)).access_token;
  }
  send(room, token, id, text) {
    return this.bytes('PUT', `/rooms/${encoded(room)}/send/m.room.message/${id}`, token, { msgtype: 'm.text', body: text });
  }

  /** Anonymous memory, bytes. */
  anonymous() {
    return Number(/RssAnon:\s+(\d+)/.exec(readFileSync(`/proc/${this.child.pid}/status`, 'utf8'))[1]) * 1024;
  }
  /** CPU time, seconds. */
  cpu() {
    const fields = readFileSync(`/proc/${this.child.pid}/stat`, 'utf8').split(') ')[1].split(' ');
    return (Number(fields[11]) + Number(fields[12])) / 100;
  }
}

// Starts the real binary on free loopback ports with a data folder of its own; kills and restarts it on demand.
import { spawn, execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { freePort } from './ports.mjs';

export const binary = resolve(process.env.TROUPE_BINARY ?? join(import.meta.dirname, '../../../build/release/troupe'));
export const adminPassword = 'an-admin-password';
export const apiToken = 'an-api-token-for-tests';
export const sharedSecret = 'a-shared-secret';

/** Polls until `check` yields something true, or fails after the deadline. */
export async function until(check, what, deadlineMs = 60_000) {
  const end = Date.now() + deadlineMs;
  let last;
  for (;;) {
    try {
      const value = await check();
      if (value) return value;
      last = value;
    } catch (error) {
      if (error.fatal) throw error;
      last = error;
    }
    if (Date.now() > end) throw new Error(`waited ${deadlineMs} ms for ${what}; last: ${last?.stack ?? JSON.stringify(last)}`);
    await new Promise((r) => setTimeout(r, 20));
  }
}

/**
 * The database of a data folder when TROUPE_TEST_POSTGRES names a PostgreSQL server: a schema for each folder, so that a
 * restart finds its own again. Nothing: SQLite in the folder.
 */
export function databaseOf(data) {
  const server = process.env.TROUPE_TEST_POSTGRES;
  if (!server) return {};
  const schema = `t_${createHash('sha256').update(data).digest('hex').slice(0, 20)}`;
  return { DATABASE_URL: `${server}${server.includes('?') ? '&' : '?'}schema=${schema}` };
}

export class Troupe {
  /** Options: env (more environment), data (a folder of the caller's), cwd (when that may not exist yet). */
  static async start(options = {}) {
    const troupe = new Troupe();
    troupe.data = options.data ?? (await mkdtemp(join(tmpdir(), 'troupe-')));
    troupe.ownsData = !options.data;
    troupe.cwd = options.cwd ?? troupe.data;
    troupe.platformPort = await freePort();
    troupe.matrixPort = await freePort();
    troupe.env = {
      PATH: process.env.PATH,
      ...(process.env.TSAN_OPTIONS && { TSAN_OPTIONS: process.env.TSAN_OPTIONS }),
      TROUPE_ADMIN_PASSWORD: adminPassword,
      TROUPE_API_TOKEN: apiToken,
      TROUPE_REGISTRATION_SHARED_SECRET: sharedSecret,
      TROUPE_RATE_LIMITS: 'off',
      ...databaseOf(troupe.data),
      ...options.env,
    };
    await troupe.launch();
    return troupe;
  }

  get matrix() { return `http://127.0.0.1:${this.matrixPort}`; }
  get platform() { return `http://127.0.0.1:${this.platformPort}`; }

  /** Starts the process and waits until it takes requests. */
  async launch() {
    this.output = '';
    this.process = spawn(binary, ['serve', '--data', this.data, '--listen-platform', `127.0.0.1:${this.platformPort}`,
      '--listen-matrix', `127.0.0.1:${this.matrixPort}`], { env: this.env, stdio: ['ignore', 'pipe', 'pipe'], cwd: this.cwd });
    this.exited = new Promise((r) => this.process.once('exit', (code, signal) => r({ code, signal })));
    for (const stream of [this.process.stdout, this.process.stderr]) stream.on('data', (d) => { this.output += d; });
    let gone;
    this.exited.then((how) => { gone = how; });
    await until(async () => {
      if (gone) throw Object.assign(new Error(`troupe ended at start: ${JSON.stringify(gone)}\n${this.output}`), { fatal: true });
      return (await fetch(`${this.matrix}/ready`)).status === 200 && (await fetch(`${this.platform}/ready`)).status === 200;
    }, 'the server to be ready', 180_000);
  }

  /** SIGKILL: what a crash or a pulled plug of the process looks like. */
  async kill() {
    this.process.kill('SIGKILL');
    await this.exited;
  }
  async restart() {
    await this.kill();
    await this.launch();
  }
  /** SIGTERM; yields how it ended. */
  async terminate() {
    this.process.kill('SIGTERM');
    return this.exited;
  }
  async stop() {
    if (this.process.exitCode === null && this.process.signalCode === null) {
      this.process.kill('SIGTERM');
      const timer = setTimeout(() => this.process.kill('SIGKILL'), 15_000);
      await this.exited;
      clearTimeout(timer);
    }
    if (this.ownsData) await rm(this.data, { recursive: true, force: true });
  }

  /** Runs the command line against this data folder; yields {code, stdout, stderr}. */
  async cli(args, { input } = {}) {
    const child = promisify(execFile)(binary, ['--data', this.data, ...args], { env: this.env, cwd: this.data });
    if (input !== undefined) {
      child.child.stdin.on('error', () => {}); // a command may refuse its words and end before it reads
      child.child.stdin.end(input);
    }
    try {
      const { stdout, stderr } = await child;
      return { code: 0, stdout, stderr };
    } catch (error) {
      return { code: error.code, stdout: error.stdout, stderr: error.stderr };
    }
  }

  /** A platform API call as administrator; yields {status, body}. */
  async api(method, path, body, headers = {}) {
    const response = await fetch(this.platform + path, {
      method,
      headers: { authorization: `Bearer ${apiToken}`, ...(body ? { 'content-type': 'application/json' } : {}), ...headers },
      body: body ? JSON.stringify(body) : undefined,
    });
    const text = await response.text();
    let parsed;
    try { parsed = text ? JSON.parse(text) : null; } catch { parsed = text; }
    return { status: response.status, body: parsed, headers: response.headers };
  }

  /** Makes an account over the platform API and logs it in; yields a MatrixUser. */
  async user(name, password = `password-of-${name}`) {
    const made = await this.api('POST', '/api/v1/users', { username: name, password });
    if (made.status >= 300) throw new Error(`user ${name}: ${made.status} ${JSON.stringify(made.body)}`);
    return MatrixUser.login(this.matrix, name, password);
  }
}

/** A small Matrix client over fetch, for tests that look at exact answers. */
export class MatrixUser {
  static async login(base, name, password, more = {}) {
    const user = new MatrixUser();
    user.base = base;
    user.password = password;
    const answer = await user.request('POST', '/_matrix/client/v3/login',
      { type: 'm.login.password', identifier: { type: 'm.id.user', user: name }, password, ...more });
    Object.assign(user, { id: answer.user_id, token: answer.access_token, device: answer.device_id });
    return user;
  }
  /** Yields {status, body, headers}; never throws on an HTTP error. */
  async raw(method, path, body, headers = {}) {
    const response = await fetch(this.base + path, {
      method,
      headers: { ...(this.token ? { authorization: `Bearer ${this.token}` } : {}),
        ...(body !== undefined && !(body instanceof Uint8Array) ? { 'content-type': 'application/json' } : {}), ...headers },
      body: body === undefined ? undefined : body instanceof Uint8Array ? body : JSON.stringify(body),
    });
    const bytes = new Uint8Array(await response.arrayBuffer());
    let parsed;
    try { parsed = bytes.length ? JSON.parse(new TextDecoder().decode(bytes)) : null; } catch { parsed = bytes; }
    return { status: response.status, body: parsed, headers: response.headers, bytes };
  }
  async request(method, path, body) {
    const answer = await this.raw(method, path, body);
    if (answer.status >= 300) throw Object.assign(new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`), answer);
    return answer.body;
  }
  createRoom(body = {}) { return this.request('POST', '/_matrix/client/v3/createRoom', body).then((a) => a.room_id); }
  join(room) { return this.request('POST', `/_matrix/client/v3/join/${encodeURIComponent(room)}`, {}); }
  invite(room, user) { return this.request('POST', `/_matrix/client/v3/rooms/${encodeURIComponent(room)}/invite`, { user_id: user }); }
  send(room, text, txn = `t${Math.random()}`, msgtype = 'm.text') {
    return this.request('PUT', `/_matrix/client/v3/rooms/${encodeURIComponent(room)}/send/m.room.message/${encodeURIComponent(txn)}`,
      { msgtype, body: text }).then((a) => a.event_id);
  }
  sync(params = {}) {
    const query = new URLSearchParams(Object.entries(params).map(([k, v]) => [k, typeof v === 'object' ? JSON.stringify(v) : String(v)]));
    return this.request('GET', `/_matrix/client/v3/sync?${query}`);
  }
  messages(room, params = {}) {
    return this.request('GET', `/_matrix/client/v3/rooms/${encodeURIComponent(room)}/messages?${new URLSearchParams({ dir: 'b', limit: '100', ...params })}`);
  }
  /** Every message event of a room, oldest first. */
  async history(room) {
    const events = [];
    let from;
    do {
      const page = await this.messages(room, from ? { from } : {});
      events.push(...page.chunk);
      from = page.end;
    } while (from);
    return events.reverse();
  }
}

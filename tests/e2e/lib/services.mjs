// A real PostgreSQL and a real Redis of a test's own, on free loopback ports, which it may stop, kill and start; and two
// Troupe processes on them that serve one homeserver.
import { execFile, spawn } from 'node:child_process';
import { chown, copyFile, mkdtemp, readdir, rm } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { createConnection } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { freePort } from './ports.mjs';
import { Troupe, until } from './troupe.mjs';

const run = promisify(execFile);

/** The folder of PostgreSQL's programs: Debian keeps them out of the PATH. Undefined when it is not installed. */
export async function postgresPrograms() {
  const base = '/usr/lib/postgresql';
  if (!existsSync(base)) return undefined;
  const versions = (await readdir(base)).filter((v) => existsSync(join(base, v, 'bin/initdb')));
  return versions.length ? join(base, versions.sort((a, b) => b - a)[0], 'bin') : undefined;
}

const redisProgram = ['/usr/bin/redis-server', '/usr/local/bin/redis-server'].find(existsSync);

/** A sentence when a test cannot run here; undefined when it can. scripts/setup --test installs what is needed. */
export async function missingServices() {
  if (!(await postgresPrograms())) return 'PostgreSQL is not installed (scripts/setup --test)';
  if (!redisProgram) return 'redis-server is not installed (scripts/setup --test)';
  return undefined;
}

/** A child process that is waited for when it is stopped. */
class Service {
  spawn(program, args, options = {}) {
    this.output = '';
    this.process = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'], ...options });
    this.exited = new Promise((r) => this.process.once('exit', r));
    for (const stream of [this.process.stdout, this.process.stderr]) stream.on('data', (d) => { this.output = (this.output + d).slice(-20_000); });
  }
  async end(signal) {
    if (this.process.exitCode === null && this.process.signalCode === null) {
      this.process.kill(signal);
      await this.exited;
    }
  }
}

export class Postgres extends Service {
  static async start() {
    const postgres = new Postgres();
    postgres.programs = await postgresPrograms();
    postgres.port = await freePort();
    postgres.folder = await mkdtemp(join(tmpdir(), 'troupe-pg-'));
    // PostgreSQL refuses to run as root.
    postgres.as = {};
    if (process.getuid() === 0) {
      const id = async (flag) => Number((await run('id', [flag, 'postgres'])).stdout);
      postgres.as = { uid: await id('-u'), gid: await id('-g') };
      await chown(postgres.folder, postgres.as.uid, postgres.as.gid);
    }
    await run(join(postgres.programs, 'initdb'), ['-D', join(postgres.folder, 'data'), '-U', 'troupe', '--auth=trust', '-E', 'UTF8',
      '--locale=C', '--no-sync'], { ...postgres.as, cwd: postgres.folder });
    await postgres.launch();
    await postgres.sql('CREATE DATABASE troupe', 'postgres');
    return postgres;
  }
  get url() { return `postgres://troupe@127.0.0.1:${this.port}/troupe`; }

  async launch() {
    // Without fsync: a killed server loses nothing all the same, only a machine without power would.
    this.spawn(join(this.programs, 'postgres'), ['-D', join(this.folder, 'data'), '-p', String(this.port), '-h', '127.0.0.1', '-k', this.folder,
      '-c', 'fsync=off', '-c', 'max_connections=60'], { ...this.as, cwd: this.folder });
    await until(() => this.sql('SELECT 1', 'postgres'), 'PostgreSQL to take connections', 120_000);
  }
  sql(text, database = 'troupe') {
    return run(join(this.programs, 'psql'), ['-h', '127.0.0.1', '-p', String(this.port), '-U', 'troupe', '-d', database, '-Atqc', text],
      { env: { PATH: process.env.PATH } }).then((a) => a.stdout.trim());
  }
  /** The way an administrator restarts it: sessions are cut off, transactions rolled back. */
  async restart() {
    await this.end('SIGINT');
    await this.launch();
  }
  /** As if the machine's out-of-memory killer came by: recovery from its log at the next start. */
  async crash() {
    await this.end('SIGQUIT');
    await this.launch();
  }
  async stop() {
    await this.end('SIGQUIT');
    await rm(this.folder, { recursive: true, force: true });
  }
}

export class Redis extends Service {
  static async start() {
    const redis = new Redis();
    redis.port = await freePort();
    await redis.launch();
    return redis;
  }
  get url() { return `redis://127.0.0.1:${this.port}/0`; }
  async launch() {
    this.spawn(redisProgram, ['--port', String(this.port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no', '--dir', tmpdir()]);
    await until(() => new Promise((yes) => {
      const socket = createConnection(this.port, '127.0.0.1', () => { socket.end(); yes(true); });
      socket.once('error', () => yes(false));
    }), 'Redis to take connections');
  }
  async stop() { await this.end('SIGKILL'); }
}

/** Two processes of one homeserver. Options: redis (a Redis; without it they find each other's commits by looking), env. */
export async function startPair(postgres, { redis, env = {} } = {}) {
  const more = { DATABASE_URL: postgres.url, ...(redis ? { REDIS_URL: redis.url } : {}), TROUPE_SERVER_NAME: 'pair.example', ...env };
  const media = await mkdtemp(join(tmpdir(), 'troupe-media-'));
  const a = await Troupe.start({ env: { ...more, TROUPE_MEDIA_DIR: media } });
  const folder = await mkdtemp(join(tmpdir(), 'troupe-'));
  await copyFile(join(a.data, 'secret.key'), join(folder, 'secret.key')); // what one seals the other must open
  const b = await Troupe.start({ env: { ...more, TROUPE_MEDIA_DIR: media }, data: folder });
  b.ownsData = true;
  const stop = async () => {
    await Promise.all([a.stop(), b.stop()]);
    await rm(media, { recursive: true, force: true });
  };
  return { a, b, stop };
}

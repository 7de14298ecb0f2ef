// Disks that are full, slow or broken, file by file, and really small ones: meanwhile clients get 503 with Retry-After and
// nothing else, reads go on, /health says what is wrong; when the trouble is over the server goes on by itself within
// seconds, what it acknowledged is there, once, and it starts again.
// Alone: it measures how long reads and the way back take.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, truncateSync, unlinkSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { Acknowledged } from '../lib/acknowledged.mjs';
import { Chance, pause, seed } from '../lib/chaos.mjs';
import { Disk } from '../lib/disk.mjs';
import { adminPassword, Troupe, until } from '../lib/troupe.mjs';

const env = { TROUPE_PRESENCE: 'off' };
const folder = await mkdtemp(join(tmpdir(), 'troupe-disk-'));
after(() => rm(folder, { recursive: true, force: true }));
let number = 0;

function makeDisk(root = join(folder, `disk${number++}`)) {
  mkdirSync(root, { recursive: true });
  return new Disk({ root, beside: join(folder, `beside${number++}`) });
}
const startOn = (disk, more = {}) => Troupe.start({ data: join(disk.root, 'data'), cwd: folder, env: { ...env, ...disk.env, ...more } });

/** People who write, upload and read while something is wrong with the disk. */
class Crowd {
  static async make(troupe) {
    const crowd = new Crowd();
    crowd.known = new Acknowledged(troupe);
    await crowd.known.openModel();
    crowd.anna = await crowd.known.user('anna');
    crowd.ben = await crowd.known.user('ben');
    crowd.room = await crowd.known.createRoom(crowd.anna, { preset: 'public_chat' });
    await crowd.known.join(crowd.ben, crowd.room);
    crowd.event = await crowd.known.send(crowd.anna, crowd.room);
    await crowd.known.upload(crowd.anna, 20_000);
    await crowd.known.bot(crowd.anna, 'clerk');
    crowd.media = crowd.known.list.find((one) => one.kind === 'media').uri;
    return crowd;
  }
  /**
   * Yields {sent, refused, wrong, reads, slowestRead}: what was answered with anything but 200 and 503 is wrong. It takes so
   * long, and longer on a machine where `enough(seen)` takes longer to become true.
   */
  async during(ms, { bytes = 2_000, uploads = true, work = async () => {}, enough = () => true } = {}) {
    const seen = { sent: 0, refused: 0, wrong: [], reads: 0, slowestRead: 0 };
    const end = Date.now() + ms;
    const on = () => Date.now() < end || (!enough(seen) && Date.now() < end + 60_000);
    const write = async (what, call) => {
      while (on()) {
        try {
          await call();
          seen.sent++;
        } catch (error) {
          const { status, headers } = error;
          if (status === 503 && Number(headers.get('retry-after')) >= 1 && error.body?.errcode) seen.refused++;
          else seen.wrong.push(`${what}: ${error.message.slice(0, 300)} (Retry-After ${headers?.get('retry-after')})`);
          await pause(20);
        }
      }
    };
    const reads = [['/_matrix/client/v3/account/whoami'], [`/_matrix/client/v3/rooms/${encodeURIComponent(this.room)}/event/${encodeURIComponent(this.event)}`],
      ['/_matrix/client/v3/sync?timeout=0'], [`/_matrix/client/v1/media/download/${this.media.slice(6)}`]];
    const read = async () => {
      for (let n = 0; on(); n++) {
        const [path] = reads[n % reads.length];
        const began = Date.now();
        const answer = await this.ben.raw('GET', path);
        if (answer.status !== 200) seen.wrong.push(`GET ${path}: ${answer.status} ${JSON.stringify(answer.body)?.slice(0, 200)}`);
        seen.reads++;
        seen.slowestRead = Math.max(seen.slowestRead, Date.now() - began);
        await pause(10);
      }
    };
    const upload = () => this.upload(30_000);
    await Promise.all([write('send', () => this.known.send(this.anna, this.room, bytes)), write('send', () => this.known.send(this.ben, this.room, bytes)),
      ...(uploads ? [write('upload', upload)] : []), read(), work(on)]);
    return seen;
  }
  async upload(bytes) {
    const data = new Uint8Array(bytes).map(() => Math.random() * 256);
    const answer = await this.anna.raw('POST', '/_matrix/media/v3/upload', data, { 'content-type': 'application/octet-stream' });
    if (answer.status !== 200) throw Object.assign(new Error(`upload: ${answer.status} ${JSON.stringify(answer.body)}`), answer);
  }
  /**
   * From the end of the trouble: until writes go through again and the server calls itself healthy. That a disk was slow it
   * says for a minute more (store's tests wait for the end of that).
   */
  async recovers(troupe, patience = 60_000) {
    const began = Date.now();
    await until(() => this.known.send(this.anna, this.room), 'writes to go on', patience);
    await until(() => this.upload(1_000).then(() => true), 'uploads to go on', patience);
    const took = Date.now() - began;
    await until(async () => {
      const { checks } = await (await fetch(`${troupe.platform}/health`)).json();
      return Object.entries(checks).every(([name, { ok }]) => ok || name.startsWith('slow_'));
    }, 'the server to be healthy', 180_000);
    return took;
  }
  async settle(troupe) {
    await troupe.kill();
    await troupe.launch();
    const { lost, doubled } = await this.known.check();
    assert.deepEqual([lost.slice(0, 5), doubled.slice(0, 5)], [[], []]);
  }
}
const healthOf = async (troupe) => {
  const { status, body } = await troupe.api('GET', '/health');
  return status === 200 ? '' : body.error;
};

describe('a file of the data folder fails', () => {
  let disk, troupe, crowd;
  before(async () => {
    disk = makeDisk();
    troupe = await startOn(disk);
    crowd = await Crowd.make(troupe);
  });
  after(async () => {
    await crowd?.known.close();
    await troupe?.stop();
  });

  const cases = [
    ['the log has no room', ['data/troupe.db-wal', 'space', 'ENOSPC'], { refuses: true, says: /./ }],
    ['the log cannot be written', ['data/troupe.db-wal', 'write', 'EIO'], { refuses: true, says: /./ }],
    ['the log cannot be synced', ['data/troupe.db-wal', 'sync', 'EIO'], { refuses: true, says: /./ }],
    ['the log fails one time in three', ['data/troupe.db-wal', 'write,sync', 'EIO'], { refuses: true, every: 3 }],
    ['the index of the log has no room', ['data/troupe.db-shm', 'space', 'ENOSPC'], {}],
    ['uploads find no room', ['data/media/*', 'space', 'ENOSPC'], { refuses: true }],
    ['uploads cannot be synced', ['data/media/*', 'sync', 'EIO'], { refuses: true }],
    ['uploads cannot be put in place', ['data/media/*', 'rename', 'EIO'], { refuses: true }],
    ['the look-up file fails', ['data/lookup.db*', 'all', 'EIO'], {}],
    ['the key file fails', ['data/secret.key*', 'all', 'EIO'], {}],
    ['nothing has room', ['*', 'space', 'ENOSPC'], { refuses: true, says: /./ }],
    ['nothing can be written or synced', ['*', 'write,sync', 'EIO'], { refuses: true, says: /./ }],
  ];
  for (const [name, rule, { refuses, says, every }] of cases) {
    test(name, async (t) => {
      let health = '';
      const watch = async (on) => {
        while (on()) {
          if (every) for (let i = 0; i < every; i++) disk.fail(...rule, { times: 1, after: i * 7 });
          health ||= await healthOf(troupe);
          await pause(100);
        }
      };
      if (!every) disk.fail(...rule);
      const seen = await crowd.during(1_200, { work: watch, enough: ({ refused }) => (!refuses || refused > 0) && (!says || says.test(health)) });
      disk.heal();
      const took = await crowd.recovers(troupe);
      t.diagnostic(`${seen.sent} written, ${seen.refused} refused, ${seen.reads} reads up to ${seen.slowestRead} ms, back after ${took} ms; health: ${health}`);
      assert.deepEqual(seen.wrong.slice(0, 5), [], 'only 503 with Retry-After, and reads go on');
      if (refuses) assert.ok(seen.refused > 0, 'the fault was met');
      if (says) assert.match(health, says, '/health says what is wrong');
    });
  }

  test('checkpoints fail: sends go on, and /health says so', async (t) => {
    disk.fail('data/troupe.db', 'write', 'EIO');
    let health = '';
    // Checkpoints begin when the log has grown by 16 MiB.
    for (const end = Date.now() + 240_000; !/checkpoint/.test(health);) {
      assert.ok(Date.now() < end, `four minutes of failing checkpoints, and health says '${health}'`);
      const seen = await crowd.during(1_000, { bytes: 55_000, uploads: false });
      assert.deepEqual(seen.wrong.slice(0, 5), []);
      health = await healthOf(troupe);
    }
    disk.heal();
    const took = await crowd.recovers(troupe);
    t.diagnostic(`back after ${took} ms; health: ${health}`);
  });

  test('each sync takes three seconds: everything is slow, nothing fails, reads do not wait', async (t) => {
    let health = '';
    const slow = /slow|took|longer/i;
    // A log that grew in what came before may be told first.
    const watch = async (on) => {
      while (on()) {
        if (!slow.test(health)) health = await healthOf(troupe);
        await pause(200);
      }
    };
    // A read that waits for syncs does so each time; one that a busy machine held up once does not.
    let seen, took;
    for (let tries = 0; tries < 3 && !(seen?.slowestRead < 2_500); tries++) {
      disk.slow('*', 'sync', 3_000);
      const more = [1, 2, 3, 4].map(() => pause(100).then(() => crowd.upload(30_000)).catch((error) => error));
      seen = await crowd.during(8_000, { work: watch, enough: ({ sent }) => sent > 0 && slow.test(health) });
      disk.heal();
      took = await crowd.recovers(troupe);
      await Promise.all(more);
    }
    t.diagnostic(`${seen.sent} written, ${seen.refused} refused, ${seen.reads} reads up to ${seen.slowestRead} ms, back after ${took} ms; health: ${health}`);
    assert.deepEqual(seen.wrong.slice(0, 5), []);
    assert.ok(seen.sent > 0);
    assert.ok(seen.slowestRead < 2_500, `a read took ${seen.slowestRead} ms`);
    assert.match(health, slow);
  });

  test('everything that was acknowledged in all of this is there, once, after kill -9', () => crowd.settle(troupe));
});

describe('the first start', () => {
  const password = { TROUPE_ADMIN_PASSWORD: adminPassword };
  /** A start with the fault in place; then, with the fault gone, the server takes requests and people. */
  async function firstStart(disk) {
    let troupe, said = 'started';
    try {
      troupe = await startOn(disk, password);
    } catch (error) {
      assert.ok(error.fatal, `it neither starts nor ends: ${error.message.slice(0, 400)}`);
      assert.match(error.message, /"code":[1-9]/, 'it ends with a status and a sentence, not by a signal');
      said = /troupe: (?!WARNING|note)([^\n]*)/.exec(error.message)?.[1] ?? 'nothing';
    }
    disk.heal();
    if (!troupe) troupe = await startOn(disk, password);
    try {
      const known = new Acknowledged(troupe);
      await known.openModel();
      try {
        const anna = await until(() => known.user('anna'), 'an account', 90_000);
        const room = await known.createRoom(anna, {});
        await known.send(anna, room);
        await known.upload(anna, 1_000);
        await known.bot(anna, 'clerk');
        await troupe.restart();
        const { lost, doubled } = await known.check();
        assert.deepEqual([lost, doubled], [[], []]);
      } finally {
        await known.close();
      }
    } finally {
      await troupe.stop();
      await rm(disk.root, { recursive: true, force: true });
    }
    return said;
  }

  for (const [pattern, operations, error] of [['*', 'space', 'ENOSPC'], ['data/secret.key*', 'write', 'ENOSPC'], ['data/secret.key*', 'sync,rename', 'EIO'],
    ['data/instance*', 'space', 'ENOSPC'], ['data/troupe.lock', 'write', 'ENOSPC'], ['data/troupe.db', 'write', 'ENOSPC'], ['data/troupe.db-wal', 'space', 'ENOSPC'],
    ['data/troupe.db-wal', 'sync', 'EIO'], ['data/troupe.db-shm', 'space', 'ENOSPC'], ['data/lookup.db*', 'space', 'ENOSPC'], ['data/media*', 'space', 'ENOSPC'],
    ['data/run*', 'space', 'ENOSPC'], ['data/tasks*', 'space', 'ENOSPC']]) {
    test(`${operations} of ${pattern} fails with ${error}: afterwards it starts`, async (t) => {
      const disk = makeDisk();
      disk.fail(pattern, operations, error);
      t.diagnostic(await firstStart(disk));
    });
  }

  const rounds = Number(process.env.TROUPE_FULL_STARTS ?? 8);
  test(`the disk is full after any number of writes, ${rounds} times (seed ${seed})`, async (t) => {
    const chance = new Chance(seed);
    for (let round = 0; round < rounds; round++) {
      const disk = makeDisk();
      const after = Math.floor(2 ** chance.between(0, 10)); // a first start makes some hundreds
      disk.fail('*', 'space', 'ENOSPC', { after });
      t.diagnostic(`after ${after}: ${await firstStart(disk)}`);
    }
  });
});

/** A small disk of its own: tmpfs, or ext4 in a file. Yields undefined where that is not allowed. */
function smallDisk(kind, megabytes) {
  const at = join(folder, `small-${kind}`);
  mkdirSync(at);
  try {
    if (kind === 'tmpfs') execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m`, 'troupe-test', at], { stdio: 'ignore' });
    else {
      const image = `${at}.img`;
      writeFileSync(image, '');
      truncateSync(image, megabytes << 20);
      execFileSync('mkfs.ext4', ['-q', '-m', '0', image], { stdio: 'ignore' });
      execFileSync('mount', ['-o', 'loop', image, at], { stdio: 'ignore' });
    }
  } catch {
    return undefined;
  }
  return { at, free: () => execFileSync('umount', ['-l', at]) };
}

for (const kind of ['tmpfs', 'ext4']) {
  test(`a disk of 48 MiB (${kind}) runs full and has room again`, async (t) => {
    const small = process.getuid() === 0 && smallDisk(kind, 48);
    if (!small) return t.skip('needs root and the right to mount');
    let troupe, crowd;
    try {
      troupe = await Troupe.start({ data: join(small.at, 'data'), cwd: folder, env });
      crowd = await Crowd.make(troupe);
      const ballast = join(small.at, 'ballast');
      const fill = () => {
        try {
          for (let size = 1 << 20; size >= 4_096; size /= 2) {
            try { for (;;) writeFileSync(ballast, Buffer.alloc(size, 1), { flag: 'a' }); } catch { /* no room for so much */ }
          }
        } catch { /* full */ }
      };
      fill();
      let health = '';
      const watch = async (on) => {
        while (on()) {
          fill();
          health ||= await healthOf(troupe);
          await pause(50);
        }
      };
      const seen = await crowd.during(4_000, { work: watch, enough: ({ refused }) => refused > 0 && /full|space|room/i.test(health) });
      unlinkSync(ballast);
      const took = await crowd.recovers(troupe);
      t.diagnostic(`${seen.sent} written, ${seen.refused} refused, ${seen.reads} reads up to ${seen.slowestRead} ms, back after ${took} ms; health: ${health}`);
      assert.deepEqual(seen.wrong.slice(0, 5), []);
      assert.ok(seen.refused > 0, 'the disk was full');
      assert.match(health, /full|space|room/i);
      await crowd.settle(troupe);

      // And a first start on a disk without any room.
      await troupe.stop();
      await rm(join(small.at, 'data'), { recursive: true });
      fill();
      const second = await Troupe.start({ data: join(small.at, 'data'), cwd: folder, env }).catch((error) => error);
      if (second instanceof Troupe) await second.kill();
      else assert.ok(second.fatal, second.message);
      unlinkSync(ballast);
      troupe = await Troupe.start({ data: join(small.at, 'data'), cwd: folder, env });
      await troupe.user('carla');
    } finally {
      await crowd?.known.close();
      await troupe?.stop();
      small.free();
    }
  });
}

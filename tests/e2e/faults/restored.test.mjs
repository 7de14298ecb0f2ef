// An older database beside newer files of the data folder: a backup of the database was put back, and nothing else. The
// look-up file then belongs to a time that never was: no event may be lost by its id, no transaction made twice, also when
// the process is killed right after it acknowledged.
import assert from 'node:assert/strict';
import { cpSync, existsSync, readdirSync, rmSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { Acknowledged } from '../lib/acknowledged.mjs';
import { missingServices, Postgres, postgresPrograms } from '../lib/services.mjs';
import { MatrixUser, Troupe, until } from '../lib/troupe.mjs';
import { execFileSync } from 'node:child_process';

const env = { TROUPE_PRESENCE: 'off' };
const files = (data) => readdirSync(data).filter((name) => name.startsWith('troupe.db'));

/** SQLite: the files of the database. */
const sqlite = {
  env: async () => ({}),
  save(troupe, to) { for (const name of files(troupe.data)) cpSync(join(troupe.data, name), join(to, name)); },
  restore(troupe, from) {
    for (const name of files(troupe.data)) rmSync(join(troupe.data, name));
    for (const name of files(from)) cpSync(join(from, name), join(troupe.data, name));
  },
  stop: async () => {},
};

/** PostgreSQL: a dump, put back into an empty database. */
async function postgresSide() {
  const server = await Postgres.start();
  const programs = await postgresPrograms();
  const to = ['-h', '127.0.0.1', '-p', String(server.port), '-U', 'troupe'];
  return {
    env: async () => ({ DATABASE_URL: server.url }),
    save(_, folder) { execFileSync(join(programs, 'pg_dump'), [...to, '-Fc', '-f', join(folder, 'dump'), 'troupe']); },
    async restore(_, folder) {
      await server.sql('DROP DATABASE troupe WITH (FORCE)', 'postgres');
      await server.sql('CREATE DATABASE troupe', 'postgres');
      execFileSync(join(programs, 'pg_restore'), [...to, '-d', 'troupe', join(folder, 'dump')]);
    },
    stop: () => server.stop(),
  };
}

/** Sends with several clients at once; yields when so many are acknowledged. */
async function sendMany(known, people, room, count) {
  let left = count;
  await Promise.all(people.map(async (user) => { while (left-- > 0) await known.send(user, room); }));
}

async function round(side, t, { lost: lostEvents }) {
  const backup = await mkdtemp(join(tmpdir(), 'troupe-backup-'));
  const troupe = await Troupe.start({ env: { ...env, ...(await side.env()) } });
  const known = new Acknowledged(troupe);
  await known.openModel();
  try {
    const people = [];
    for (const name of ['anna', 'ben', 'carla']) people.push(await known.user(name));
    const room = await known.createRoom(people[0], { preset: 'public_chat' });
    for (const user of people.slice(1)) await known.join(user, room);
    await known.bot(people[0], 'clerk');
    await sendMany(known, people, room, 200);

    await troupe.terminate();
    await side.save(troupe, backup);
    await troupe.launch();
    // What is written now never was, once the backup is back.
    const gone = new Acknowledged(troupe);
    gone.number = 1_000_000;
    await sendMany(gone, people, room, lostEvents);
    const late = (await people[1].sync()).next_batch;
    await troupe.kill();
    assert.ok(existsSync(join(troupe.data, 'lookup.db')));
    await side.restore(troupe, backup);
    await troupe.launch();

    for (let i = 0; i < 4; i++) {
      await sendMany(known, people, room, 75);
      await troupe.kill(); // nothing had time to go into the look-up file
      await troupe.launch();
      const last = known.list.filter((one) => one.kind === 'event' && one.room === room).slice(-75);
      for (const { user, txn, body, event } of last) {
        assert.equal(await user.send(room, body, txn), event, `${txn} repeated`);
        assert.equal((await user.raw('GET', `/_matrix/client/v3/rooms/${encodeURIComponent(room)}/event/${encodeURIComponent(event)}`)).status, 200, `${txn} by its id`);
      }
    }
    const { lost, doubled } = await known.check();
    assert.deepEqual([lost.slice(0, 5), doubled.slice(0, 5)], [[], []]);

    // What was sent in the time that never was is new when it is sent again.
    const again = gone.list.filter((one) => one.kind === 'event').slice(0, 30);
    const before = new Set((await people[0].history(room)).map((e) => e.event_id));
    for (const { user, txn, body } of again) {
      const id = await user.send(room, body, txn);
      assert.ok(!before.has(id), 'an event of its own');
      assert.equal((await user.request('GET', `/_matrix/client/v3/rooms/${encodeURIComponent(room)}/event/${encodeURIComponent(id)}`)).content.body, body);
    }
    // A client that has a token of the time that never was goes on, and sees what is said from now on.
    const ben = Object.assign(new MatrixUser(), people[1]);
    let since = (await ben.sync({ since: late, timeout: 0 })).next_batch;
    const news = await known.send(people[0], room);
    await until(async () => {
      const answer = await ben.sync({ since, timeout: 1_000 });
      since = answer.next_batch;
      return answer.rooms?.join?.[room]?.timeline.events.some((e) => e.event_id === news);
    }, 'the client to hear of a new message', 90_000);
    t.diagnostic(`${known.list.length} acknowledged, ${lostEvents} in the time that never was`);
  } finally {
    await known.close();
    await troupe.stop();
    await rm(backup, { recursive: true, force: true });
  }
}

// The look-up file must know which database it was made from.
for (const lost of [50, 600]) {
  test(`an older SQLite file beside the look-up file of ${lost} events later`, (t) => round(sqlite, t, { lost }));
}

test('an older dump of PostgreSQL beside a newer look-up file', { skip: await missingServices() }, async (t) => {
  const side = await postgresSide();
  try {
    await round(side, t, { lost: 600 });
  } finally {
    await side.stop();
  }
});

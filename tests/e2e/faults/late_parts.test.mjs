// A full, failing or slow disk and kill -9 under what came around rooms and messages: delayed events, pushers, dehydrated
// devices. What is refused says so, what was acknowledged is there, and everything heals.
import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { Disk } from '../lib/disk.mjs';
import { Troupe, until } from '../lib/troupe.mjs';

const v3 = '/_matrix/client/v3';
const delayed = '/_matrix/client/unstable/org.matrix.msc4140/delayed_events';
const dehydrated = '/_matrix/client/unstable/org.matrix.msc3814.v1/dehydrated_device';

describe('a disk that fails under the later parts', () => {
  let folder, disk, troupe, anna, room;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'troupe-late-'));
    mkdirSync(join(folder, 'disk'));
    disk = new Disk({ root: join(folder, 'disk'), beside: join(folder, 'beside') });
    troupe = await Troupe.start({ data: join(folder, 'disk/data'), cwd: folder, env: disk.env });
    anna = await troupe.user('anna');
    room = await anna.createRoom();
  });
  after(async () => {
    await troupe?.stop();
    await rm(folder, { recursive: true, force: true });
  });

  let number = 0;
  const path = () => `${v3}/rooms/${encodeURIComponent(room)}`;
  /** Each: how it is asked for under a name, and whether it is there. */
  const parts = {
    'a delayed event': {
      ask: (name) => anna.raw('PUT', `${path()}/send/m.room.message/${name}?org.matrix.msc4140.delay=3600000`, { msgtype: 'm.text', body: name }),
      there: async (name) => (await anna.request('GET', delayed)).scheduled.some((one) => one.content.body === name),
    },
    'a pusher': {
      ask: (name) => anna.raw('POST', `${v3}/pushers/set`, { kind: 'http', app_id: 'app', pushkey: name, app_display_name: 'App', device_display_name: 'Phone',
        lang: 'en', append: true, data: { url: 'https://push.example.org/_matrix/push/v1/notify' } }),
      there: async (name) => (await anna.request('GET', `${v3}/pushers`)).pushers.some((one) => one.pushkey === name),
    },
    'a dehydrated device': {
      ask: (name) => anna.raw('PUT', dehydrated, { device_id: name, initial_device_display_name: name, device_data: { algorithm: 'm.dehydration.v2', name },
        device_keys: { user_id: anna.id, device_id: name, algorithms: ['m.olm.v1.curve25519-aes-sha2'],
          keys: { [`ed25519:${name}`]: 'A'.repeat(43), [`curve25519:${name}`]: 'B'.repeat(43) }, signatures: { [anna.id]: { [`ed25519:${name}`]: 'C'.repeat(86) } } } }),
      there: async (name) => (await anna.raw('GET', dehydrated)).body.device_id === name,
    },
  };
  for (const [what, { ask, there }] of Object.entries(parts)) {
    for (const [fault, rule] of [['no room', ['data/troupe.db-wal', 'space', 'ENOSPC']], ['no sync', ['data/troupe.db-wal', 'sync', 'EIO']]]) {
      test(`${what}, ${fault}: refused and not promised, then it heals`, async () => {
        const before = `N${++number}`;
        assert.equal((await ask(before)).status, 200);
        disk.fail(...rule);
        const refused = await ask(`N${++number}`);
        disk.heal();
        assert.equal(refused.status, 503, JSON.stringify(refused.body));
        assert.ok(refused.headers.get('retry-after'));
        assert.ok(await there(before), 'what was there stays');
        const again = `N${++number}`;
        await until(async () => (await ask(again)).status === 200, 'the next to be taken', 60_000);
        assert.ok(await there(again));
      });
    }

    test(`${what}: slow syncs hold it up and lose nothing, kill -9 behind the answer neither`, async () => {
      disk.slow('data/troupe.db-wal', 'sync', 700);
      const name = `N${++number}`;
      const { status } = await ask(name);
      disk.heal();
      assert.equal(status, 200);
      await troupe.restart();
      assert.ok(await there(name));
    });
  }
});

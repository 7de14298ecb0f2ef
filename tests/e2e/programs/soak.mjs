// A long run under a day's traffic in short: people who write, redact, read, type, send to devices, come and go with devices,
// upload, talk to a bot, import accounts and begin anew. For the server time passes faster (tests/tools/disk_shim.cc), so
// that what happens each hour and each day happens. Prints a table; ends with 1 unless memory (but for pages of the data that
// are mapped), open files, threads and the rows of what is not kept for good are flat in the second half.
//
// Usage: node programs/soak.mjs [minutes] (60); TROUPE_SOAK_SPEED: how many times faster time passes (48: an hour is two days)
import { mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Chance, pause, seed } from '../lib/chaos.mjs';
import { Disk } from '../lib/disk.mjs';
import { MatrixUser, Troupe, until } from '../lib/troupe.mjs';

process.removeAllListeners('warning');
process.on('warning', (warning) => { if (warning.name !== 'ExperimentalWarning') console.warn(warning); });
const { DatabaseSync } = await import('node:sqlite');

const minutes = Number(process.argv[2] ?? 60);
const speed = Number(process.env.TROUPE_SOAK_SPEED ?? 48);
const samples = 40;
const chance = new Chance(seed);

/** What people said is kept for good, and so is what it is found by; what bots did, for a month. These tables grow with the traffic. */
const kept = /^(fleet_turn|fleet_usage|hs_event|hs_timeline|hs_relation|hs_state|hs_membership|hs_media|hs_thumbnail|hs_signature|hs_notify|hs_room|hs_search\w*)$/;
/** SQLite's page caches fill with the database (64 MiB of the writer, 8 of each reader): before that memory tells nothing. */
const cachesMb = 100;
/** Pages of the database and the look-up file that are mapped: the kernel's cache of what is kept for good, bounded by mmap_size. */
function mappedData(pid, data) {
  let ours = false, kb = 0;
  for (const line of readFileSync(`/proc/${pid}/smaps`, 'utf8').split('\n')) {
    if (/^[0-9a-f]+-/.test(line)) ours = line.includes(` ${data}/`);
    else if (ours && line.startsWith('Rss:')) kb += Number(/\d+/.exec(line)[0]);
  }
  return kb / 1024;
}

/** How much the last quarter may lie above the one before, and by how much at least. */
const bounds = { rss: [1.06, 6], anon: [1.06, 6], files: [1, 12], threads: [1, 2], rows: [1.15, 300] };

const folder = await mkdtemp(join(tmpdir(), 'troupe-soak-'));
mkdirSync(join(folder, 'disk'));
const disk = new Disk({ root: join(folder, 'disk'), beside: join(folder, 'beside') });
const troupe = await Troupe.start({ data: join(folder, 'disk/data'), cwd: folder, env: { ...disk.env, DISK_SHIM_SPEED: String(speed),
  TROUPE_PRESENCE: 'off', TROUPE_KEEP_TO_DEVICE_DAYS: '1', TROUPE_KEEP_ORPHANED_MEDIA_HOURS: '1',
  TROUPE_KEEP_AUDIT_DAYS: '1', TROUPE_KEEP_ENDED_KEYS_DAYS: '1', TROUPE_KEEP_ANSWERED_FROM_DAYS: '1' } });

const counts = {};
let running = true;
const problems = new Map();
/** Again and again, with a pause between; what is refused is counted. */
async function again(name, everyMs, work) {
  counts[name] = 0;
  for (let n = 0; running; n++) {
    const began = Date.now();
    try {
      await work(n);
      counts[name]++;
    } catch (error) {
      if (!running) return;
      const what = `${name}: ${error.status ?? ''} ${error.message.slice(0, 160)}`;
      problems.set(what.replace(/[!$@][\w:.-]+|\d+/g, '…'), (problems.get(what.replace(/[!$@][\w:.-]+|\d+/g, '…')) ?? 0) + 1);
      await pause(200);
    }
    await pause(Math.max(1, everyMs * chance.between(0.5, 1.5) - (Date.now() - began)));
  }
}
const path = (room) => `/_matrix/client/v3/rooms/${encodeURIComponent(room)}`;

function du(at) {
  let bytes = 0, files = 0;
  for (const entry of readdirSync(at, { withFileTypes: true })) {
    const whole = join(at, entry.name);
    try {
      if (entry.isDirectory()) {
        const inner = du(whole);
        bytes += inner.bytes;
        files += inner.files;
      } else if (entry.isFile()) {
        bytes += statSync(whole).blocks * 512;
        files++;
      }
    } catch { /* gone meanwhile */ }
  }
  return { bytes, files };
}

let tables;
function sample(began) {
  const status = readFileSync(`/proc/${troupe.process.pid}/status`, 'utf8');
  const of = (name) => Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(status)?.[1] ?? 0);
  const database = new DatabaseSync(join(troupe.data, 'troupe.db'), { readOnly: true });
  tables ??= database.prepare("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%' ORDER BY name").all().map((row) => row.name);
  const rows = Object.fromEntries(tables.map((name) => [name, database.prepare(`SELECT count(*) AS n FROM "${name}"`).get().n]));
  database.close();
  const size = (name) => { try { return statSync(join(troupe.data, name)).size / 1e6; } catch { return 0; } };
  const media = du(join(troupe.data, 'media'));
  const mapped = mappedData(troupe.process.pid, troupe.data);
  return { minute: (Date.now() - began) / 60_000, rss: of('VmRSS') / 1024 - mapped, mapped, anon: of('RssAnon') / 1024, files: readdirSync(`/proc/${troupe.process.pid}/fd`).length,
    threads: of('Threads'), rows, disk: du(troupe.data).bytes / 1e6, db: size('troupe.db'), wal: size('troupe.db-wal'), lookup: size('lookup.db'),
    media: media.bytes / 1e6, blobs: media.files, sent: counts.send ?? 0 };
}
const show = (numbers) => numbers.map((n, i) => String(typeof n === 'number' ? (Number.isInteger(n) ? n : n.toFixed(1)) : n).padStart(i ? 9 : 7)).join('');
const sumOf = (rows, which) => Object.entries(rows).filter(([name]) => which(name)).reduce((sum, [, n]) => sum + n, 0);
const median = (list) => list.slice().sort((x, y) => x - y)[Math.floor(list.length / 2)];

let failed = false;
try {
  const people = [];
  for (let i = 0; i < 6; i++) people.push(await troupe.user(`person${i}`));
  const room = await people[0].createRoom({ preset: 'public_chat' });
  for (const user of people.slice(1)) await user.join(room);
  const made = await troupe.api('POST', '/api/v1/bots', { bot_id: 'echo', brain: { kind: 'echo', config: { limits: { room_per_minute: 100_000, bot_per_minute: 100_000 } } } });
  const bot = made.body.bot.user_id;
  await troupe.api('POST', '/api/v1/bots/echo/start');
  const talk = await people[0].createRoom({ preset: 'private_chat', invite: [bot] });
  await until(async () => (await people[0].request('GET', `${path(talk)}/joined_members`)).joined[bot], 'the bot to join', 60_000);
  const recent = [];

  const work = [
    again('send', 25, async () => {
      const user = chance.pick(people);
      recent.push({ user, event: await user.send(room, 'x'.repeat(Math.floor(chance.between(10, 800)))) });
      if (recent.length > 50) recent.shift();
    }),
    ...people.map((user) => again('sync', 100, async () => {
      user.since = (await user.sync({ ...(user.since ? { since: user.since } : {}), timeout: 5_000 })).next_batch;
    })),
    again('redaction', 800, async (n) => {
      const one = recent.length && chance.pick(recent);
      if (one) await one.user.request('PUT', `${path(room)}/redact/${encodeURIComponent(one.event)}/r${n}`, {});
    }),
    again('receipt', 120, async () => {
      if (recent.length) await chance.pick(people).request('POST', `${path(room)}/receipt/m.read/${encodeURIComponent(recent.at(-1).event)}`, {});
    }),
    again('typing', 500, async () => {
      const user = chance.pick(people);
      await user.request('PUT', `${path(room)}/typing/${encodeURIComponent(user.id)}`, { typing: true, timeout: 3_000 });
    }),
    again('to-device', 200, async (n) => {
      const [from, to] = [chance.pick(people), chance.pick(people)];
      await from.request('PUT', `/_matrix/client/v3/sendToDevice/org.example.note/n${n}`, { messages: { [to.id]: { '*': { n } } } });
    }),
    again('account data', 1_000, async (n) => {
      const user = chance.pick(people);
      await user.request('PUT', `/_matrix/client/v3/user/${encodeURIComponent(user.id)}/account_data/org.example.n${n % 5}`, { n });
    }),
    // A device that comes, syncs everything, and goes; of the first hundred one in five is never seen again instead. (More would
    // only grow: the fewest days after which an unused device may be deleted are longer than the whole run.)
    again('device', 1_500, async (n) => {
      const who = Math.floor(chance.next() * people.length);
      const device = await MatrixUser.login(troupe.matrix, `person${who}`, `password-of-person${who}`);
      const key = { user_id: device.id, device_id: device.device, algorithms: [], keys: { [`ed25519:${device.device}`]: 'A'.repeat(43) } };
      await device.request('POST', '/_matrix/client/v3/keys/upload', { device_keys: key,
        one_time_keys: { [`signed_curve25519:${n}`]: { key: 'B'.repeat(43) } } }).catch(() => {});
      await device.sync({ filter: { room: { timeline: { limit: 20 } } } });
      if (n >= 100 || n % 5 !== 4) await device.request('POST', '/_matrix/client/v3/logout', {});
    }),
    // Media that nobody's message names, and reservations that nothing is uploaded to.
    again('upload', 1_000, async () => {
      const data = new Uint8Array(Math.floor(chance.between(500, 20_000))).map(() => Math.random() * 256);
      const answer = await chance.pick(people).raw('POST', '/_matrix/media/v3/upload', data, { 'content-type': 'application/octet-stream' });
      if (answer.status !== 200) throw Object.assign(new Error('upload'), answer);
    }),
    again('reservation', 3_000, async () => { await chance.pick(people).request('POST', '/_matrix/media/v1/create', {}); }),
    again('bot', 700, async (n) => { await people[0].send(talk, `question ${n}`); }),
    again('import', 20_000, async () => {
      const answer = await fetch(`${troupe.platform}/api/v1/users/import?join=${encodeURIComponent(room)}`, { method: 'POST',
        headers: { 'X-API-Key': 'an-api-token-for-tests', 'content-type': 'text/csv' },
        body: `username,password\n${Array.from({ length: 20 }, (_, i) => `imported${i},`).join('\n')}\n` });
      if (!answer.ok && answer.status !== 409) throw new Error(`import: ${answer.status} ${await answer.text()}`);
    }),
    again('console', 2_000, async () => {
      for (const what of ['overview', 'bots', 'users', 'rooms']) await troupe.api('GET', `/api/v1/${what}`);
    }),
    again('room', 15_000, async () => {
      const [owner, guest] = [chance.pick(people), people[5]];
      const id = await owner.createRoom({ preset: 'public_chat' });
      if (guest !== owner) await guest.join(id);
      await owner.send(id, 'hello');
      for (const user of new Set([owner, guest])) {
        await user.request('POST', `${path(id)}/leave`, {});
        await user.request('POST', `${path(id)}/forget`, {});
      }
    }),
  ];

  console.log(`soak of ${minutes} minutes, ${speed} times as fast, seed ${seed}`);
  const head = ['minute', 'own MiB', 'anon MiB', 'mapped', 'files', 'threads', 'rows', 'kept rows', 'disk MB', 'db MB', 'log MB', 'lookup', 'blobs', 'sent'];
  console.log(show(head));
  const began = Date.now();
  const all = [];
  for (let i = 1; i <= samples; i++) {
    await pause(Math.max(0, began + (i * minutes * 60_000) / samples - Date.now()));
    if (troupe.process.exitCode !== null || troupe.process.signalCode !== null) throw new Error(`the server has ended\n${troupe.output.slice(-3_000)}`);
    const now = sample(began);
    all.push(now);
    if (i % Math.ceil(samples / 20) === 0) {
      console.log(show([now.minute, now.rss, now.anon, now.mapped, now.files, now.threads, sumOf(now.rows, (n) => !kept.test(n)), sumOf(now.rows, (n) => kept.test(n)),
        now.disk, now.db, now.wal, now.lookup, now.blobs, now.sent]));
    }
  }
  running = false;
  await Promise.all(work);

  const quarter = (k) => all.slice(Math.floor((all.length * k) / 4), Math.floor((all.length * (k + 1)) / 4));
  const [third, last] = [quarter(2), quarter(3)];
  console.log(`\n${'rows of'.padEnd(26)}${'3rd quarter'.padStart(12)}${'4th'.padStart(9)}`);
  const compare = (name, pick, [factor, least], shown = true) => {
    const [before, after] = [median(third.map(pick)), median(last.map(pick))];
    const flat = after <= Math.max(before * factor, before + least);
    if (shown || !flat) console.log(`${name.padEnd(26)}${before.toFixed(1).padStart(12)}${after.toFixed(1).padStart(9)}${flat ? '' : '   GROWS'}`);
    failed ||= !flat;
  };
  for (const name of tables) {
    if (last.at(-1).rows[name] < 20 && !kept.test(name)) continue;
    if (kept.test(name)) console.log(`${name.padEnd(26)}${String(median(third.map((s) => s.rows[name]))).padStart(12)}${String(median(last.map((s) => s.rows[name]))).padStart(9)}   kept`);
    else compare(name, (s) => s.rows[name], bounds.rows);
  }
  for (const [name, what] of [['open files', 'files'], ['threads', 'threads']]) compare(name, (s) => s[what], bounds[what]);
  if (third[0].db + third[0].wal > cachesMb) for (const [name, what] of [['own MiB', 'rss'], ['anonymous MiB', 'anon']]) compare(name, (s) => s[what], bounds[what]);
  else console.log(`memory is not judged: the database was smaller than its caches (${cachesMb} MB); run longer`);
  console.log(`done: ${JSON.stringify(counts)}`);
  for (const [what, times] of problems) console.log(`refused ${times} times: ${what}`);
  const worked = Object.values(counts).reduce((sum, n) => sum + n, 0), refused = [...problems.values()].reduce((sum, n) => sum + n, 0);
  if (refused > worked / 100) failed = true;
  console.log(failed ? 'not flat' : 'flat');
} finally {
  running = false;
  await troupe.stop();
  await rm(folder, { recursive: true, force: true });
}
process.exit(failed ? 1 : 0);

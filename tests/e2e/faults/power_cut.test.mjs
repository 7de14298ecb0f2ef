// Power cuts: the server runs with a journal of everything that it does to its disk (tests/tools/disk_shim.cc), and the
// folder is built as a cut at chosen positions of that journal leaves it: strictly (what was not synced is gone, names
// that their folder's sync did not cover too) and at random (some of it kept, torn into sectors or pages). The server
// starts on it, and everything that it had acknowledged by then is there, once.
//
// Positions are chosen, not moments: as many cuts as one likes within what a new folder's first second writes. A failing
// run shows its seed; TROUPE_SEED replays its choices (not the traffic). TROUPE_POWER_CUTS: how many.
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { Acknowledged } from '../lib/acknowledged.mjs';
import { Chance, pause, seed } from '../lib/chaos.mjs';
import { choose } from '../lib/disk.mjs';
import { afterCuts, ends, recordedServer } from '../lib/power_cuts.mjs';

const cuts = Number(process.env.TROUPE_POWER_CUTS ?? 50);
const early = Math.round(cuts * 0.4);
const env = { TROUPE_PRESENCE: 'off', TROUPE_ALLOWED_PRIVATE_ADDRESSES: '127.0.0.0/8' };

const folder = await mkdtemp(join(tmpdir(), 'troupe-power-'));
after(() => rm(folder, { recursive: true, force: true }));

/** A recorded server, and what it acknowledges. */
async function record(name) {
  const { disk, troupe } = await recordedServer({ folder, name, env });
  const known = new Acknowledged(troupe, () => disk.position());
  await known.openModel();
  return { disk, troupe, known, ready: disk.position() };
}

/** One of everything that a server keeps. */
async function people(known) {
  const [anna, ben] = [await known.user('anna'), await known.user('ben')];
  const room = await known.createRoom(anna, { preset: 'public_chat' });
  await known.join(ben, room);
  await known.bot(anna, 'clerk');
  const first = await known.send(anna, room);
  await known.upload(anna, 3_000);
  await known.toDevice(anna, ben);
  await known.receipt(ben, room, first);
  await known.accountData(ben);
  return { anna, ben, room };
}

/** A client that sends on and on, thirty messages at least; how many bytes, and what else, is chance. */
async function traffic(known, { anna, ben, room }, chance, until) {
  for (let n = 0; n < 30 || Date.now() < until; n++) {
    const sender = n % 2 ? anna : ben;
    const event = await known.send(sender, room, chance.pick([20, 200, 45_000]));
    await pause(4);
    if (n % 10 === 3) await known.upload(sender, chance.pick([500, 40_000]));
    if (n % 7 === 2) await known.toDevice(ben, anna);
    if (n % 5 === 1) await known.receipt(anna, room, event);
    if (n % 6 === 4) await known.accountData(ben);
    if (n % 40 === 20) await known.login('anna', 'password-of-anna');
  }
}

const checkAfter = ({ disk, known }, positions, chance, { ignored, name, checks = {} } = {}) => afterCuts({ disk, folder, env,
  name, positions, chance, ignored, check: (troupe, at) => known.check({ upTo: at, troupe, ...checks }) });
const first = (list) => list.slice(0, 10).join('\n');

test(`${cuts} power cuts, ${early} in the first minute of a new data folder (seed ${seed})`, async (t) => {
  const chance = new Chance(seed);
  const wrong = { lost: [], doubled: [], refused: [] };
  const add = (more) => { for (const kind of Object.keys(wrong)) wrong[kind].push(...more[kind]); };

  const fresh = await record('fresh');
  const there = await people(fresh.known);
  await traffic(fresh.known, there, chance, Date.now() + 1_500);
  await fresh.troupe.kill();
  const all = ends(fresh.disk);
  // Half of them before it was ready for the first time.
  const positions = [...choose(chance, all.filter((at) => at <= fresh.ready), early / 2), ...choose(chance, all.filter((at) => at > fresh.ready), early - early / 2)];
  add(await checkAfter(fresh, positions, chance, { name: 'early' }));
  await fresh.known.close();
  const counted = fresh.known.list.length;

  const busy = await record('busy');
  const them = await people(busy.known);
  for (const end of ['SIGKILL', 'SIGTERM', 'SIGKILL']) {
    await Promise.all(Array.from({ length: 4 }, () => traffic(busy.known, them, chance, Date.now() + 1_500)));
    busy.troupe.process.kill(end);
    await busy.troupe.exited;
    if (busy.troupe.process.signalCode === 'SIGKILL' && end === 'SIGTERM') throw new Error('it did not stop');
    await busy.troupe.launch();
  }
  await busy.troupe.kill();
  add(await checkAfter(busy, choose(chance, ends(busy.disk), cuts - early), chance, { name: 'busy' }));
  await busy.known.close();
  t.diagnostic(`journals of ${Math.round(fresh.disk.position() / 1e6)} and ${Math.round(busy.disk.position() / 1e6)} MB, ${counted} and ${busy.known.list.length} acknowledged`);
  const line = `${cuts} power cuts, ${early} in the first minute of a new data folder: ${wrong.lost.length} acknowledged lost, ${wrong.doubled.length} doubled, ${wrong.refused.length} starts refused`;
  t.diagnostic(line);
  assert.equal(wrong.lost.length + wrong.doubled.length + wrong.refused.length, 0,
    `${line}\n${first(wrong.refused)}\n${first(wrong.lost)}\n${first(wrong.doubled)}`);
});

test('the control: where syncs of the log do not count, losses are found', async (t) => {
  const chance = new Chance(seed);
  const run = await record('control');
  const there = await people(run.known);
  await traffic(run.known, there, chance, Date.now() + 1_000);
  await run.troupe.kill();
  const positions = choose(chance, ends(run.disk).filter((at) => at > run.known.list.at(-20).at), 3);
  const wrong = await checkAfter(run, positions, chance, { name: 'control', ignored: /^troupe\.db-wal$/, checks: { bots: false } });
  await run.known.close();
  // Where nothing of the database reached the disk, the program sees it itself and does not start.
  t.diagnostic(`${wrong.lost.length} of what was acknowledged is lost in 3 cuts, and ${wrong.refused.length} starts are refused`);
  assert.ok(wrong.refused.length === positions.length || wrong.lost.length > 3, 'the recorder sees what a missing sync costs');
});

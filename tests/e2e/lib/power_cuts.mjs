// Servers that are recorded on a disk, and the servers that start on what a power cut at some position left of it.
import { mkdirSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Disk, PowerCut } from './disk.mjs';
import { Troupe } from './troupe.mjs';

/** A server on a folder that does not exist yet, in a watched one below `folder`. Yields {disk, troupe}. */
export async function recordedServer({ folder, name, env }) {
  const root = join(folder, name, 'disk');
  mkdirSync(root, { recursive: true });
  const disk = new Disk({ root, beside: join(folder, name, 'beside'), journal: true });
  const troupe = await Troupe.start({ data: join(root, 'data'), cwd: folder, env: { ...env, ...disk.env } });
  return { disk, troupe };
}

/**
 * Builds what each cut leaves, starts a server there, and counts what is wrong: every other cut strictly, the rest at
 * random. `check(troupe, at)` yields {lost, doubled}: sentences.
 */
export async function afterCuts({ disk, folder, env, name, positions, chance, ignored, check }) {
  const wrong = { lost: [], doubled: [], refused: [] };
  const cut = new PowerCut(disk, { ignored });
  for (const [i, at] of positions.entries()) {
    cut.advance(at);
    const left = join(folder, `${name}-${i}`);
    const strict = ignored || i % 2 === 0;
    const data = join(left, 'data');
    mkdirSync(data, { recursive: true }); // its own name may not have been durable
    cut.build(left, strict ? {} : { chance });
    disk.boot();
    const where = `cut ${i} at ${at}, ${strict ? 'strict' : 'random'}`;
    let troupe;
    try {
      troupe = await Troupe.start({ data, cwd: folder, env: { ...env, ...plain(disk) } });
    } catch (error) {
      wrong.refused.push(`${where}: ${error.message.slice(0, 1_000)}`);
      await rm(left, { recursive: true, force: true });
      continue;
    }
    try {
      const found = await check(troupe, at);
      for (const kind of ['lost', 'doubled']) wrong[kind].push(...found[kind].map((what) => `${where}: ${what}`));
    } finally {
      await troupe.kill();
      await rm(left, { recursive: true, force: true });
    }
  }
  return wrong;
}
/** The server after a cut writes no journal, but knows that the machine has started again. */
function plain(disk) {
  const { LD_PRELOAD, DISK_SHIM_BOOT_ID } = disk.env;
  return { LD_PRELOAD, DISK_SHIM_BOOT_ID };
}
/** Where each record of a journal ends: what positions are chosen from. */
export const ends = (disk) => [...PowerCut.records(disk.journal)].map((one) => one.end);

// A server whose wall clock a test moves on, for what would be waited for by the minute.
import { mkdirSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Disk } from './disk.mjs';
import { Troupe } from './troupe.mjs';

/** Yields {troupe, ahead(ms), stop}: `ahead` puts its clock so far before the machine's, also for its next starts. */
export async function clockedServer(env = {}) {
  const folder = await mkdtemp(join(tmpdir(), 'troupe-clocked-'));
  mkdirSync(join(folder, 'disk'));
  const disk = new Disk({ root: join(folder, 'disk'), beside: join(folder, 'beside') });
  const troupe = await Troupe.start({ data: join(folder, 'disk/data'), cwd: folder, env: { ...disk.env, ...env } });
  const stop = async () => {
    await troupe.stop();
    await rm(folder, { recursive: true, force: true });
  };
  return { troupe, ahead: (ms) => disk.clock(ms), stop };
}

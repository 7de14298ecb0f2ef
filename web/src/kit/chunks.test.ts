import { describe, expect, it } from 'vitest';
import { entryOf, isChunkError, patiently, type Place } from './chunks';

const away = new TypeError('Failed to fetch dynamically imported module: http://x/ui/assets/bots-1.js');

/** A browser whose server answers these entries one after the other. */
function place(entries: (string | null)[], own = '/ui/assets/index-a.js', kept: string[] = []) {
  const seen = { reloads: 0, pauses: 0, kept };
  const made: Place = {
    ownEntry: () => own,
    serverEntry: () => Promise.resolve(entries.length > 1 ? entries.shift()! : entries[0]!),
    kept: () => seen.kept,
    keep: (next) => {
      seen.kept = next;
    },
    reload: () => {
      seen.reloads++;
    },
    pause: () => {
      seen.pauses++;
      return Promise.resolve();
    },
  };
  return { made, seen };
}
/** Fails so often, then loads. */
const after =
  (failures: number, error: Error = away) =>
  () =>
    failures-- > 0 ? Promise.reject(error) : Promise.resolve('page');

describe('a part of the console that cannot be fetched', () => {
  it('is told from a mistake in it', async () => {
    expect(isChunkError(away)).toBe(true);
    expect(isChunkError(new TypeError('error loading dynamically imported module: x'))).toBe(true);
    expect(isChunkError(new TypeError('Importing a module script failed.'))).toBe(true);
    expect(isChunkError(new TypeError('x is not a function'))).toBe(false);
    const { made } = place(['/ui/assets/index-a.js']);
    await expect(patiently(after(1, new TypeError('x is not a function')), made)()).rejects.toThrow('not a function');
  });
  it('is tried until the server is back', async () => {
    const { made, seen } = place([null, null, null]);
    expect(await patiently(after(3), made)()).toBe('page');
    expect(seen).toMatchObject({ reloads: 0, pauses: 3 });
  });
  it('is a fresh start after an upgrade, once', () => {
    const { made, seen } = place(['/ui/assets/index-b.js']);
    void patiently(after(99), made)();
    return expect.poll(() => seen.reloads).toBe(1);
  });
  it('makes no loop, not even between two servers', async () => {
    const { made, seen } = place(['/ui/assets/index-b.js'], '/ui/assets/index-a.js', [
      '/ui/assets/index-b.js',
      '/ui/assets/index-a.js',
    ]);
    expect(await patiently(after(4), made)()).toBe('page');
    expect(seen.reloads).toBe(0);
  });
  it('that only this server lacks is tried again before the one fresh start', () => {
    const { made, seen } = place(['/ui/assets/index-a.js']);
    void patiently(after(99), made)();
    return expect.poll(() => [seen.pauses, seen.reloads]).toEqual([1, 1]);
  });
  it('knows the entry of a page', () => {
    expect(entryOf('<link rel="x"><script type="module" crossorigin src="/ui/assets/index-DxY.js"></script>')).toBe(
      '/ui/assets/index-DxY.js',
    );
    expect(entryOf('<html>')).toBe('');
  });
});

// Parts of the console that are loaded when they are first needed. One that cannot be fetched is no mistake of the page:
// the server restarts, was upgraded, or is out of reach. It is tried again until it comes.
import { useSyncExternalStore } from 'react';

/** `away`: the server does not answer. `missing`: it does, but has this part not. */
export type ChunkTrouble = 'away' | 'missing';

/** What browsers and Vite say of a part that could not be fetched; anything else is an error in the part itself. */
const notFetched = /dynamically imported module|importing a module script failed|unable to preload/i;
export const isChunkError = (error: unknown) => error instanceof Error && notFetched.test(error.message);

const reloadsKey = 'troupe reloads';
const firstPauseMs = 500;
const longestPauseMs = 10_000;

/** The part of the browser that is used, so that tests can bring their own. */
export interface Place {
  /** The console's entry as this page was begun with, and as the server has it now; null: it does not answer. */
  ownEntry(): string;
  serverEntry(): Promise<string | null>;
  kept(): string[];
  keep(entries: string[]): void;
  reload(): void;
  pause(ms: number): Promise<void>;
}

export function entryOf(html: string): string {
  return /<script[^>]*\ssrc="([^"]*\/assets\/[^"]+)"/.exec(html)?.[1] ?? '';
}

let trouble: ChunkTrouble | undefined;
const listeners = new Set<() => void>();
function say(next: ChunkTrouble | undefined) {
  if (trouble === next) return;
  trouble = next;
  for (const listener of listeners) listener();
}
export function useChunkTrouble(): ChunkTrouble | undefined {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => trouble,
  );
}

const waking = new Set<() => void>();
/** Ends the pauses: the server is back. */
export function hurryChunks() {
  for (const wake of [...waking]) wake();
}

const browser: Place = {
  ownEntry: () => entryOf(document.documentElement.outerHTML),
  serverEntry: async () => {
    try {
      const answer = await fetch('/ui/', { cache: 'no-store', signal: AbortSignal.timeout(5_000) });
      return answer.ok ? entryOf(await answer.text()) : null;
    } catch {
      return null;
    }
  },
  kept: () => {
    try {
      return JSON.parse(sessionStorage.getItem(reloadsKey) ?? '[]') as string[];
    } catch {
      return [];
    }
  },
  keep: (entries) => sessionStorage.setItem(reloadsKey, JSON.stringify(entries)),
  reload: () => window.location.reload(),
  pause: (ms) =>
    new Promise((resolve) => {
      const wake = () => {
        clearTimeout(timer);
        waking.delete(wake);
        resolve();
      };
      const timer = setTimeout(wake, ms);
      waking.add(wake);
    }),
};

/** Once for each build that a window has run: two servers of different age behind one address must not make a loop. */
function reloadOnce(place: Place): boolean {
  const own = place.ownEntry();
  const kept = place.kept();
  if (kept.includes(own)) return false;
  try {
    place.keep([...kept, own]);
  } catch {
    return false;
  } // Nowhere to remember it: rather not at all.
  place.reload();
  return true;
}

/** A loader that does not fail while the part cannot be fetched, but tries until it can. */
export function patiently<Part>(load: () => Promise<Part>, place: Place = browser): () => Promise<Part> {
  return async () => {
    for (let tries = 0; ; tries++) {
      try {
        const part = await load();
        if (tries > 0) say(undefined);
        return part;
      } catch (error) {
        if (!isChunkError(error)) throw error;
        const entry = await place.serverEntry();
        // An upgrade took the part away, or it is gone although nothing else has changed: a fresh start, once.
        const gone = entry !== null && (entry !== place.ownEntry() || tries > 0);
        if (gone && reloadOnce(place)) return new Promise<Part>(() => {}); // This page ends.
        if (entry === null || tries > 0) say(entry === null ? 'away' : 'missing');
        await place.pause(Math.min(longestPauseMs, firstPauseMs * 2 ** tries));
      }
    }
  };
}

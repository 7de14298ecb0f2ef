// What was typed into a form and not saved: kept when its page is left, found again when one comes back. In the memory of
// this window only, because there may be secrets in it; gone with the sign-out. While there is any, closing the window asks.
import { useEffect, useEffectEvent, useSyncExternalStore } from 'react';

const most = 50;
/** A message that is not sent yet: closing the window asks nothing. */
const unasked = 'chat ';
const drafts = new Map<string, unknown>();
const listeners = new Set<() => void>();
let owner = '';
let asking = false;

function changed() {
  if (asking !== [...drafts.keys()].some((key) => !key.startsWith(unasked))) {
    asking = !asking;
    if (asking) globalThis.addEventListener?.('beforeunload', askFirst);
    else globalThis.removeEventListener?.('beforeunload', askFirst);
  }
  for (const tell of listeners) tell();
}
function askFirst(event: Event) {
  event.preventDefault();
}

export function readDraft<T>(key: string): T | undefined {
  return drafts.get(key) as T | undefined;
}
/** The oldest goes when there are too many. */
export function keepDraft(key: string, value: unknown) {
  const known = drafts.has(key);
  drafts.set(key, value);
  if (drafts.size > most) drafts.delete(drafts.keys().next().value!);
  if (!known) changed();
}
/** All whose key begins so. */
export function dropDrafts(prefix: string) {
  const size = drafts.size;
  for (const key of [...drafts.keys()]) if (key.startsWith(prefix)) drafts.delete(key);
  if (drafts.size !== size) changed();
}
export const hasDrafts = (prefix: string) => [...drafts.keys()].some((key) => key.startsWith(prefix));

/** Whoever signs in next does not find what another one typed. */
export function draftsBelongTo(userId: string) {
  if (owner !== userId) dropDrafts('');
  owner = userId;
}

/** Keeps `value` under `key` as long as it is something of its own. */
export function useDraft(key: string, value: unknown, ownValue: boolean) {
  const keep = useEffectEvent(() => keepDraft(key, value));
  const says = JSON.stringify(value); // What it says counts, not which object it is.
  useEffect(() => {
    if (ownValue) keep();
    else dropDrafts(key);
  }, [key, ownValue, says]);
}

export function useHasDrafts(prefix: string): boolean {
  return useSyncExternalStore(
    (tell) => {
      listeners.add(tell);
      return () => listeners.delete(tell);
    },
    () => hasDrafts(prefix),
  );
}

/** What the drafts of a form are kept under. Ids hold no space. */
export const draftOf = {
  bot: (botId: string) => `bot ${botId} `,
  chat: (botId: string) => `${unasked}${botId} `,
  newBot: (template: string) => `new-bot ${template} `,
};

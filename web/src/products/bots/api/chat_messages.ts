// The messages of a chat come two ways: a list that is asked for, and a stream of what is said and edited since. This puts
// them together, whichever of the two is faster.
import type { ChatMessage } from '@/kit/api/types';

export const shownMessages = 100;
/** Of the stream this much is kept: far more than is said while one list is fetched. */
const keptOfStream = 500;

/** Puts a message where it belongs: in place of its older self, or at the end. The oldest go when there are too many. */
export function putMessage(items: ChatMessage[], { replaces, ...message }: ChatMessage): ChatMessage[] {
  const own = replaces ?? message.event_id;
  const place = items.findIndex(({ event_id }) => event_id === own);
  // An edit brings new text; the message stays where it was said.
  if (place >= 0)
    return items.map((item, at) =>
      at === place
        ? { ...message, event_id: own, at: item.at, edited: item.edited || replaces !== undefined || message.edited }
        : item,
    );
  if (replaces !== undefined) return items; // Of something older than what is shown.
  const before = items.findLastIndex((item) => item.at <= message.at);
  const next = [...items.slice(0, before + 1), message, ...items.slice(before + 1)];
  return next.length > shownMessages * 3 ? next.slice(-shownMessages * 2) : next;
}

/** What the stream has told lately, so that a list which was read before that does not take it away again. */
export class Streamed {
  private told: { number: number; message: ChatMessage }[] = [];
  private last = 0;

  add(message: ChatMessage) {
    this.told.push({ number: ++this.last, message });
    if (this.told.length > keptOfStream) this.told.shift();
  }

  /** To be taken when a list is asked for; what was told before is in that list. */
  mark(): number {
    return this.last;
  }

  /** The list as it was read some time after `mark`, and what the stream has told since then. */
  addTo(items: ChatMessage[], mark: number): ChatMessage[] {
    const since = this.told.filter(({ number }) => number > mark);
    // A message that is in the list may have been edited there already: its first text is not put back.
    const listed = new Set(items.map(({ event_id }) => event_id));
    return since.reduce(
      (all, { message }) =>
        message.replaces === undefined && listed.has(message.event_id) ? all : putMessage(all, message),
      items,
    );
  }

  clear() {
    this.told = [];
  }
}

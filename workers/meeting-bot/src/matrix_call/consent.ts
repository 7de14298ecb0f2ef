// Who does not want to be heard. Everybody decides for themselves alone: whose word it was is whose voice it is about, and a
// mark that somebody else takes away still stands.

export const declineMark = '\u274c';
export const declineWord = '!meet decline';
export const acceptWord = '!meet accept';
const mostMarks = 10_000;

/** An event of the room, as it was decrypted. */
export interface Said {
  readonly id: string;
  readonly sender: string;
  readonly type: string;
  readonly content: Record<string, unknown>;
  /** Of a redaction: what it takes back. */
  readonly redacts?: string | undefined;
  /** Of a reaction: whether it is to a message of the bot's account, of this meeting or an earlier one. */
  readonly toOurs?: boolean;
}
export interface Change {
  readonly id: string;
  readonly declined: boolean;
}

export class Consent {
  /** Marks that stand: the reaction's event and whose it is. */
  readonly #marks = new Map<string, string>();
  readonly #declined: Set<string>;

  /** `declined`: who has said so before. */
  constructor(declined: readonly string[]) {
    this.#declined = new Set(declined);
  }

  /** Who has declined elsewhere meanwhile: in a room that the bot could not read yet. Yields what has changed. */
  alsoDeclined(people: readonly string[]): Change[] {
    return people.flatMap((id) => this.#set(id, true) ?? []);
  }

  declines(person: string): boolean {
    return this.#declined.has(person);
  }

  /** Yields what has changed by this, or null. `mayAccept`: nothing that was said later declines. */
  see(said: Said, mayAccept = true): Change | null {
    if (isDecline(said)) {
      // With no room for another mark nothing takes it back but words.
      if (said.type === 'm.reaction' && this.#marks.size < mostMarks) this.#marks.set(said.id, said.sender);
      return this.#set(said.sender, true);
    }
    if (said.type === 'm.room.redaction') return this.#takesBack(said, mayAccept);
    if (wordsOf(said) !== acceptWord || !mayAccept) return null;
    for (const [mark, person] of this.#marks) if (person === said.sender) this.#marks.delete(mark);
    return this.#set(said.sender, false);
  }

  #takesBack(said: Said, mayAccept: boolean): Change | null {
    if (said.redacts === undefined || this.#marks.get(said.redacts) !== said.sender) return null;
    this.#marks.delete(said.redacts);
    return !mayAccept || [...this.#marks.values()].includes(said.sender) ? null : this.#set(said.sender, false);
  }

  #set(id: string, declined: boolean): Change | null {
    if (this.#declined.has(id) === declined) return null;
    if (declined) this.#declined.add(id);
    else this.#declined.delete(id);
    return { id, declined };
  }
}

/** Whether somebody declines by this: words, or a mark under what the bot's account has said. */
export function isDecline(said: Said): boolean {
  if (said.type !== 'm.reaction') return wordsOf(said) === declineWord;
  const to = said.content['m.relates_to'] as Record<string, unknown> | undefined;
  // With or without the sign that asks for a coloured picture.
  return to?.['rel_type'] === 'm.annotation' && said.toOurs === true && typeof to['key'] === 'string' && to['key'].replace(/\ufe0f$/, '') === declineMark;
}

/** What a message says, in small letters; nothing of one that repeats another with changes. */
export function wordsOf(said: Said): string {
  const relation = said.content['m.relates_to'] as Record<string, unknown> | undefined;
  if (said.type !== 'm.room.message' || relation?.['rel_type'] === 'm.replace') return '';
  const { body } = said.content;
  return typeof body === 'string' && body.length <= 200 ? body.trim().toLowerCase().replaceAll(/\s+/g, ' ') : '';
}

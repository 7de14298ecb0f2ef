// Whether the bot is alone in the call. The list of participants alone is not believed: pages change, and a list that does not
// even show the bot shows nothing. Whoever is heard is there, whatever the list says.
import type { Level } from './capture.ts';
import { audible, type Participant } from './speakers.ts';

export interface Patience {
  readonly nobodyCame: number;
  readonly everyoneLeft: number;
}
/** How long it must be silent where the page does not say who is there. */
const silence = 600_000;

export class Company {
  readonly #patience: Patience;
  #seen: number;
  #anybody = false;
  #unread: number;

  /** `at`: when the call began for the bot, in milliseconds of a clock that does not jump. */
  constructor(patience: Patience, at: number) {
    this.#patience = patience;
    this.#seen = this.#unread = at;
  }

  /** Yields why to leave, or null. `participants` is null when the page could not be read. */
  look(participants: readonly Participant[] | null, levels: readonly Level[], at: number): 'nobody_came' | 'left_alone' | null {
    const heard = levels.some(({ level }) => level > audible);
    const believed = participants?.some((one) => one.self) ?? false;
    const others = participants?.some((one) => !one.self) ?? false;
    if (heard || others) {
      this.#anybody = true;
      this.#seen = at;
    }
    if (!believed) this.#unread = at;
    const patience = this.#anybody ? this.#patience.everyoneLeft : this.#patience.nobodyCame;
    // The list must have said so all the time, not at the last moment.
    const alone = at - this.#seen >= patience && at - this.#unread >= Math.min(patience, at - this.#seen);
    const silent = at - this.#seen >= Math.max(silence, patience);
    if (!alone && !silent) return null;
    return this.#anybody ? 'left_alone' : 'nobody_came';
  }
}

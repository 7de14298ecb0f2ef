// What the page does in either kind of call.
import type { Why } from '../protocol.ts';

export interface Call {
  /** Yields when the bot is in it. */
  join(): Promise<void>;
  /** Users who are in it besides the bot. */
  members(): string[];
  /** Hears, or does not hear, whoever has just decided. */
  decided(person: string): void;
  leave(): Promise<void>;
}

/** What a call asks of the page. */
export interface Surroundings {
  mayBeHeard(person: string): boolean;
  /** Ends the bot. */
  over(why: Why, detail: string): void;
  log(line: string): void;
}

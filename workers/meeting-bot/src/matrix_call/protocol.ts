// What the bot and its page say to one another. The bot asks, the page answers; only sound comes unasked.
import type { MatrixAccess } from './access.ts';
import type { Change } from './consent.ts';

export interface Orders {
  readonly access: MatrixAccess;
  /** What the room is told; null: nothing. */
  readonly notice: string | null;
  /** Somebody who writes this makes the bot leave. */
  readonly stopWord: string;
  readonly rate: number;
  readonly samples: number;
  readonly worklet: string;
}

export interface Person {
  /** The user, whatever the number of their devices. */
  readonly id: string;
  readonly name: string;
  /** Whether sound of theirs is taken. */
  readonly heard: boolean;
}

export type Why = 'sign_in' | 'not_found' | 'no_way_in' | 'removed' | 'over' | 'asked_in_chat' | 'page_lost';

export interface Look {
  readonly people: readonly Person[];
  /** Since the last look, in their order. */
  readonly consent: readonly Change[];
  readonly over: { readonly why: Why; readonly detail: string } | null;
  readonly lines: readonly string[];
}

export interface CallPage {
  /** Signs in and brings up encryption; the device's keys are at the homeserver when it yields. */
  ready(orders: Orders): Promise<void>;
  /** Yields when the bot is in the call: others see it, and it is where the sound is. `declined`: who has said so meanwhile. */
  join(declined: readonly string[]): Promise<void>;
  look(): Look;
  /** All whose sound is taken, for a recorder; null: it is not ready. */
  mixed(): MediaStream | null;
  leave(): Promise<void>;
}

declare global {
  interface Window {
    __matrixCall?: CallPage;
    /** A frame of sound, as base64 of 32-bit floats. */
    __matrixCallSound?: (person: string, base64: string) => void;
  }
}

/** Ends the call page's work, with the reason that the bot ends for. The name crosses from the page in the message. */
export class Ended extends Error {
  readonly why: Why;
  constructor(why: Why, detail: string) {
    super(`[${why}] ${detail}`);
    this.why = why;
  }
}
/** The reason in the message of an error that came from the page. */
export function endedBy(error: unknown): Why | null {
  return (/\[(sign_in|not_found|no_way_in|removed|over|asked_in_chat|page_lost)\] /.exec(String(error))?.[1] as Why | undefined) ?? null;
}

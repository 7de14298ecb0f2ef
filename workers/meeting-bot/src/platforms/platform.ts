// What a platform is to the bot. Everything that knows a page's labels stands in the platform's own file.
import type { Frame, Page } from 'playwright-core';
import type { CaptureWays } from '../audio/capture.ts';
import type { Participant } from '../audio/speakers.ts';
import type { BotConfig } from '../config.ts';

/** Where the bot is, as the page shows it. `outside`: none of the others. */
export type Where =
  | 'outside' | 'lobby' | 'in_call'
  | 'rejected' | 'not_answered' | 'removed' | 'over'
  | 'sign_in' | 'not_found' | 'wrong_passcode' | 'captcha';

export interface Platform {
  readonly capture: CaptureWays;
  /** The address that is opened in the browser. */
  address(config: BotConfig): string;
  /** The frame that the call is in, which may change while the page loads. */
  frame(page: Page): Frame;
  /** Does the next thing on the way in, if there is one: closes a notice, gives a name, asks to join. True: it has asked. */
  approach(frame: Frame, config: BotConfig): Promise<boolean>;
  look(frame: Frame): Promise<Where>;
  /** Null: the page does not say. */
  participants(frame: Frame): Promise<Participant[] | null>;
  /** Writes into the call's chat; false where it has none. */
  say(frame: Frame, text: string): Promise<boolean>;
  /** How many lines of the chat are exactly this, in any case. */
  count(frame: Frame, line: string): Promise<number>;
  leave(frame: Frame): Promise<void>;
}

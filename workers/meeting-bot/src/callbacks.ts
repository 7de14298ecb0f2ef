// What the bot says of itself: POST …/status_change, one after the other and in order. A server that is away is tried again
// for a while; what it answers is not obeyed. One that does not know a reason (422) is told the same without it.
import type { BotConfig } from './config.ts';
import type { Ending } from './ending.ts';
import { log } from './log.ts';
import { now, pause } from './time.ts';
import { wired } from './wire.ts';

export type Notice = 'given' | 'off' | 'failed';
type Status = 'joining' | 'awaiting_admission' | 'active' | 'needs_help';
const firstPause = 300;
const longestPause = 5_000;
const patience = 60_000;
const timeout = 10_000;

export class Callbacks {
  readonly #config: BotConfig;
  #last: Promise<void> = Promise.resolve();

  constructor(config: BotConfig) {
    this.#config = config;
  }

  /** Sent behind what is still under way; nobody has to wait for it. */
  say(status: Status): void {
    void this.#queue({ status, ...(this.#config.containerName && { container_id: this.#config.containerName }) }, patience);
  }

  /** Whether the people in the call were told that it listens. A server that does not know the word has no history for it. */
  notice(notice: Notice): void {
    void this.#queue({ notice }, patience, 'notice');
  }

  /** The last word: yields when it was heard, or after `ms`. */
  async end(ending: Ending, ms: number): Promise<void> {
    await this.#queue({ ...ending, ...(this.#config.containerName && { container_id: this.#config.containerName }) }, ms);
  }

  #queue(body: Record<string, unknown>, ms: number, word = 'status_change'): Promise<void> {
    const due = now() + ms;
    this.#last = this.#last.then(() => this.#send(word, { connection_id: this.#config.connectionId, ...body, timestamp: new Date().toISOString() }, due));
    return this.#last;
  }

  async #send(word: string, body: Record<string, unknown>, due: number): Promise<void> {
    if (!this.#config.callbackUrl) return;
    const url = new URL(this.#config.callbackUrl);
    url.pathname = url.pathname.replace(/\/exited$/, `/${word}`);
    const what = String(body['status'] ?? word);
    for (let wait = firstPause; ; wait = Math.min(wait * 2, longestPause)) {
      try {
        const answer = await fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body: wired(body),
          redirect: 'error', signal: AbortSignal.timeout(Math.max(1, Math.min(timeout, due - now()))) });
        await answer.body?.cancel();
        log('said', what, String(body['reason'] ?? ''), answer.status);
        if (answer.status === 422 && 'completion_reason' in body) {
          const { completion_reason: _, ...rest } = body;
          return await this.#send(word, rest, due);
        }
        if (answer.status < 500 && answer.status !== 429) return;
      } catch (error) {
        log('not heard:', what, error);
      }
      if (now() + wait >= due) return log('given up saying', what);
      await pause(wait);
    }
  }
}

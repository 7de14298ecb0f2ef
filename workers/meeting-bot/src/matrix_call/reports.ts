// What is told to whoever started the bot besides how it gets on: the device that wants its signature, and who declines. The
// addresses stand beside that of the other callbacks.
import type { BotConfig } from '../config.ts';
import { log } from '../log.ts';
import { now, pause } from '../time.ts';
import type { Change } from './consent.ts';

const timeout = 10_000;
const firstPause = 300;
const longestPause = 3_000;
const patience = 30_000;

export class Reports {
  readonly #config: BotConfig;
  readonly #stop: AbortSignal;
  #last: Promise<unknown> = Promise.resolve();

  constructor(config: BotConfig, stop: AbortSignal) {
    this.#config = config;
    this.#stop = stop;
  }

  /** Yields whether others see the device as one that belongs to the account. Where nobody is to be told, nobody signs either. */
  async device(deviceId: string): Promise<boolean> {
    return !this.#config.callbackUrl || (await this.#post('matrix_device', { device_id: deviceId })) === 200;
  }

  /** One after the other, in order; nobody waits for it. */
  consent(change: Change): void {
    this.#last = this.#last.then(() => this.#post('consent', { user_id: change.id, declined: change.declined }));
  }

  async done(): Promise<void> {
    await this.#last;
  }

  /** The answer's status, or null when nobody has answered for good in time. */
  async #post(word: string, body: Record<string, unknown>): Promise<number | null> {
    if (!this.#config.callbackUrl) return null;
    const url = new URL(this.#config.callbackUrl);
    url.pathname = url.pathname.replace(/exited$/, word);
    const due = now() + patience;
    for (let wait = firstPause; ; wait = Math.min(wait * 2, longestPause)) {
      let status: number | null = null;
      try {
        const answer = await fetch(url, { method: 'POST', headers: { 'content-type': 'application/json', authorization: `Bearer ${this.#config.token}` },
          body: JSON.stringify({ connection_id: this.#config.connectionId, ...body }), redirect: 'error', signal: AbortSignal.timeout(timeout) });
        await answer.body?.cancel();
        status = answer.status;
      } catch (error) {
        log('not heard:', word, error);
      }
      if (status !== null && status < 500 && status !== 409 && status !== 429) {
        if (status >= 400) log('refused:', word, status);
        return status;
      }
      if (now() + wait >= due || this.#stop.aborted) return status;
      await pause(wait, this.#stop);
    }
  }
}

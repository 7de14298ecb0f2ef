// What is told to whoever started the bot besides how it gets on: the device that wants its signature, and who declines. The
// addresses stand beside that of the other callbacks.
import type { BotConfig } from '../config.ts';
import { log } from '../log.ts';
import { now, pause } from '../time.ts';
import { wired } from '../wire.ts';
import type { Change } from './consent.ts';

const timeout = 10_000;
const firstPause = 300;
const longestPause = 3_000;
const patience = 30_000;
const longestAgo = 86_400_000;

const agoOf = (wish: Wish): number => Math.min(Math.max(Math.round(now() - wish.at), 0), longestAgo);

interface Answer {
  readonly status: number;
  readonly body: unknown;
}

interface Wish {
  readonly declined: boolean;
  /** When they said so. */
  readonly at: number;
}

export class Reports {
  readonly #config: BotConfig;
  readonly #stop: AbortSignal;
  readonly #wanted = new Map<string, Wish>();
  #telling: Promise<void> | null = null;

  constructor(config: BotConfig, stop: AbortSignal) {
    this.#config = config;
    this.#stop = stop;
  }

  /**
   * Yields who declines by now, once others see the device as one that belongs to the account; null: it was not signed. Where nobody is
   * to be told, nobody signs either.
   */
  async device(deviceId: string): Promise<readonly string[] | null> {
    if (!this.#config.callbackUrl) return [];
    const answer = await this.#post('matrix_device', () => ({ device_id: deviceId }));
    if (answer?.status !== 200) return null;
    const { declined } = (answer.body ?? {}) as { declined?: unknown };
    return Array.isArray(declined) ? declined.filter((id) => typeof id === 'string') : [];
  }

  /** What each person wants now; what they wanted before is told only where it was under way. Nobody waits for it. */
  consent(change: Change): void {
    this.#wanted.delete(change.id);
    this.#wanted.set(change.id, { declined: change.declined, at: now() });
    if (!this.#telling) this.#telling = this.#tell().finally(() => { this.#telling = null; });
  }

  async done(): Promise<void> {
    await this.#telling;
  }

  /** Until all is told, also while the bot leaves. A refusal is for good. */
  async #tell(): Promise<void> {
    // Who declines comes first.
    for (let next: [string, Wish] | undefined; (next = [...this.#wanted].find(([, wish]) => wish.declined) ?? [...this.#wanted][0]);) {
      const [id, wish] = next;
      this.#wanted.delete(id);
      const answer = await this.#post('consent', () => ({ user_id: id, declined: wish.declined, ago_ms: agoOf(wish) }));
      const isHeard = answer !== null && answer.status < 500 && answer.status !== 409 && answer.status !== 429;
      if (isHeard || this.#wanted.has(id)) continue;
      // Behind the others: one that is never heard keeps up nobody else. After a stop each has one last try.
      if (this.#stop.aborted) log('not told that somebody', wish.declined ? 'declines' : 'may be heard again');
      else this.#wanted.set(id, wish);
    }
  }

  /** The last answer, or null when nobody has answered in time. Each try has a body of its own. */
  async #post(word: string, body: () => Record<string, unknown>): Promise<Answer | null> {
    if (!this.#config.callbackUrl) return null;
    const url = new URL(this.#config.callbackUrl);
    url.pathname = url.pathname.replace(/exited$/, word);
    const due = now() + patience;
    for (let wait = firstPause; ; wait = Math.min(wait * 2, longestPause)) {
      let heard: Answer | null = null;
      try {
        const answer = await fetch(url, { method: 'POST', headers: { 'content-type': 'application/json', authorization: `Bearer ${this.#config.token}` },
          body: wired({ connection_id: this.#config.connectionId, ...body() }), redirect: 'error', signal: AbortSignal.timeout(timeout) });
        heard = { status: answer.status, body: await answer.json().catch((): unknown => null) };
      } catch (error) {
        log('not heard:', word, error);
      }
      if (heard && heard.status < 500 && heard.status !== 409 && heard.status !== 429) {
        if (heard.status >= 400) log('refused:', word, heard.status);
        return heard;
      }
      if (now() + wait >= due || this.#stop.aborted) return heard;
      await pause(wait, this.#stop);
    }
  }
}

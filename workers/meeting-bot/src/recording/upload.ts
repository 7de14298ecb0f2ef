// Brings the pieces of a recording to the server, one after the other and in order. A piece is kept until the server says
// that it is durable; while it cannot be brought, so much waits, and then the recording is over.
import { log } from '../log.ts';
import { now, pause } from '../time.ts';

/** Over an hour of sound. */
export const mostWaiting = 16 * 1024 * 1024;
/** What the server takes at once. */
export const mostPiece = 512 * 1024;
const timeout = 20_000;
const firstPause = 500;
const longestPause = 20_000;

interface Piece {
  readonly number: number;
  readonly until: number;
  readonly bytes: Uint8Array;
}

export class Upload {
  readonly #base: string;
  readonly #stop = new AbortController();
  readonly #closing = new AbortController();
  readonly #waiting: Piece[] = [];
  #next = 0;
  #bytes = 0;
  #work: Promise<void> = Promise.resolve();
  #working = false;
  #over = false;

  /** `address`: what ends in the token. `part`: the name of this recording, letters, digits and '-'. */
  constructor(address: URL, part: string) {
    this.#base = `${address.href.replace(/\/$/, '')}/${part}`;
  }

  /** No more pieces are taken: the server does not want them, or too many wait. */
  get over(): boolean {
    return this.#over;
  }

  add(bytes: Uint8Array, until: number): void {
    if (this.#over) return;
    // One that is too large for the server goes in several: together they are the same bytes.
    for (let from = 0; from < bytes.length; from += mostPiece) {
      const piece = bytes.subarray(from, from + mostPiece);
      if (this.#bytes + piece.length > mostWaiting) return this.#end('the recording is over: it could not be brought for too long');
      this.#waiting.push({ number: this.#next++, until, bytes: piece });
      this.#bytes += piece.length;
    }
    if (!this.#working && this.#waiting.length > 0) {
      this.#working = true;
      this.#work = this.#bring();
    }
  }

  /** Yields when all has been brought, or after `ms`. */
  async close(ms: number): Promise<void> {
    const timer = setTimeout(() => this.#stop.abort(), ms);
    // A server that was away may be back: nothing sleeps through the end.
    this.#closing.abort();
    await this.#work;
    clearTimeout(timer);
    if (this.#waiting.length > 0) log('of the recording', this.#waiting.length, 'pieces could not be brought');
    this.#over = true;
  }

  #end(why: string): void {
    this.#over = true;
    log(why);
  }

  async #bring(): Promise<void> {
    for (let piece = this.#waiting[0], wait = firstPause; piece && !this.#stop.signal.aborted; piece = this.#waiting[0]) {
      const answer = await this.#put(piece);
      if (answer === 'kept') {
        this.#waiting.shift();
        this.#bytes -= piece.bytes.length;
        wait = firstPause;
        continue;
      }
      if (answer === 'refused') {
        this.#waiting.length = 0;
        this.#bytes = 0;
        break;
      }
      const closing = this.#closing.signal.aborted;
      await pause(closing ? firstPause : Math.max(wait, Math.min(answer, longestPause)), closing ? this.#stop.signal : this.#closing.signal);
      wait = Math.min(wait * 2, longestPause);
    }
    this.#working = false;
  }

  /** What became of it, or after how many milliseconds at least it may be tried again. */
  async #put(piece: Piece): Promise<'kept' | 'refused' | number> {
    const begun = now();
    try {
      const answer = await fetch(`${this.#base}/${piece.number}?until_ms=${piece.until}`, { method: 'PUT', headers: { 'content-type': 'audio/webm' },
        body: piece.bytes as BodyInit, redirect: 'error', signal: AbortSignal.any([this.#stop.signal, AbortSignal.timeout(timeout)]) });
      await answer.body?.cancel();
      if (answer.ok) return 'kept';
      if (answer.status === 429 || answer.status >= 500) {
        log('a piece of the recording waits:', answer.status);
        return Number(answer.headers.get('retry-after') ?? 0) * 1000 || 0;
      }
      this.#end(`the recording is over: the server says ${answer.status}`);
      return 'refused';
    } catch (error) {
      log('a piece of the recording waits', Math.round(now() - begun), 'ms:', error);
      return 0;
    }
  }
}

// Has the call's page record what is heard in it, and brings that to the server. A recording that fails ends nothing else.
import { randomUUID } from 'node:crypto';
import type { BrowserContext, Frame, Page } from 'playwright-core';
import { log } from '../log.ts';
import { now, within } from '../time.ts';
import { beginRecording, endRecording } from './page.ts';
import { mostPiece, Upload } from './upload.ts';

const type = 'audio/webm;codecs=opus';
const bitsPerSecond = 32_000;
/** What a kill may lose. */
const pieceEvery = 5_000;
const lastPieceWithin = 2_000;
const broughtWithin = 4_000;
/** A recording that the server refuses is not begun again and again. */
const mostParts = 20;
/** Of a page: sound comes as fast as time passes. */
const bytesAtOnce = 4 * 1024 * 1024;
const bytesEachSecond = 64 * 1024;

export class Recorder {
  readonly #address: URL;
  #frame: Frame | null = null;
  #page: Page | null = null;
  #part = '';
  #upload: Upload | null = null;
  #ended: (() => void) | null = null;
  #parts = 0;
  #began = 0;
  #bytes = 0;

  private constructor(address: URL) {
    this.#address = address;
  }

  static async install(context: BrowserContext, address: URL): Promise<Recorder> {
    const recorder = new Recorder(address);
    await context.exposeBinding('__meetingBotSound', ({ page }, part: unknown, base64: unknown, until: unknown, last: unknown) => {
      // Any script of the page can call this: what is not of this recording is nothing.
      if (page !== recorder.#page || part !== recorder.#part || typeof base64 !== 'string') return;
      if (base64.length > mostPiece * 8) return;
      const bytes = Buffer.from(base64, 'base64');
      const seconds = (now() - recorder.#began) / 1000;
      recorder.#bytes += bytes.length;
      if (recorder.#bytes > bytesAtOnce + seconds * bytesEachSecond) return;
      const elapsed = Math.round(seconds * 1000);
      recorder.#upload?.add(bytes, typeof until === 'number' && until >= 0 ? Math.min(Math.round(until), elapsed) : elapsed);
      if (last === true) recorder.#ended?.();
    });
    return recorder;
  }

  /** Records in this frame from now on: a page that was loaded anew begins another recording. Never throws. */
  async follow(frame: Frame): Promise<void> {
    if (frame === this.#frame && !(await this.#isForgotten(frame))) return;
    this.#frame = frame;
    const before = this.#upload;
    if (this.#parts >= mostParts) return;
    ++this.#parts;
    this.#page = frame.page();
    this.#part = randomUUID();
    this.#began = now();
    this.#bytes = 0;
    this.#upload = new Upload(this.#address, this.#part);
    const begun = await frame.evaluate(beginRecording, [this.#part, pieceEvery, type, bitsPerSecond] as const).catch((error: unknown) => {
      log('the call cannot be recorded:', error);
      return false;
    });
    if (begun) log('records the call');
    await before?.close(broughtWithin);
  }

  async #isForgotten(frame: Frame): Promise<boolean> {
    return frame.evaluate(() => !window.__meetingBotRecorder).catch(() => false);
  }

  /** Takes what the page has recorded last; at most two seconds. */
  async end(): Promise<void> {
    const frame = this.#frame;
    if (!frame) return;
    const last = new Promise<void>((resolve) => { this.#ended = resolve; });
    await within(lastPieceWithin, frame.evaluate(endRecording).then(() => last), undefined);
  }

  /** Brings what waits; a few seconds at most. */
  async close(): Promise<void> {
    await this.#upload?.close(broughtWithin);
  }
}

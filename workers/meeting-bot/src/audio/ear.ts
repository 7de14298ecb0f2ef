// The bot's side of the capture: puts it into every frame of the page before its scripts, takes the frames of sound, and
// asks who was how loud.
import type { BrowserContext, Frame, Page } from 'playwright-core';
import { now } from '../time.ts';
import { type CaptureWays, installCapture, type Level } from './capture.ts';
import { worklet } from './worklet.ts';

export const sampleRate = 16_000;
/** Of a frame of sound: 256 ms. */
export const frameSamples = 4096;
/** Frames: a page that was held up hands out what it has. */
const mostAhead = 40;

export class Ear {
  #page: Page | null = null;
  #taker: ((frame: Float32Array) => void) | null = null;

  #began = 0;
  #frames = 0;

  /** Sound comes as fast as time passes; what comes faster is no microphone's. */
  #inTime(): boolean {
    const due = ((now() - this.#began) * sampleRate) / (1000 * frameSamples);
    if (this.#frames > due + mostAhead) return false;
    ++this.#frames;
    return true;
  }

  static async install(context: BrowserContext, ways: CaptureWays): Promise<Ear> {
    const ear = new Ear();
    await context.exposeBinding('__meetingBotFrame', ({ page }, base64: unknown) => {
      // Any script of the page can call this: what is no frame is nothing.
      if (page !== ear.#page || typeof base64 !== 'string') return;
      const bytes = Buffer.from(base64, 'base64');
      if (bytes.length !== frameSamples * 4 || !ear.#inTime()) return;
      const frame = new Float32Array(frameSamples);
      for (let i = 0; i < frameSamples; ++i) {
        const sample = bytes.readFloatLE(i * 4);
        frame[i] = Number.isFinite(sample) ? Math.max(-1, Math.min(1, sample)) : 0;
      }
      ear.#taker?.(frame);
    });
    await context.addInitScript({ content: `(${installCapture.toString()})(${JSON.stringify(ways)})` });
    return ear;
  }

  async start(frame: Frame, take: (frame: Float32Array) => void): Promise<void> {
    this.#page = frame.page();
    this.#taker = take;
    this.#began = now();
    this.#frames = 0;
    await frame.evaluate(([rate, samples, code]) => {
      if (!window.__meetingBot) throw new Error('the page has no capture');
      return window.__meetingBot.start(rate, samples, code);
    }, [sampleRate, frameSamples, worklet] as const);
  }

  /** Of every remote track since the last time. */
  levels(frame: Frame): Promise<Level[]> {
    return frame.evaluate(() => window.__meetingBot?.levels() ?? []);
  }

  stop(): void {
    this.#taker = null;
  }
}

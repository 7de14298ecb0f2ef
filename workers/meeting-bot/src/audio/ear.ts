// The bot's side of the capture: puts it into every frame of the page before its scripts, takes the frames of sound, and
// asks who was how loud.
import type { BrowserContext, Frame, Page } from 'playwright-core';
import { type CaptureWays, installCapture, type Level } from './capture.ts';

export const sampleRate = 16_000;
/** Of a frame of sound: 256 ms. */
export const frameSamples = 4096;

export class Ear {
  #page: Page | null = null;
  #taker: ((frame: Float32Array) => void) | null = null;

  static async install(context: BrowserContext, ways: CaptureWays): Promise<Ear> {
    const ear = new Ear();
    await context.exposeBinding('__meetingBotFrame', ({ page }, base64: unknown) => {
      // Any script of the page can call this: what is no frame is nothing.
      if (page !== ear.#page || typeof base64 !== 'string') return;
      const bytes = Buffer.from(base64, 'base64');
      if (bytes.length !== frameSamples * 4) return;
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
    await frame.evaluate(([rate, samples]) => {
      if (!window.__meetingBot) throw new Error('the page has no capture');
      return window.__meetingBot.start(rate, samples);
    }, [sampleRate, frameSamples] as const);
  }

  /** Of every remote track since the last time. */
  levels(frame: Frame): Promise<Level[]> {
    return frame.evaluate(() => window.__meetingBot?.levels() ?? []);
  }

  stop(): void {
    this.#taker = null;
  }
}

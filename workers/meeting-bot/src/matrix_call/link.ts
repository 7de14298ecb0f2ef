// The bot's side of its own page: shows it to the browser without a server, hands its questions over, and takes the sound.
import type { BrowserContext, Page } from 'playwright-core';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { extname, join, normalize } from 'node:path';
import { frameSamples, sampleRate } from '../audio/ear.ts';
import { worklet } from '../audio/worklet.ts';
import { stopWord } from '../notice.ts';
import type { MatrixAccess } from './access.ts';
import { pageFolder } from './page_folder.ts';
import type { Look } from './protocol.ts';

/** Nobody answers there: the browser is given the files. A name of this machine is a secure place without TLS, and such a page may use a homeserver that has none. */
const origin = 'http://meeting-bot.localhost';
const types: Record<string, string> = { '.html': 'text/html; charset=utf-8', '.js': 'text/javascript; charset=utf-8', '.wasm': 'application/wasm' };

export class Link {
  readonly page: Page;

  constructor(page: Page) {
    this.page = page;
  }

  static async open(context: BrowserContext, heard: (person: string, frame: Float32Array) => void): Promise<Link> {
    if (!existsSync(join(pageFolder, 'call_page.js'))) throw new Error('the page for Matrix calls is not there: npm run bundle');
    await context.route(`${origin}/**`, async (route) => {
      const path = normalize(new URL(route.request().url()).pathname);
      const file = join(pageFolder, path === '/' ? 'index.html' : path);
      const body = await readFile(file).catch(() => null);
      await route.fulfill(body ? { status: 200, contentType: types[extname(file)] ?? 'application/octet-stream', body } : { status: 404 });
    });
    await context.exposeBinding('__matrixCallSound', (_, person: unknown, base64: unknown) => {
      if (typeof person !== 'string' || typeof base64 !== 'string') return;
      const frame = frameOf(base64);
      if (frame) heard(person, frame);
    });
    const page = await context.newPage();
    await page.goto(`${origin}/`, { waitUntil: 'load', timeout: 60_000 });
    return new Link(page);
  }

  async ready(access: MatrixAccess, notice: string | null): Promise<void> {
    await this.page.evaluate((orders) => {
      if (!window.__matrixCall) throw new Error('the page did not start');
      return window.__matrixCall.ready(orders);
    }, { access, notice, stopWord, rate: sampleRate, samples: frameSamples, worklet });
  }

  async join(declined: readonly string[]): Promise<void> {
    await this.page.evaluate((people) => window.__matrixCall!.join(people), declined);
  }

  look(): Promise<Look> {
    return this.page.evaluate(() => window.__matrixCall!.look());
  }

  async leave(): Promise<void> {
    await this.page.evaluate(() => window.__matrixCall?.leave());
  }
}

function frameOf(base64: string): Float32Array | null {
  const bytes = Buffer.from(base64, 'base64');
  if (bytes.length !== frameSamples * 4) return null;
  return Float32Array.from({ length: frameSamples }, (_, i) => bytes.readFloatLE(i * 4));
}

// A real Chromium for the tests of the console: fresh profile, no network but the server's, and every complaint of the page kept.
import { chromium } from 'playwright-core';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const executablePath = process.env.CHROMIUM ?? '/usr/bin/chromium';
const axeSource = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

export const screens = { phone: { width: 390, height: 844 }, desktop: { width: 1280, height: 800 } };

export class Browser {
  static async start() {
    const browser = new Browser();
    browser.profile = await mkdtemp(join(tmpdir(), 'troupe-chromium-'));
    // bypassCSP stays off: the console must live with the policy that the server sends.
    browser.chromium = await chromium.launch({ executablePath, headless: true, timeout: 120_000, env: { ...process.env, HOME: browser.profile },
      args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
        '--disable-component-update', '--disable-sync'] });
    return browser;
  }

  /** A window of its own: own cookies, own storage. Yields a playwright page with `complaints`, a list of strings. */
  async open({ screen = 'desktop', theme = 'light', base, touch = screen === 'phone' }) {
    const context = await this.chromium.newContext({ viewport: screens[screen], colorScheme: theme, hasTouch: touch, baseURL: base,
      reducedMotion: 'reduce', locale: 'en-GB', timezoneId: 'UTC' });
    await context.grantPermissions(['clipboard-read', 'clipboard-write'], { origin: base });
    const page = await context.newPage();
    page.setDefaultTimeout(90_000);
    page.complaints = [];
    page.on('pageerror', (error) => page.complaints.push(`error: ${error.message}`));
    page.on('console', (message) => {
      const text = message.text();
      // Chromium itself notes each answer of 4xx and 5xx and each lost connection; the tests look at what the page makes of them.
      if (message.type() === 'error' && !/^Failed to load resource/.test(text)) page.complaints.push(`console: ${text}`);
    });
    page.on('request', (request) => {
      const url = request.url();
      if (!url.startsWith(base) && !/^(data|blob|about):/.test(url)) page.complaints.push(`foreign request: ${url}`);
    });
    return page;
  }

  async stop() {
    await this.chromium.close();
    await rm(this.profile, { recursive: true, force: true });
  }
}

/** What axe finds wrong on the page as it stands, one line each. */
export async function accessibilityFaults(page) {
  await page.evaluate(axeSource); // Runs in the page's world through the debugger, so no content policy stands in its way.
  const { violations } = await page.evaluate(() => globalThis.axe.run(document, { resultTypes: ['violations'] }));
  return violations.flatMap(({ id, help, nodes }) => nodes.map((node) => `${id}: ${help} at ${node.target.join(' ')} (${node.any[0]?.message ?? node.all[0]?.message ?? ''})`));
}

/** Nothing sticks out to the right: a phone must not scroll sideways. */
export async function overflow(page) {
  return page.evaluate(() => {
    const width = document.documentElement.clientWidth;
    if (document.documentElement.scrollWidth <= width) return [];
    return [...document.querySelectorAll('body *')].filter((e) => e.getBoundingClientRect().right > width + 1)
      .slice(0, 5).map((e) => `${e.tagName}.${e.className}`);
  });
}

/** Texts whose letters' heads or feet are cut off: their box hides what sticks out, and that is less than a line. */
export async function cutOff(page) {
  return page.evaluate(() => [...document.querySelectorAll('body *')].filter((e) => {
    const style = getComputedStyle(e);
    const hides = style.overflowY === 'hidden' || style.overflowY === 'clip';
    const missing = e.scrollHeight - e.clientHeight;
    // What is for screen readers alone is a box of one pixel; a notice shrinks when it goes.
    return hides && !e.closest('.mantine-Notifications-root') && e.clientHeight > 1 && missing > 1 && missing < 0.9 * parseFloat(style.fontSize) && e.innerText?.trim();
  }).slice(0, 5).map((e) => `${e.tagName}.${e.className}: ${e.innerText.slice(0, 40)}`));
}

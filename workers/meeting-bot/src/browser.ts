// The system's Chromium, with a profile that is thrown away.
import { chromium, type Browser, type BrowserContext } from 'playwright-core';
import { existsSync } from 'node:fs';

const candidates = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome', '/usr/bin/google-chrome-stable'];
const startWithin = 90_000;

const flags = [
  '--autoplay-policy=no-user-gesture-required',
  // A call is heard also when its page is not looked at.
  '--disable-background-timer-throttling', '--disable-renderer-backgrounding', '--disable-backgrounding-occluded-windows',
  '--disable-blink-features=AutomationControlled',
  '--disable-gpu', '--disable-dev-shm-usage', '--mute-audio', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync',
];

/** Names of the multicast kind are not found from inside a container. */
const without = ['WebRtcHideLocalIpsWithMdns'];

export interface Window {
  readonly browser: Browser;
  readonly context: BrowserContext;
}

/** Where Chromium is, or null. */
export function chromiumPath(environment: Record<string, string | undefined>): string | null {
  const named = environment['CHROMIUM'];
  return named ? (existsSync(named) ? named : null) : (candidates.find((path) => existsSync(path)) ?? null);
}

/** `ownPage`: nobody else's page is opened, so it may speak to this machine and its network, where the homeserver is. */
export async function openWindow(environment: Record<string, string | undefined>, { ownPage = false } = {}): Promise<Window> {
  const executablePath = chromiumPath(environment);
  if (!executablePath) throw new Error('there is no Chromium: install the package chromium, or name one with CHROMIUM');
  // Tests only: every host is this address, whose certificate nobody knows, so that the bot walks through real addresses.
  const origin = environment['MEETING_BOT_TEST_ORIGIN'];
  const test = origin ? [`--host-resolver-rules=MAP * ${origin}`, '--ignore-certificate-errors'] : [];
  const browser = await chromium.launch({
    executablePath, headless: environment['MEETING_BOT_WINDOW'] !== 'on', timeout: startWithin,
    handleSIGINT: false, handleSIGTERM: false, handleSIGHUP: false,
    // Chromium refuses its sandbox to root, and cannot make one in most containers.
    chromiumSandbox: process.getuid?.() !== 0 && environment['MEETING_BOT_SANDBOX'] !== 'off',
    args: [...flags, `--disable-features=${[...without, ...(ownPage ? ['LocalNetworkAccessChecks'] : [])].join(',')}`, ...test],
  });
  const version = browser.version().split('.')[0];
  const context = await browser.newContext({
    bypassCSP: true, locale: 'en-US', viewport: { width: 1280, height: 720 }, ignoreHTTPSErrors: Boolean(origin),
    // Headless browsers name themselves as such, and are refused.
    userAgent: `Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/${version}.0.0.0 Safari/537.36`,
    acceptDownloads: false, permissions: [],
  });
  return { browser, context };
}

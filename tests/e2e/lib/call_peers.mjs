// People with a client and a voice of their own in a Matrix call, each in a browser that takes its microphone from a WAV.
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join, normalize } from 'node:path';
import { chromium } from 'playwright-core';
import { botFolder } from './call_bot.mjs';

const origin = 'http://call-peer.localhost';
// The bundler is the bot's; the libraries are the tests' own, of an older LiveKit client.
const bundler = createRequire(join(botFolder, 'package.json')), packages = createRequire(import.meta.url);

/** Why these tests are skipped, or false. */
export const noPeers = existsSync(join(botFolder, 'page/call_page.js')) && existsSync(join(botFolder, 'node_modules/esbuild')) ? false
  : 'the meeting bot\'s page is not bundled (scripts/setup --test)';

let bundle;
async function files() {
  if (bundle) return bundle;
  const { build } = bundler('esbuild');
  const pages = join(import.meta.dirname, '../clients/call_peer');
  const made = await build({ entryPoints: [join(pages, 'peer.ts'), join(pages, 'element_host.ts')], outdir: '/', bundle: true, write: false, format: 'esm', platform: 'browser', target: 'chrome120',
    define: { global: 'globalThis' }, logLevel: 'error' });
  const wasm = join(dirname(packages.resolve('@matrix-org/matrix-sdk-crypto-wasm')), 'pkg/matrix_sdk_crypto_wasm_bg.wasm');
  bundle = { '/': ['text/html', '<!doctype html><script type="module" src="/peer.js"></script>'], '/peer.js': ['text/javascript', made.outputFiles[0].text],
    '/host': ['text/html', '<!doctype html><body><script type="module" src="/element_host.js"></script>'], '/element_host.js': ['text/javascript', made.outputFiles[1].text],
    '/worker.js': ['text/javascript', await readFile(join(dirname(packages.resolve('livekit-client')), 'livekit-client.e2ee.worker.mjs'))],
    '/pkg/matrix_sdk_crypto_wasm_bg.wasm': ['application/wasm', await readFile(wasm)] };
  return bundle;
}

/** The sentences as a WAV of 48 kHz, after a while of silence for the connection to stand. */
export function spoken(folder, name, voice, sentences, { lead = 1, pause = 1.2 } = {}) {
  const parts = sentences.map((sentence, at) => {
    const raw = join(folder, `${name}-raw-${at}.wav`), part = join(folder, `${name}-${at}.wav`);
    execFileSync('espeak-ng', ['-v', voice, '-s', '150', '-w', raw, sentence]);
    execFileSync('sox', [raw, '-r', '48000', '-c', '1', '-b', '16', part, 'pad', at === 0 ? String(lead) : '0', String(pause)]);
    return part;
  });
  const whole = join(folder, `${name}.wav`);
  execFileSync('sox', [...parts, whole]);
  return whole;
}

/** A browser whose microphone is this WAV, once unless `loop`. Yields {browser, context, profile}. */
async function openBrowser(wav, loop) {
  const profile = await mkdtemp(join(tmpdir(), 'peer-'));
  const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', headless: true, timeout: 120_000, env: { ...process.env, HOME: profile },
    args: ['--no-sandbox', '--disable-gpu', '--no-first-run', '--use-fake-ui-for-media-stream', '--use-fake-device-for-media-stream', ...(wav ? [`--use-file-for-fake-audio-capture=${wav}${loop ? '' : '%noloop'}`] : []),
      '--autoplay-policy=no-user-gesture-required', '--disable-features=WebRtcHideLocalIpsWithMdns,LocalNetworkAccessChecks', '--mute-audio'] });
  const context = await browser.newContext({ permissions: ['microphone', 'camera'] });
  const served = await files();
  await context.route(`${origin}/**`, (route) => {
    const file = served[new URL(route.request().url()).pathname];
    return route.fulfill(file ? { status: 200, contentType: file[0], body: file[1] } : { status: 404 });
  });
  return { browser, context, profile };
}

class Person {
  constructor(user, opened) {
    Object.assign(this, { user, lines: [] }, opened);
  }
  async openPage(path) {
    this.page = await this.context.newPage();
    this.page.on('console', (message) => this.lines.push(message.text()));
    this.page.on('pageerror', (error) => this.lines.push(String(error)));
    await this.page.goto(origin + path);
  }
  async stop() {
    await this.browser.close();
    await rm(this.profile, { recursive: true, force: true });
  }
}

/** Somebody with a client of the tests' own. */
export class Peer extends Person {
  /** A browser of this user's, signed in. */
  static async start(user, { room, service, wav, loop = false, wrongKey = false }) {
    const peer = new Peer(user, await openBrowser(wav, loop));
    await peer.openPage('/');
    await peer.page.waitForFunction(() => window.peer);
    await peer.do('signIn', { baseUrl: user.base, userId: user.id, accessToken: user.token, deviceId: user.device, room, service, wrongKey });
    return peer;
  }
  do(what, ...given) { return this.page.evaluate(([name, words]) => window.peer[name](...words), [what, given]); }
}

const elementCallFolder = process.env.ELEMENT_CALL ?? '';
/** Why nobody can come with Element Call's own page, or false. */
export const noElementCall = existsSync(join(elementCallFolder, 'index.html')) ? false : 'it needs Element Call: scripts/test --with-livekit, or ELEMENT_CALL names the folder of its page';

/** Somebody with Element Call itself, as a widget in a client of the tests' own. */
export class ElementCallPeer extends Person {
  /** In the call, with the microphone on. */
  static async start(user, { room, service, wav, loop = false }) {
    const peer = new ElementCallPeer(user, await openBrowser(wav, loop));
    const elementCall = 'http://element-call.localhost';
    await peer.context.route(`${elementCall}/**`, (route) => {
      const path = join(elementCallFolder, normalize(new URL(route.request().url()).pathname));
      return existsSync(path) ? route.fulfill({ path }) : route.fulfill({ status: 404 });
    });
    await peer.openPage('/host');
    await peer.page.waitForFunction(() => window.host);
    await peer.page.evaluate((wanted) => window.host.open(wanted), { baseUrl: user.base, userId: user.id, accessToken: user.token, deviceId: user.device, room, service, elementCall });
    peer.frame = peer.page.frameLocator('iframe');
    return peer;
  }
  async joinCall() {
    await this.frame.getByTestId('lobby_joinCall').click({ timeout: 60_000 });
    await this.frame.getByTestId('incall_leave').waitFor({ timeout: 60_000 });
  }
}

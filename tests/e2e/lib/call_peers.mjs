// People with a client and a voice of their own in a Matrix call, each in a browser that takes its microphone from a WAV.
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
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
  const made = await build({ entryPoints: [join(import.meta.dirname, '../clients/call_peer/peer.ts')], bundle: true, write: false, format: 'esm', platform: 'browser', target: 'chrome120',
    define: { global: 'globalThis' }, logLevel: 'error' });
  const wasm = join(dirname(packages.resolve('@matrix-org/matrix-sdk-crypto-wasm')), 'pkg/matrix_sdk_crypto_wasm_bg.wasm');
  bundle = { '/': ['text/html', '<!doctype html><script type="module" src="/peer.js"></script>'], '/peer.js': ['text/javascript', made.outputFiles[0].text],
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

export class Peer {
  /** A browser of this user's, signed in. `wav`: what the microphone hears, once unless `loop`. */
  static async start(user, { room, service, wav, loop = false, wrongKey = false }) {
    const peer = new Peer();
    peer.user = user;
    peer.profile = await mkdtemp(join(tmpdir(), 'peer-'));
    peer.browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', headless: true, timeout: 120_000, env: { ...process.env, HOME: peer.profile },
      args: ['--no-sandbox', '--disable-gpu', '--no-first-run', '--use-fake-ui-for-media-stream', '--use-fake-device-for-media-stream', ...(wav ? [`--use-file-for-fake-audio-capture=${wav}${loop ? '' : '%noloop'}`] : []),
        '--autoplay-policy=no-user-gesture-required', '--disable-features=WebRtcHideLocalIpsWithMdns,LocalNetworkAccessChecks', '--mute-audio'] });
    const context = await peer.browser.newContext({ permissions: ['microphone'] });
    const served = await files();
    await context.route(`${origin}/**`, (route) => {
      const file = served[new URL(route.request().url()).pathname];
      return route.fulfill(file ? { status: 200, contentType: file[0], body: file[1] } : { status: 404 });
    });
    peer.page = await context.newPage();
    peer.lines = [];
    peer.page.on('console', (message) => peer.lines.push(message.text()));
    peer.page.on('pageerror', (error) => peer.lines.push(String(error)));
    await peer.page.goto(`${origin}/`);
    await peer.page.waitForFunction(() => window.peer);
    await peer.do('signIn', { baseUrl: user.base, userId: user.id, accessToken: user.token, deviceId: user.device, room, service, wrongKey });
    return peer;
  }
  do(what, ...given) { return this.page.evaluate(([name, words]) => window.peer[name](...words), [what, given]); }
  async stop() {
    await this.browser.close();
    await rm(this.profile, { recursive: true, force: true });
  }
}

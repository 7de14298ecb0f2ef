// The meeting bot as a process of its own, in a replica of a platform, with stand-ins for who started it.
import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import { Replicas } from '../../replicas/server.mjs';
import { until } from './troupe.mjs';
import { WhisperStandIn } from './whisper_stand_in.mjs';

export const botFolder = join(import.meta.dirname, '../../../workers/meeting-bot');
export const botArguments = ['--experimental-strip-types', '--disable-warning=ExperimentalWarning', join(botFolder, 'src/main.ts')];
export const links = {
  google_meet: (code) => `https://meet.google.com/${code}`,
  teams: (number) => `https://teams.live.com/meet/${number}`,
  zoom: (number) => `https://zoom.us/j/${number}`,
  jitsi: (name) => `https://meet.jit.si/${name}`,
  matrix: (room) => `https://call.element.io/#/room/${room}`,
};

export class CallHouse {
  static async start() {
    if (!existsSync(join(botFolder, 'node_modules/playwright-core'))) throw new Error('workers/meeting-bot has no packages: npm ci --ignore-scripts there');
    const house = new CallHouse();
    house.replicas = await Replicas.start();
    house.whisper = await WhisperStandIn.start();
    house.said = [];
    /** How callbacks are answered. */
    house.answers = () => 200;
    house.server = createServer(async (request, answer) => {
      let text = '';
      for await (const part of request) text += part;
      const status = house.answers(JSON.parse(text), request.url);
      if (status === 0) return request.socket.destroy();
      house.said.push({ ...JSON.parse(text), url: request.url, answered: status });
      answer.writeHead(status, { 'content-type': 'application/json' }).end('{"meeting_id":1,"status":"active"}');
    });
    await new Promise((r) => house.server.listen(0, '127.0.0.1', r));
    house.bots = [];
    return house;
  }
  async stop() {
    for (const bot of this.bots) if (bot.code === undefined) bot.process.kill('SIGKILL');
    await this.browser?.close();
    await this.whisper.stop();
    await this.replicas.stop();
    this.server.closeAllConnections();
    await new Promise((r) => this.server.close(r));
  }

  room(platform, id) { return this.replicas.room(`${platform}/${id}`); }

  /** Starts a bot. `config`: members of BOT_CONFIG besides the usual ones; `env`: more environment. */
  send(platform, id, { config = {}, env = {}, link = links[platform](id) } = {}) {
    const bot = { id: randomUUID(), output: '', config: {
      meeting_id: 42, platform, meetingUrl: link, botName: 'Scribe', token: 'a-token-of-one-meeting', nativeMeetingId: id, connectionId: randomUUID(), language: 'en',
      task: 'transcribe', container_name: 'vexa-bot-42', automaticLeave: { waitingRoomTimeout: 60_000, noOneJoinedTimeout: 60_000, everyoneLeftTimeout: 60_000 },
      botManagerCallbackUrl: `http://127.0.0.1:${this.server.address().port}/bots/internal/callback/a-secret/exited`, ...config } };
    bot.process = spawn(process.execPath, botArguments, { env: { PATH: process.env.PATH, HOME: process.env.HOME, CHROMIUM: process.env.CHROMIUM ?? '',
      BOT_CONFIG: JSON.stringify(bot.config), WHISPER_LIVE_URL: this.whisper.url, MEETING_BOT_TEST_ORIGIN: this.replicas.origin, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
    for (const stream of [bot.process.stdout, bot.process.stderr]) stream.on('data', (data) => { bot.output += data; });
    bot.exited = new Promise((r) => bot.process.once('exit', (code, signal) => { bot.code = code ?? signal; r(bot.code); }));
    this.bots.push(bot);
    return bot;
  }
  sayings(bot) { return this.said.filter((one) => one.connection_id === bot.config.connectionId && !one.notice); }
  /** What it said of telling the call that it listens. */
  notices(bot) { return this.said.filter((one) => one.connection_id === bot.config.connectionId && one.notice).map((one) => one.notice); }
  async until(bot, check, what) {
    return until(() => {
      const value = check();
      if (!value && bot.code !== undefined) throw Object.assign(new Error(`the bot has ended with ${bot.code}:\n${bot.output}`), { fatal: true });
      return value;
    }, `${what}; the bot says:\n${bot.output}`, 120_000).catch((error) => { throw new Error(`${error.message}\n${bot.output}`); });
  }
  becomes(bot, status) { return this.until(bot, () => this.sayings(bot).find((one) => one.status === status), `the bot to say ${status}`); }
  /** Its last word; it has ended then. */
  async ends(bot) {
    await until(() => bot.code !== undefined, `the bot to end:\n${bot.output}`, 120_000);
    return this.sayings(bot).at(-1);
  }

  /** A person in a browser of their own, whose microphone is this WAV. */
  async person(name, room, wav, { once = true } = {}) {
    const profile = await mkdtemp(join(tmpdir(), 'person-'));
    this.browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', headless: true, timeout: 120_000, env: { ...process.env, HOME: profile },
      args: ['--no-sandbox', '--disable-gpu', '--no-first-run', '--use-fake-ui-for-media-stream', '--use-fake-device-for-media-stream', `--use-file-for-fake-audio-capture=${wav}${once ? '%noloop' : ''}`,
        '--autoplay-policy=no-user-gesture-required', '--disable-features=WebRtcHideLocalIpsWithMdns', `--host-resolver-rules=MAP * ${this.replicas.origin}`, '--ignore-certificate-errors'] });
    const page = await (await this.browser.newContext({ ignoreHTTPSErrors: true })).newPage();
    page.setDefaultTimeout(90_000);
    await page.goto(`https://meet.jit.si/replica/host.html?room=${encodeURIComponent(room)}&name=${encodeURIComponent(name)}`);
    await until(async () => (await page.textContent('#where')).startsWith('in_call'), `${name} to be in the call`);
    page.gone = async () => {
      await this.browser.close();
      this.browser = null;
      await rm(profile, { recursive: true, force: true });
    };
    return page;
  }
}

// A real LiveKit server on this machine, which Troupe lets people into.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { freePort } from './ports.mjs';
import { until } from './troupe.mjs';

export const livekitProgram = process.env.LIVEKIT_SERVER ?? '';
/** Why tests that need it are skipped, or false. */
export const noLivekit = !livekitProgram ? 'it needs LiveKit: scripts/test --with-livekit, or LIVEKIT_SERVER names its program'
  : !existsSync(livekitProgram) ? `LIVEKIT_SERVER names ${livekitProgram}, which is not there` : false;
const key = 'devkey';
const secret = 'a-secret-of-thirty-two-letters-at-least';

export class Livekit {
  static async start() {
    const livekit = new Livekit();
    livekit.port = await freePort();
    const config = { port: livekit.port, bind_addresses: ['127.0.0.1'], keys: { [key]: secret }, logging: { level: 'warn' },
      rtc: { tcp_port: await freePort(), udp_port: await freePort(), use_external_ip: false, node_ip: '127.0.0.1', enable_loopback_candidate: true, interfaces: { includes: ['lo'] },
        ips: { includes: ['127.0.0.0/8'] } } };
    livekit.output = '';
    livekit.process = spawn(livekitProgram, ['--config-body', JSON.stringify(config), '--node-ip', '127.0.0.1'], { stdio: ['ignore', 'pipe', 'pipe'] });
    for (const stream of [livekit.process.stdout, livekit.process.stderr]) stream.on('data', (data) => { livekit.output += data; });
    await until(async () => {
      if (livekit.process.exitCode !== null) throw Object.assign(new Error(`LiveKit ended:\n${livekit.output}`), { fatal: true });
      return (await fetch(`http://127.0.0.1:${livekit.port}/`)).ok;
    }, 'LiveKit');
    return livekit;
  }
  /** What Troupe is told of it. */
  get env() { return { TROUPE_RTC_LIVEKIT_URL: `ws://127.0.0.1:${this.port}`, TROUPE_RTC_LIVEKIT_KEY: key, TROUPE_RTC_LIVEKIT_SECRET: secret }; }
  async stop() {
    const gone = new Promise((r) => this.process.once('exit', r));
    this.process.kill('SIGKILL');
    await gone;
  }
}

// A real LiveKit server on this machine, and the service that lets people in, as Element Call asks it.
import { spawn } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { existsSync } from 'node:fs';
import { createServer } from 'node:http';
import { freePort } from './ports.mjs';
import { until } from './troupe.mjs';

export const livekitProgram = process.env.LIVEKIT_SERVER ?? '';
/** Why tests that need it are skipped, or false. */
export const noLivekit = !livekitProgram ? 'it needs LiveKit: scripts/test --with-livekit, or LIVEKIT_SERVER names its program'
  : !existsSync(livekitProgram) ? `LIVEKIT_SERVER names ${livekitProgram}, which is not there` : false;
export const livekitKey = 'devkey';
export const livekitSecret = 'a-secret-of-thirty-two-letters-at-least';

export class Livekit {
  static async start() {
    const livekit = new Livekit();
    livekit.port = await freePort();
    const config = { port: livekit.port, bind_addresses: ['127.0.0.1'], keys: { [livekitKey]: livekitSecret }, logging: { level: 'warn' },
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
  get url() { return `ws://127.0.0.1:${this.port}`; }
  async stop() {
    const gone = new Promise((r) => this.process.once('exit', r));
    this.process.kill('SIGKILL');
    await gone;
  }
}

const part = (value) => Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');
function sign(claims) {
  const text = `${part({ alg: 'HS256', typ: 'JWT' })}.${part(claims)}`;
  return `${text}.${createHmac('sha256', livekitSecret).update(text).digest('base64url')}`;
}

/** POST /sfu/get {room, openid_token, device_id}: asks the homeserver whose token it is, and signs a way in. */
export class LivekitService {
  static async start(port) {
    const service = new LivekitService();
    service.asked = [];
    const cors = { 'access-control-allow-origin': '*', 'access-control-allow-headers': '*', 'access-control-allow-methods': 'POST, OPTIONS' };
    service.server = createServer(async (request, answer) => {
      let text = '';
      for await (const piece of request) text += piece;
      if (request.method === 'OPTIONS' || request.url !== '/sfu/get') return answer.writeHead(request.method === 'OPTIONS' ? 204 : 404, cors).end();
      const { room, openid_token: token, device_id: device } = JSON.parse(text);
      const userinfo = await fetch(`${service.homeserver}/_matrix/federation/v1/openid/userinfo?access_token=${encodeURIComponent(token.access_token)}`);
      if (!userinfo.ok) return answer.writeHead(403, cors).end();
      const identity = `${(await userinfo.json()).sub}:${device}`, now = Math.floor(Date.now() / 1000);
      service.asked.push(identity);
      const jwt = sign({ iss: livekitKey, sub: identity, nbf: now - 5, exp: now + 3600, video: { room, roomJoin: true, roomCreate: true, canPublish: true, canSubscribe: true, canPublishData: true } });
      answer.writeHead(200, { ...cors, 'content-type': 'application/json' }).end(JSON.stringify({ url: service.sfu, jwt }));
    });
    await new Promise((r) => service.server.listen(port, '127.0.0.1', r));
    return service;
  }
  stop() {
    this.server.closeAllConnections();
    return new Promise((r) => this.server.close(r));
  }
}

// Replicas of the platforms' join flows, for tests of the meeting bot: one HTTPS server that is every host, which page it shows
// is told by the host's name. Who is let in, denied, removed, and what is said is up to the test; the calls between the pages
// are real WebRTC, this server only carries their signalling.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const hosts = { 'meet.google.com': 'google_meet', 'teams.live.com': 'teams', 'teams.microsoft.com': 'teams', 'zoom.us': 'zoom', 'app.zoom.us': 'zoom',
  'meet.jit.si': 'jitsi', 'call.element.io': 'matrix', 'app.element.io': 'matrix' };

export class Room {
  /** Of those who ask: let in at once, or kept in the lobby until the test says. */
  lobby = true;
  people = new Map();
  lines = [];
  #next = 0;

  enter(name, { puppet = false, host = false } = {}) {
    const one = { id: `p${++this.#next}`, name, puppet, host, where: puppet || host || !this.lobby ? 'in_call' : 'lobby', stream: null };
    this.people.set(one.id, one);
    this.#tell();
    return one;
  }
  /** Somebody who is in the call without any sound. */
  puppet(name) { return this.enter(name, { puppet: true }); }
  of(name) { return [...this.people.values()].find((one) => one.name === name && one.where !== 'gone'); }
  move(name, where) {
    const one = this.of(name);
    if (!one) throw new Error(`${name} is not here`);
    one.where = where;
    this.#tell();
  }
  admit(name) { this.move(name, 'in_call'); }
  deny(name) { this.move(name, 'denied'); }
  kick(name) { this.move(name, 'removed'); }
  end() {
    for (const one of this.people.values()) if (one.where === 'in_call') one.where = one.puppet ? 'gone' : 'over';
    this.#tell();
  }
  drop(id) {
    const one = this.people.get(id);
    if (one) one.where = 'gone';
    this.#tell();
  }
  say(name, text) {
    this.lines.push({ from: name, text });
    this.#tell();
  }
  send(from, to, signal) { this.people.get(to)?.stream?.write(`data: ${JSON.stringify({ type: 'signal', from, signal })}\n\n`); }
  listen(id, stream) {
    const one = this.people.get(id);
    if (!one) return stream.end();
    one.stream = stream;
    stream.on('close', () => { if (one.stream === stream) this.drop(id); });
    this.#tell();
  }
  #tell() {
    const inside = [...this.people.values()].filter((one) => one.where === 'in_call').map(({ id, name, puppet }) => ({ id, name, puppet }));
    for (const one of this.people.values()) {
      const shown = one.where === 'in_call' ? { people: inside, lines: this.lines } : { people: [], lines: [] };
      one.stream?.write(`data: ${JSON.stringify({ type: 'state', where: one.where, ...shown })}\n\n`);
    }
  }
}

const types = { html: 'text/html; charset=utf-8', js: 'text/javascript' };
const here = import.meta.dirname;

export class Replicas {
  static async start() {
    const replicas = new Replicas();
    const folder = mkdtempSync(join(tmpdir(), 'replicas-'));
    execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-keyout', join(folder, 'key'), '-out', join(folder, 'cert'),
      '-days', '2', '-subj', '/CN=replicas.test', '-addext', `subjectAltName=${Object.keys(hosts).map((host) => `DNS:${host}`).join(',')}`], { stdio: 'ignore' });
    const secrets = { key: readFileSync(join(folder, 'key')), cert: readFileSync(join(folder, 'cert')) };
    rmSync(folder, { recursive: true });
    replicas.rooms = new Map();
    /** Pages that were asked for, with the query: what a bot opened. */
    replicas.opened = [];
    replicas.server = createServer(secrets, (request, answer) => replicas.#answer(request, answer).catch((error) => {
      console.error(request.url, error);
      answer.destroy();
    }));
    await new Promise((r) => replicas.server.listen(0, '127.0.0.1', r));
    replicas.origin = `127.0.0.1:${replicas.server.address().port}`;
    return replicas;
  }
  stop() {
    this.server.closeAllConnections();
    return new Promise((r) => this.server.close(r));
  }
  room(id) {
    if (!this.rooms.has(id)) this.rooms.set(id, new Room());
    return this.rooms.get(id);
  }

  async #answer(request, answer) {
    const url = new URL(request.url, `https://${request.headers.host}`);
    const file = (name) => {
      const content = readFileSync(join(here, name));
      answer.writeHead(200, { 'content-type': types[name.split('.').at(-1)] }).end(content);
    };
    if (/^\/replica\/(call|stage)\.js$/.test(url.pathname)) return file(url.pathname.slice('/replica/'.length));
    if (url.pathname === '/replica/host.html') return file('host.html');
    if (url.pathname === '/favicon.ico') return answer.writeHead(404).end();
    if (!url.pathname.startsWith('/replica/')) {
      this.opened.push(url.href);
      const platform = hosts[url.hostname];
      return platform ? file(`${platform}/index.html`) : answer.writeHead(404).end();
    }
    const room = this.room(url.searchParams.get('room')), id = url.searchParams.get('id');
    if (url.pathname === '/replica/events') {
      answer.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
      return room.listen(id, answer);
    }
    let text = '';
    for await (const part of request) text += part;
    const body = JSON.parse(text);
    let reply = {};
    if (url.pathname === '/replica/join') reply = { id: room.enter(body.name, { host: body.host }).id };
    else if (url.pathname === '/replica/signal') room.send(id, body.to, body.signal);
    else if (url.pathname === '/replica/say') room.say(room.people.get(id)?.name, body.text);
    else if (url.pathname === '/replica/leave') room.drop(id);
    answer.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(reply));
  }
}

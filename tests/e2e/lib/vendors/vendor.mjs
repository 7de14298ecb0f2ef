// What the stand-ins of the vendors have in common: a server on a loopback port, a key, limits, a record of what was
// written, and mishaps that a test orders for the next requests.
import { EventEmitter } from 'node:events';
import { createServer } from 'node:http';

const pause = (ms) => new Promise((r) => setTimeout(r, ms));

/** What became of one write, in `writes`: {operation: "POST /jobs", path, body, wrote, again, at}. `again`: it set what was
 * set already. */
export class Vendor extends EventEmitter {
  /**
   * Options: port (a free one), key, latency (ms before each answer), slow (ms, of 'slow' and 'late'), rates (true: the
   * vendor's own limits hold), and whatever the vendor has. Emits 'request' (each, before it is looked at), 'hang' (one that gets
   * no answer) and 'wrote' (a write was done, its answer is not out yet).
   */
  static async start(options = {}) {
    const vendor = Object.assign(new this(), { key: 'a-vendors-key', port: 0, latency: 0, slow: 1000, rates: false }, options);
    await vendor.up();
    return vendor;
  }
  base = '';
  writes = [];
  requests = []; // the newest 10,000
  unknown = []; // "GET /path" of those that it does not have
  limited = 0; // how many were answered 429
  orders = [];
  seen = new Map(); // limit → times of its calls
  held = new Set(); // those that hang

  /** What <SERVICE>_BASE_URL is set to. */
  get url() { return `http://127.0.0.1:${this.port}${this.base}`; }

  /** Listens, again on the same port after down(): what it has is still there. */
  async up() {
    this.http = createServer((request, response) => this.take(request, response).catch(() => response.destroy()));
    this.http.keepAliveTimeout = 60_000;
    await new Promise((yes, no) => this.http.once('error', no).listen(this.port, '127.0.0.1', yes));
    this.port = this.http.address().port;
  }
  /** Gone, with all connections. */
  async down() {
    this.http.closeAllConnections();
    await new Promise((r) => this.http.close(r));
  }
  stop() { return this.down(); }

  /**
   * What goes wrong, in the order of the requests that it is for (`on`: 'write', 'read', 'any', or a pattern of "POST
   * /jobs").
   *   lost_before, lost_after    the connection ends without an answer; nothing was done, or it was
   *   die_before, die_after      the same with the whole server, until up()
   *   hang_before, hang_after    no answer, ever; nothing was done, or it was
   *   late                       it is done after `slow` ms, whether anybody still waits for it or not
   *   slow                       it is done at once, and answered after `slow` ms
   *   error, error_after         500; nothing was done, or it was all the same
   *   limited                    429
   *   cut                        done; its answer ends in the middle
   *   broken, huge               done; its answer is no JSON, or 64 MiB of it
   *   elsewhere, elsewhere_kept  a redirect to `elsewhere`, 302 or 307; nothing was done
   * or a function of request and response.
   */
  order(mishap, { on = 'write', times = 1 } = {}) { this.orders.push({ mishap, on, times }); }
  /** Nothing goes wrong any more; what hangs gets its end. */
  calm() {
    this.orders.length = 0;
    for (const response of this.held) response.destroy();
    this.held.clear();
  }
  /** The writes whose body or outcome has this text, those that changed nothing left out. */
  wrote(text) { return this.writes.filter((each) => !each.again && JSON.stringify([each.path, each.body, each.wrote]).includes(text)); }

  // ---- What vendors differ in ----

  isWrite({ method }) { return method !== 'GET'; }
  /** The answer to a wrong or missing credential; nothing: it is let in. */
  refused({ headers }) { return headers.authorization === `Bearer ${this.key}` ? undefined : this.noKey(headers); }
  error() { return { status: 500, text: '<html><h1>500 Internal Server Error</h1></html>', type: 'text/html' }; }
  /** Those that a call counts for: [{name, calls, seconds}]. */
  limits() { return []; }
  // rows: of route(), whose answers are {status, body | text, type, headers, wrote, again}; nowhere(): the answer to a path
  // that is not there; noKey(headers); tooMany(seconds)
  answer(asked) { return this.routed(asked); }
  routed(asked) {
    const answer = route(this.rows, asked);
    if (!answer) this.unknown.push(`${asked.method} ${asked.path}`);
    return answer ?? this.nowhere(asked);
  }

  async take(request, response) {
    const pieces = [];
    for await (const piece of request) pieces.push(piece);
    const url = new URL(request.url, 'http://vendor');
    const bytes = Buffer.concat(pieces);
    const asked = { method: request.method, path: url.pathname.slice(this.base.length), query: url.searchParams, headers: request.headers, bytes,
      body: read(bytes, request.headers['content-type'] ?? '') };
    const writes = this.isWrite(asked);
    this.requests.push({ method: asked.method, path: asked.path, query: url.search, headers: asked.headers, body: asked.body, at: Date.now() });
    if (this.requests.length > 10_000) this.requests.shift();
    this.emit('request', asked);
    const mishap = this.mishapOf(asked, writes);
    if (this.latency) await pause(this.latency);
    if (!url.pathname.startsWith(this.base)) return say(response, { status: 404, text: 'Not Found', type: 'text/plain' });
    const no = this.refused(asked) ?? (mishap === 'limited' ? this.tooMany(1) : this.over(asked));
    if (no) {
      if (no.status === 429) this.limited += 1;
      return say(response, no);
    }
    if (typeof mishap === 'function') return mishap(request, response);
    if (mishap === 'lost_before') return void request.socket.destroy();
    if (mishap === 'die_before') return void this.down();
    if (mishap === 'hang_before') return this.hang(response, asked);
    if (mishap === 'error') return say(response, this.error());
    if (mishap === 'elsewhere' || mishap === 'elsewhere_kept')
      return say(response, { status: mishap === 'elsewhere' ? 302 : 307, headers: { location: this.elsewhere } });
    if (mishap === 'late') await pause(this.slow);
    const done = this.answer(asked);
    if (done.wrote !== undefined) {
      this.writes.push({ operation: `${asked.method} ${asked.path}`, path: asked.path, body: asked.body, wrote: structuredClone(done.wrote), again: done.again ?? false, at: Date.now() });
      this.emit('wrote', this.writes.at(-1));
    }
    if (mishap === 'lost_after') return void request.socket.destroy();
    if (mishap === 'die_after') return void this.down();
    if (mishap === 'hang_after') return this.hang(response, asked);
    if (mishap === 'error_after') return say(response, this.error());
    if (mishap === 'slow') await pause(this.slow);
    if (mishap === 'huge') return say(response, { status: done.status, body: { ...done.body, filler: 'x'.repeat(64 * 1024 * 1024) } });
    if (mishap === 'broken') return say(response, { status: done.status, text: '{"id":', type: 'application/json' });
    if (mishap === 'cut') return cut(response, done);
    return say(response, done);
  }

  mishapOf({ method, path }, writes) {
    const fits = ({ on }) => on === 'any' || on === (writes ? 'write' : 'read') || (on instanceof RegExp && on.test(`${method} ${path}`));
    const at = this.orders.findIndex(fits);
    if (at < 0) return undefined;
    const order = this.orders[at];
    order.times -= 1;
    if (order.times <= 0) this.orders.splice(at, 1);
    return order.mishap;
  }
  hang(response, asked) {
    this.held.add(response);
    response.once('close', () => this.held.delete(response));
    this.emit('hang', asked);
  }
  over(asked) {
    if (!this.rates) return undefined;
    const now = Date.now();
    const all = this.limits(asked).map((limit) => {
      const times = (this.seen.get(limit.name) ?? []).filter((at) => at > now - limit.seconds * 1000);
      this.seen.set(limit.name, times);
      return { ...limit, times };
    });
    const full = all.find(({ times, calls }) => times.length >= calls);
    if (full) return this.tooMany(Math.max(1, Math.ceil((full.times[0] + full.seconds * 1000 - now) / 1000)));
    for (const { times } of all) times.push(now);
    return undefined;
  }
}

/** JSON, a form, or a multipart body's fields with {filename, bytes} for its files. */
function read(bytes, type) {
  if (type.startsWith('application/x-www-form-urlencoded')) return Object.fromEntries(new URLSearchParams(bytes.toString()));
  const boundary = /^multipart\/form-data;.*boundary="?([^";]+)"?/.exec(type)?.[1];
  if (boundary) {
    const fields = {};
    for (const part of bytes.toString('latin1').split(`--${boundary}`).slice(1, -1)) {
      const at = part.indexOf('\r\n\r\n');
      const head = part.slice(0, at);
      const value = Buffer.from(part.slice(at + 4, -2), 'latin1');
      const name = / name="([^"]*)"/i.exec(head)?.[1];
      const filename = / filename="([^"]*)"/i.exec(head)?.[1];
      if (name) fields[name] = filename === undefined ? value.toString() : { filename, bytes: value.length };
    }
    return fields;
  }
  try {
    return JSON.parse(bytes.toString());
  } catch {
    return undefined;
  }
}

function say(response, { status = 200, body, text, type, headers = {} }) {
  if (response.destroyed) return;
  response.writeHead(status, { ...(body === undefined && text === undefined ? {} : { 'content-type': type ?? 'application/json; charset=utf-8' }), ...headers });
  response.end(text ?? (body === undefined ? '' : JSON.stringify(body)));
}
function cut(response, { status = 200, body, headers = {} }) {
  const text = Buffer.from(JSON.stringify(body ?? {}));
  response.writeHead(status, { 'content-type': 'application/json', 'content-length': text.length + 10, ...headers });
  response.write(text.subarray(0, Math.ceil(text.length / 2)), () => response.destroy());
}

/** Gives an object these values; whether that changed anything. */
export function changes(object, values) {
  const before = JSON.stringify(object);
  Object.assign(object, values);
  return JSON.stringify(object) !== before;
}

/** What the first pattern that fits answers: "/projects/:id/comments". Undefined: none does, or it does not want to. */
export function route(rows, asked) {
  for (const [method, pattern, run] of rows) {
    if (method !== 'ANY' && method !== asked.method) continue;
    const names = [];
    const fits = new RegExp(`^${pattern.replaceAll('.', '\\.').replace(/:(\w+)/g, (_, name) => (names.push(name), '([^/]+)'))}$`).exec(asked.path);
    const answer = fits && run(asked, Object.fromEntries(names.map((name, i) => [name, decodeURIComponent(fits[i + 1])])));
    if (answer) return answer;
  }
  return undefined;
}

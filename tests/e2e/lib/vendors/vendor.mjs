// What the stand-ins of the vendors have in common: a server on a loopback port, a key, a count of what was written, and
// mishaps that a test orders for the next writes.
import { createServer } from 'node:http';

export class Vendor {
  /** mishaps, in the order of the writes: 'lost_before' (never came), 'lost_after' (done, its answer is lost), 'error',
   * 'error_after' (500, nothing done or done all the same), 'limited', 'slow' (answers after `slow` ms), 'huge', 'broken' (no JSON),
   * 'elsewhere' (a redirect to `elsewhere`), or a function of request and response. */
  static async start(options = {}) {
    const vendor = Object.assign(new this(), { key: 'a-vendors-key', mishaps: [], writes: [], requests: [], slow: 1000, latency: 0 }, options);
    vendor.http = createServer((request, response) => vendor.take(request, response).catch(() => response.destroy()));
    await new Promise((r) => vendor.http.listen(vendor.port ?? 0, '127.0.0.1', r));
    vendor.port = vendor.http.address().port;
    vendor.url = `http://127.0.0.1:${vendor.port}${vendor.base}`; // what <SERVICE>_BASE_URL is set to
    return vendor;
  }
  async stop() {
    this.http.closeAllConnections();
    await new Promise((r) => this.http.close(r));
  }

  base = '';
  isWrite(method) { return method !== 'GET'; }
  letIn(headers) { return headers.authorization === `Bearer ${this.key}`; }

  async take(request, response) {
    const pieces = [];
    for await (const piece of request) pieces.push(piece);
    const url = new URL(request.url, 'http://vendor');
    const bytes = Buffer.concat(pieces);
    const asked = { method: request.method, path: url.pathname.slice(this.base.length), query: url.searchParams, headers: request.headers, bytes, body: json(bytes) };
    this.requests.push(asked);
    if (this.latency) await new Promise((r) => setTimeout(r, this.latency));
    if (!this.letIn(request.headers)) return say(response, this.noKey());
    if (!this.isWrite(asked.method, asked.path)) return say(response, this.answer(asked));
    const mishap = this.mishaps.shift();
    if (typeof mishap === 'function') return mishap(request, response);
    if (mishap === 'lost_before') return void request.socket.destroy();
    if (mishap === 'error') return say(response, this.error());
    if (mishap === 'limited') return say(response, this.limited());
    if (mishap === 'elsewhere') return say(response, { status: 302, headers: { location: this.elsewhere } });
    const done = this.answer(asked);
    if (done.wrote !== undefined) this.writes.push(done.wrote);
    if (mishap === 'lost_after') return void request.socket.destroy();
    if (mishap === 'error_after') return say(response, this.error());
    if (mishap === 'slow') await new Promise((r) => setTimeout(r, this.slow));
    if (mishap === 'huge') return say(response, { body: { ...done.body, filler: 'x'.repeat(64 * 1024 * 1024) } });
    if (mishap === 'broken') return say(response, { status: done.status, text: '{"id":', type: 'application/json' });
    return say(response, done);
  }
  error() { return { status: 500, text: '<html><h1>500</h1></html>', type: 'text/html' }; }
}

function json(bytes) {
  try {
    return JSON.parse(bytes.toString());
  } catch {
    return undefined;
  }
}

function say(response, { status = 200, body, text, type, headers = {} }) {
  response.writeHead(status, { ...(body === undefined && text === undefined ? {} : { 'content-type': type ?? 'application/json' }), ...headers });
  response.end(text ?? (body === undefined ? '' : JSON.stringify(body)));
}

/** The first `path` pattern that fits: "/projects/:id/comments". */
export function route(rows, asked) {
  for (const [method, pattern, run] of rows) {
    if (method !== asked.method) continue;
    const names = [];
    const fits = new RegExp(`^${pattern.replace(/:(\w+)/g, (_, name) => (names.push(name), '([^/]+)'))}$`).exec(asked.path);
    if (fits) return run(asked, Object.fromEntries(names.map((name, i) => [name, decodeURIComponent(fits[i + 1])])));
  }
  return undefined;
}

// Requests as the walls' suite sends them: kept-alive connections, no client's niceties, streams cut after their greeting.
import { Agent, request } from 'node:http';

/** How long a stream of events may be silent before what came so far is its answer. */
const streamPatienceMs = 5_000;

export class Wire {
  constructor(base, { sockets = 24 } = {}) {
    this.base = new URL(base);
    this.agent = new Agent({ keepAlive: true, maxSockets: sockets });
    this.sent = 0;
  }
  close() { this.agent.destroy(); }

  /**
   * Yields {status, headers, text}. `body`: an object goes as JSON, a URLSearchParams as a form, text and bytes as they are.
   * An answer of events ends with the first event that is there (`hello`, or what it sends of old).
   */
  send({ method, path, headers = {}, body }) {
    this.sent += 1;
    const all = { ...headers };
    let bytes;
    if (body instanceof URLSearchParams) {
      bytes = Buffer.from(body.toString());
      all['content-type'] ??= 'application/x-www-form-urlencoded';
    } else if (body instanceof Uint8Array || typeof body === 'string') {
      bytes = Buffer.from(body);
    } else if (body !== undefined) {
      bytes = Buffer.from(JSON.stringify(body));
      all['content-type'] ??= 'application/json';
    }
    if (bytes) all['content-length'] = bytes.length;
    return new Promise((resolve, reject) => {
      const asked = request({ agent: this.agent, host: this.base.hostname, port: this.base.port, method, path, headers: all }, (response) => {
        const pieces = [];
        const done = () => resolve({ status: response.statusCode, headers: response.headers, text: Buffer.concat(pieces).toString('utf8') });
        const events = response.headers['content-type']?.startsWith('text/event-stream');
        const cut = () => { clearTimeout(timer); response.destroy(); done(); };
        const timer = events ? setTimeout(cut, streamPatienceMs) : undefined;
        response.on('data', (piece) => {
          pieces.push(piece);
          if (events && Buffer.concat(pieces).includes('\n\n')) cut();
        });
        response.on('end', () => { clearTimeout(timer); done(); });
        response.on('error', (error) => { if (!events) reject(error); });
      });
      // A kept connection may be closed by the server just when it is used again: that is no answer, and nothing was taken.
      asked.on('error', (error) => (asked.reusedSocket && error.code === 'ECONNRESET' ? resolve(this.send({ method, path, headers, body }))
        : reject(new Error(`${method} ${path}: ${error.message}`))));
      asked.setTimeout(120_000, () => asked.destroy(new Error('no answer within two minutes')));
      asked.end(bytes);
    });
  }

  /** A stream of events as it comes: {status, text, ended, close()}; `text` grows. Yields once its head is there. */
  watch({ path, headers = {} }) {
    this.sent += 1;
    return new Promise((resolve, reject) => {
      const asked = request({ host: this.base.hostname, port: this.base.port, path, headers }, (response) => {
        const stream = { status: response.statusCode, text: '', ended: false, close: () => response.destroy() };
        response.setEncoding('utf8');
        response.on('data', (piece) => { stream.text += piece; });
        response.on('error', () => {});
        response.on('close', () => { stream.ended = true; });
        resolve(stream);
      });
      asked.on('error', reject);
      asked.end();
    });
  }
}

/** Runs `work` over the items, so many at once, in the order of the items. */
export async function each(items, work, atOnce = 24) {
  const results = new Array(items.length);
  let next = 0;
  const worker = async () => {
    while (next < items.length) {
      const at = next++;
      results[at] = await work(items[at], at);
    }
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, items.length) }, worker));
  return results;
}

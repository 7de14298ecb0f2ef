// The port: WebSockets of WhisperLive, and HTTP.
import { createHash, timingSafeEqual } from 'node:crypto';
import http from 'node:http';
import { WebSocketServer } from 'ws';
import { FileClient, mostBytes, readForm, Refusal, written } from './file_request.mjs';
import { Scheduler } from './scheduler.mjs';
import { Session } from './session.mjs';

const mostFrame = 4 << 20;  // more than the 45 s that may wait
const mostFiles = 8;
const refusals = {
  400: 'the address cannot be read', 401: 'the key is wrong or missing', 403: 'pages of browsers are not served',
};
const mostUnGreeted = 64;   // sockets beyond max-clients: those without handshake, and those that are told to wait

export class Server {
  #sessions = new Set();
  #open = new Set();
  #files = 0;

  constructor(engine, options) {
    this.options = options;
    this.maxConnectionTime = options.maxConnectionTime;
    this.scheduler = new Scheduler(engine);
    this.http = http.createServer({ requestTimeout: 120_000, headersTimeout: 10_000, maxHeaderSize: 16 << 10 },
      (request, response) => this.#answer(request, response));
    this.sockets = new WebSocketServer({ noServer: true, maxPayload: mostFrame, perMessageDeflate: false });
    this.http.on('upgrade', (request, socket, head) => this.#upgrade(request, socket, head));
  }

  /** Resolves to HOST:PORT. */
  listen() {
    return new Promise((resolve, reject) => {
      this.http.once('error', reject);
      this.http.listen(this.options.port, this.options.host, () => {
        const { address, port, family } = this.http.address();
        resolve(family === 'IPv6' ? `[${address}]:${port}` : `${address}:${port}`);
      });
    });
  }

  async close() {
    for (const session of this.#open) session.disconnect(1001);
    const closed = new Promise((resolve) => { this.http.close(resolve); });
    this.http.closeAllConnections();
    await closed;
  }

  /** Session's: whether it may stay. */
  takePlace(session) {
    if (this.#sessions.size >= this.options.maxClients) return false;
    this.#sessions.add(session);
    return true;
  }

  leave(session) {
    this.#sessions.delete(session);
    this.#open.delete(session);
    this.scheduler.remove(session);
  }

  #upgrade(request, socket, head) {
    socket.on('error', () => socket.destroy());
    const status = this.#forbidden(request);
    if (status || this.#open.size >= this.options.maxClients + mostUnGreeted) {
      const line = status ? `${status} ${http.STATUS_CODES[status]}` : '503 Service Unavailable';
      return socket.end(`HTTP/1.1 ${line}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
    }
    return this.sockets.handleUpgrade(request, socket, head, (client) => this.#open.add(new Session(client, this)));
  }

  /** The status to refuse with, if so. A page in a browser says its origin: none has anything to seek here. */
  #forbidden(request) {
    if (request.headers.origin) return 403;
    const { key } = this.options;
    if (!key) return undefined;
    const bearer = /^Bearer (.+)$/i.exec(request.headers.authorization ?? '')?.[1];
    if (!URL.canParse(request.url, 'http://x')) return 400;
    const said = bearer ?? new URL(request.url, 'http://x').searchParams.get('token') ?? '';
    const hash = (text) => createHash('sha256').update(text).digest();
    return timingSafeEqual(hash(said), hash(key)) ? undefined : 401;
  }

  async #answer(request, response) {
    const path = request.url.split('?')[0];
    try {
      const status = path === '/health' ? undefined : this.#forbidden(request);
      if (status) throw new Refusal(status, refusals[status]);
      if (path === '/health' && request.method === 'GET') return say(response, 200, 'application/json', JSON.stringify(this.#health()));
      if (path !== '/v1/audio/transcriptions') throw new Refusal(404, 'there is nothing here');
      if (request.method !== 'POST') throw new Refusal(405, 'only POST');
      return await this.#transcribe(request, response);
    } catch (failure) {
      await drained(request);
      const status = failure instanceof Refusal ? failure.status : 500;
      if (status === 500) process.stderr.write(`transcriber: ${failure.stack}\n`);
      const message = status === 500 ? 'the file could not be understood' : failure.message;
      const type = status === 500 || status === 503 ? 'server_error' : 'invalid_request_error';
      return say(response, status, 'application/json', JSON.stringify({ error: { message, type } }));
    }
  }

  #health() {
    return { status: 'ok', clients: this.#sessions.size, max_clients: this.options.maxClients, files: this.#files };
  }

  async #transcribe(request, response) {
    if (this.#files >= mostFiles) throw new Refusal(503, 'too many files are being transcribed');
    this.#files++;
    let client;
    try {
      const form = await readForm(await readBody(request), request.headers['content-type']);
      client = new FileClient(form.bytes);
      response.on('close', () => client.reject(new Refusal(499, 'the client went away')));
      this.scheduler.add(client);
      this.scheduler.wake();
      const { type, body } = written(await client.done, form.format);
      say(response, 200, type, body);
    } finally {
      if (client) this.scheduler.remove(client);
      this.#files--;
    }
  }
}

async function readBody(request) {
  const tooLarge = () => new Refusal(413, `the file is larger than ${mostBytes >> 20} MB`);
  if (Number(request.headers['content-length']) > mostBytes + 65536) throw tooLarge();
  const pieces = [];
  let count = 0;
  try {
    for await (const piece of request.iterator({ destroyOnReturn: false })) {
      count += piece.length;
      if (count > mostBytes + 65536) throw tooLarge();
      pieces.push(piece);
    }
  } catch (failure) {
    throw failure instanceof Refusal ? failure : new Refusal(400, 'the request was cut off');
  }
  return Buffer.concat(pieces);
}

/** A peer reads an answer only when it has sent all it wanted to: the rest is read and forgotten, within reason. */
async function drained(request) {
  let count = 0;
  try {
    for await (const piece of request) {
      count += piece.length;
      if (count > 4 * mostBytes) request.destroy();
    }
  } catch {
    // cut off: nobody is there to be told
  }
}

function say(response, status, type, body) {
  if (response.writableEnded || response.destroyed) return;
  // What of a body was not read would be taken for the next request.
  const more = status === 200 ? {} : { Connection: 'close' };
  if (status === 503) more['Retry-After'] = '5';
  response.writeHead(status, { 'Content-Type': type, 'Content-Length': Buffer.byteLength(body), 'X-Content-Type-Options': 'nosniff', ...more });
  response.end(body);
}

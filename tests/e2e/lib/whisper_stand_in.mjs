// A WhisperLive server as Vexa's bots know it, which only keeps what it is sent: for tests of who speaks to one.
import { createHash } from 'node:crypto';
import { createServer } from 'node:http';

const guid = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';

export class WhisperStandIn {
  /** Whether a session is told that the server is ready. */
  answering = true;
  sessions = [];

  static async start() {
    const standIn = new WhisperStandIn();
    standIn.server = createServer((_, answer) => answer.writeHead(404).end());
    standIn.server.on('upgrade', (request, socket) => standIn.#upgrade(request, socket));
    await new Promise((r) => standIn.server.listen(0, '127.0.0.1', r));
    standIn.url = `ws://127.0.0.1:${standIn.server.address().port}/ws`;
    return standIn;
  }
  stop() {
    for (const { socket } of this.sessions) socket.destroy();
    return new Promise((r) => this.server.close(r));
  }

  #upgrade(request, socket) {
    const accept = createHash('sha1').update(request.headers['sec-websocket-key'] + guid).digest('base64');
    socket.write(`HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`);
    const session = { socket, hello: null, texts: [], frames: 0, samples: [], ended: false, closed: false, keep: true };
    this.sessions.push(session);
    socket.on('error', () => {});
    socket.on('close', () => { session.closed = true; });
    let held = Buffer.alloc(0);
    socket.on('data', (data) => {
      held = Buffer.concat([held, data]);
      for (let frame; (frame = take(held)); ) {
        held = held.subarray(frame.size);
        this.#frame(session, frame);
      }
    });
  }
  #frame(session, { opcode, body }) {
    if (opcode === 8) return session.socket.end(Buffer.from([0x88, 0]));
    if (opcode === 9) return session.socket.write(Buffer.concat([Buffer.from([0x8a, body.length]), body]));
    if (opcode === 1) {
      const said = JSON.parse(body.toString());
      if (session.hello) return session.texts.push(said);
      session.hello = said;
      if (this.answering) this.ready(session);
      return;
    }
    if (body.toString('latin1') === 'END_OF_AUDIO') {
      session.ended = true;
      return session.socket.end(Buffer.from([0x88, 0]));
    }
    ++session.frames;
    session.samples.push(new Float32Array(body.buffer.slice(body.byteOffset, body.byteOffset + body.length)));
  }
  ready(session) {
    this.say(session, { status: 'SERVER_READY', uid: session.hello.uid });
    this.say(session, { uid: session.hello.uid, message: 'SERVER_READY', backend: 'faster_whisper' });
  }
  say(session, object) {
    const body = Buffer.from(JSON.stringify(object));
    session.socket.write(Buffer.concat([body.length < 126 ? Buffer.from([0x81, body.length]) : Buffer.from([0x81, 126, body.length >> 8, body.length & 255]), body]));
  }
  get last() { return this.sessions.at(-1); }
}

/** The greatest root mean square of any frame. */
export const loudest = (session) => Math.max(0, ...session.samples.map((frame) => Math.sqrt(frame.reduce((sum, one) => sum + one * one, 0) / frame.length)));

/** The first frame of what has arrived, unmasked; null: it is not whole. */
function take(data) {
  if (data.length < 6) return null;
  let length = data[1] & 0x7f, at = 2;
  if (length === 126) { if (data.length < 4) return null; length = data.readUInt16BE(2); at = 4; }
  else if (length === 127) { if (data.length < 10) return null; length = Number(data.readBigUInt64BE(2)); at = 10; }
  if (data.length < at + 4 + length) return null;
  const mask = data.subarray(at, at + 4), body = Buffer.from(data.subarray(at + 4, at + 4 + length));
  for (let i = 0; i < body.length; ++i) body[i] ^= mask[i & 3];
  return { opcode: data[0] & 15, body, size: at + 4 + length };
}

// WhisperLive for tests, without a library: a server of the stock dialect that hears in words what a test wrote into the sound,
// and a bot of Vexa's dialect. A second of sound at loudness 0.007 is the word "w7".
import { createHash, randomBytes } from 'node:crypto';
import { createServer } from 'node:http';

const rate = 16_000;

/** RFC 6455 as far as two programs of our own need it: whole frames, up to a megabyte. */
function frame(bytes, { text, masked }) {
  const payload = Buffer.from(bytes);
  const head = [text ? 0x81 : 0x82];
  const bit = masked ? 0x80 : 0;
  if (payload.length < 126) head.push(bit | payload.length);
  else if (payload.length < 65_536) head.push(bit | 126, payload.length >> 8, payload.length & 255);
  else head.push(bit | 127, 0, 0, 0, 0, ...[24, 16, 8, 0].map((by) => (payload.length >>> by) & 255));
  if (!masked) return Buffer.concat([Buffer.from(head), payload]);
  const mask = randomBytes(4);
  for (let i = 0; i < payload.length; i++) payload[i] ^= mask[i & 3];
  return Buffer.concat([Buffer.from(head), mask, payload]);
}

function* framesOf(state, more) {
  state.bytes = Buffer.concat([state.bytes, more]);
  for (;;) {
    const { bytes } = state;
    if (bytes.length < 2) return;
    let length = bytes[1] & 127;
    let at = 2;
    if (length === 126) { if (bytes.length < 4) return; length = bytes.readUInt16BE(2); at = 4; }
    if (length === 127) { if (bytes.length < 10) return; length = Number(bytes.readBigUInt64BE(2)); at = 10; }
    const mask = bytes[1] & 128 ? bytes.subarray(at, at += 4) : undefined;
    if (bytes.length < at + length) return;
    const payload = Buffer.from(bytes.subarray(at, at + length));
    if (mask) for (let i = 0; i < payload.length; i++) payload[i] ^= mask[i & 3];
    state.bytes = bytes.subarray(at + length);
    yield { opcode: bytes[0] & 15, masked: Boolean(mask), payload };
  }
}

/** Cuts each connection after `cutAfter` seconds of sound, tells the first `waits` to wait, and notes what breaks its rules. */
export class StockWhisper {
  constructor({ cutAfter = Infinity, waits = 0 } = {}) {
    Object.assign(this, { cutAfter, waits, connections: 0, breaches: [], hellos: [] });
    this.server = createServer();
    this.server.on('upgrade', (request, socket) => this.#serve(request, socket));
  }
  async listen() {
    await new Promise((done) => this.server.listen(0, '127.0.0.1', done));
    return `ws://127.0.0.1:${this.server.address().port}`;
  }
  close() {
    this.server.closeAllConnections();
    this.server.close();
  }

  #serve(request, socket) {
    this.connections++;
    const accept = createHash('sha1').update(`${request.headers['sec-websocket-key']}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64');
    socket.write(`HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`);
    socket.on('error', () => {});
    const client = { bytes: Buffer.alloc(0), sound: [], seconds: 0, samples: 0 };
    const say = (what) => socket.write(frame(JSON.stringify({ uid: client.uid, ...what }), { text: true }));
    const leave = () => socket.end(Buffer.from([0x88, 2, 3, 0xe8]));
    socket.on('data', (more) => {
      for (const { opcode, masked, payload } of framesOf(client, more)) {
        if (!masked) this.breaches.push('a frame without a mask');
        if (opcode === 8) return socket.end(Buffer.from([0x88, 2, 3, 0xe8]));
        if (opcode === 9) { socket.write(Buffer.concat([Buffer.from([0x8a, payload.length]), payload])); continue; }
        if (opcode === 10) continue;
        if (!client.uid) {
          const hello = JSON.parse(payload);
          this.hellos.push(hello);
          client.uid = hello.uid;
          if (typeof hello.model !== 'string') { this.breaches.push('model is no text'); return socket.destroy(); }
          if (this.waits-- > 0) { say({ status: 'WAIT', message: 0.001 }); return leave(); }
          say({ message: 'SERVER_READY', backend: 'faster_whisper' });
        } else if (opcode === 1) {
          this.breaches.push(`text after the handshake: ${payload}`);
          return socket.destroy();
        } else if (payload.toString('latin1') === 'END_OF_AUDIO') {
          return leave();
        } else if (this.#hear(client, payload)) {
          say({ segments: segmentsOf(client.sound) });
          if (client.sound.length >= this.cutAfter) { say({ message: 'DISCONNECT' }); return leave(); }
        }
      }
    });
  }

  /** Whether another second is whole; the loudness in the middle of each is kept. */
  #hear(client, payload) {
    const before = Math.floor(client.samples / rate);
    for (let at = 0; at + 4 <= payload.length; at += 4, client.samples++) {
      if (client.samples % rate === rate / 2) client.middle = Math.round(payload.readFloatLE(at) * 1000);
      if (client.samples % rate === rate - 1) client.sound.push(client.middle);
    }
    return Math.floor(client.samples / rate) > before;
  }
}

function segmentsOf(sound) {
  const out = [];
  for (let at = 0; at < sound.length; at += 2) {
    const words = sound.slice(at, at + 2);
    const text = words.filter((word) => word > 0).map((word) => ` word${word}`).join('');
    if (text) out.push({ start: `${at}.000`, end: `${at + words.length}.000`, text, completed: at + 2 < sound.length });
  }
  return out.slice(-11);
}

/** A bot as Vexa's: greets, waits for its form of READY, sends metadata before each frame of sound. */
export class WhisperBot {
  constructor(url, config, uid, more = {}) {
    Object.assign(this, { config, uid, got: [], over: false });
    this.socket = new WebSocket(url);
    this.ended = new Promise((done) => { this.socket.onclose = (event) => { this.over = true; done(event); }; });
    this.socket.onerror = () => {};
    this.socket.onmessage = ({ data }) => this.got.push(JSON.parse(data));
    this.socket.onopen = () => this.socket.send(JSON.stringify({
      uid, language: config.language ?? null, task: config.task, model: null, use_vad: false, platform: config.platform, token: config.token,
      meeting_id: config.nativeMeetingId, meeting_url: config.meetingUrl, ...more }));
  }
  isReady() { return this.got.some(({ status }) => status === 'SERVER_READY'); }
  refusal() { return this.got.find(({ status }) => status === 'ERROR')?.message; }
  says(event, name, at) {
    this.socket.send(JSON.stringify({ type: 'speaker_activity', payload: {
      event_type: event, participant_name: name, participant_id_meet: name, relative_client_timestamp_ms: at, uid: this.uid, meeting_url: null } }));
  }
  /** The words from..to-1, a second each. */
  speak(from, to) {
    for (let word = from; word < to; word++) {
      for (let at = 0; at < rate; at += 1_600) {
        this.socket.send(JSON.stringify({ type: 'audio_chunk_metadata', payload: { length: 1_600, sample_rate: rate, client_timestamp_ms: Date.now() } }));
        this.socket.send(new Float32Array(1_600).fill(word / 1000));
      }
    }
  }
  end() { this.socket.send(Buffer.from('END_OF_AUDIO')); }
  close() { this.socket.close(); }
}

// One WhisperLive client.
import { isEndOfAudio, samplesOf } from './audio_frames.mjs';
import { readHandshake } from './handshake.mjs';
import { Transcript } from './transcript.mjs';

const handshakeMs = 10_000;
const mostUnsent = 1 << 20;  // bytes of answers that a client has not read
const pingMs = 30_000;
const flushMs = 60_000;

export class Session {
  #transcript;
  #sent = '';
  #answered = true;
  #timers = [];

  /** `hall`: {scheduler, takePlace(session), leave(session), maxConnectionTime}. */
  constructor(socket, hall) {
    this.socket = socket;
    this.hall = hall;
    this.#later(handshakeMs, () => this.wish || this.#refuse(`no handshake within ${handshakeMs / 1000} seconds`));
    socket.on('message', (frame, isBinary) => this.#hear(frame, isBinary));
    socket.on('pong', () => { this.#answered = true; });
    socket.on('close', () => this.#leave());
    socket.on('error', () => {});  // a broken frame: ws says why to the peer, and closes
  }

  next(urgent) {
    return this.#transcript.next(urgent);
  }

  take(job, answer) {
    if (this.#transcript.take(job, answer)) this.#tell();
    this.#finish();
  }

  fail(job, error) {
    process.stderr.write(`transcriber: ${job.kind}: ${error.message}\n`);
    this.#transcript.fail(job);
    if (job.kind === 'text') this.#say({ status: 'WARNING', message: 'some words could not be understood' });
    this.#finish();
  }

  /** The time of this client, or of the program, is over. */
  disconnect(code) {
    if (this.wish) this.#say({ message: 'DISCONNECT' });
    this.socket.close(code);
  }

  #hear(frame, isBinary) {
    if (this.socket.readyState !== this.socket.OPEN) return;
    if (!this.wish) return isBinary ? this.#refuse('sound came before the handshake') : this.#greet(frame);
    if (this.ended) return;
    if (!isBinary) return this.#warnOnce('text after the handshake is not looked at');
    if (isEndOfAudio(frame)) return this.#end();
    const samples = samplesOf(frame, this.wish.format);
    if (!samples) return this.#refuse(`a frame of ${frame.length} bytes is no whole number of ${this.wish.format} samples`);
    if (samples.length === 0) return;
    const lost = this.#transcript.push(samples);
    if (lost) this.#say({ status: 'WARNING', message: `too much sound waits: the oldest ${lost.toFixed(1)} seconds were dropped` });
    this.hall.scheduler.wake();
  }

  #greet(frame) {
    const { uid, wish, error } = readHandshake(frame);
    this.uid = uid;
    if (error) return this.#refuse(error);
    if (!this.hall.takePlace(this)) {
      this.#say({ status: 'WAIT', message: 0.5 });  // minutes
      return this.socket.close(1013);
    }
    this.wish = wish;
    this.#transcript = new Transcript({ threshold: wish.threshold });
    this.hall.scheduler.add(this);
    if (wish.warning) this.#say({ status: 'WARNING', message: wish.warning });
    this.#say({ message: 'SERVER_READY', backend: 'moonshine' });
    if (this.hall.maxConnectionTime) this.#later(this.hall.maxConnectionTime * 1000, () => this.disconnect(1000));
    const ping = setInterval(() => this.#ping(), pingMs);
    this.#timers.push(ping);
    return undefined;
  }

  #ping() {
    if (!this.#answered) return this.socket.terminate();
    this.#answered = false;
    return this.socket.ping();
  }

  #end() {
    this.ended = true;
    this.#transcript.end();
    this.#later(flushMs, () => this.socket.close(1000));
    this.hall.scheduler.wake();
    this.#finish();
  }

  #finish() {
    if (this.#transcript.isDone) this.socket.close(1000);
  }

  #tell() {
    const segments = this.#transcript.segments(this.wish.segments);
    const said = JSON.stringify(segments);
    if (said === this.#sent) return;
    this.#sent = said;
    if (segments.length) this.#say({ segments });
  }

  #warnOnce(message) {
    if (this.warned) return;
    this.warned = true;
    this.#say({ status: 'WARNING', message });
  }

  #refuse(message) {
    this.#say({ status: 'ERROR', message });
    this.socket.close(1008);
  }

  #say(what) {
    if (this.socket.readyState !== this.socket.OPEN) return;
    this.socket.send(JSON.stringify({ uid: this.uid ?? '', ...what }));
    if (this.socket.bufferedAmount > mostUnsent) this.socket.terminate();
  }

  #later(ms, what) {
    this.#timers.push(setTimeout(what, ms));
  }

  #leave() {
    this.#timers.forEach(clearTimeout);
    this.hall.leave(this);
  }
}

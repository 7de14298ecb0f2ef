// The transcriber as a process of its own, and WhisperLive clients of it.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import WebSocket from 'ws';

const main = fileURLToPath(new URL('../../main.mjs', import.meta.url));

/** Starts one. Returns {address, process, exit, end()}. */
export async function startWorker(options = [], environment = {}) {
  const process_ = spawn(process.execPath, [main, ...options], {
    stdio: ['pipe', 'pipe', 'pipe'], env: { ...process.env, ...environment },
  });
  const exit = once(process_, 'exit').then(([code, signal]) => ({ code, signal }));
  let errors = '';
  process_.stderr.on('data', (text) => { errors += text; });
  const address = await new Promise((resolve, reject) => {
    let out = '';
    process_.stdout.on('data', (text) => {
      out += text;
      const ready = /^ready ws:\/\/(\S+)\n/.exec(out);
      if (ready) resolve(ready[1]);
    });
    exit.then(({ code }) => reject(new Error(`status ${code}: ${errors}`)));
  });
  return {
    address, process: process_, exit, errors: () => errors,
    async end() {
      process_.stdin.end();
      return exit;
    },
  };
}

export const greeting = (more = {}) => ({
  uid: 'one', language: 'en', task: 'transcribe', model: 'tiny.en', use_vad: true, ...more,
});

/** A client. `messages` is what it was told. */
export class Client {
  messages = [];
  #waiting = [];

  static async open(address, more = {}, options = {}) {
    const client = new Client();
    client.socket = new WebSocket(`ws://${address}/`, options);
    client.socket.binaryType = 'nodebuffer';
    client.closed = new Promise((resolve) => { client.socket.on('close', (code) => resolve(code)); });
    client.closed.then((code) => client.#tell({ closed: code }));
    client.socket.on('message', (text) => client.#tell(JSON.parse(text)));
    await once(client.socket, 'open');
    if (more) {
      client.say(greeting(more));
      client.first = await client.until((message) => message.message === 'SERVER_READY' || message.status === 'ERROR' || message.status === 'WAIT');
    }
    return client;
  }

  say(what) {
    this.socket.send(typeof what === 'string' ? what : JSON.stringify(what));
  }

  /** Sends samples in frames of 4096, as WhisperLive's client does. */
  send(samples) {
    for (let at = 0; at < samples.length; at += 4096) {
      const part = samples.slice(at, at + 4096);
      this.socket.send(Buffer.from(part.buffer, part.byteOffset, part.byteLength));
    }
  }

  end() {
    this.socket.send(Buffer.from('END_OF_AUDIO'));
  }

  /** The first message, told already or to come, that `wanted` accepts. */
  until(wanted, seconds = 60) {
    const found = this.messages.find(wanted);
    if (found) return Promise.resolve(found);
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`not told in time; told: ${JSON.stringify(this.messages)}`)), seconds * 1000);
      this.#waiting.push({ wanted, resolve, timer });
    });
  }

  /** The segments of the last message that had some. */
  get segments() {
    return this.messages.findLast((message) => message.segments)?.segments ?? [];
  }

  get text() {
    return this.segments.map((segment) => segment.text).join('');
  }

  #tell(message) {
    this.messages.push(message);
    for (const { wanted, resolve, timer } of [...this.#waiting]) {
      if (!wanted(message)) continue;
      clearTimeout(timer);
      this.#waiting = this.#waiting.filter((one) => one.resolve !== resolve);
      resolve(message);
    }
  }
}

/** Everything that is understood of samples. */
export async function understood(address, samples, more = {}) {
  const client = await Client.open(address, { send_last_n_segments: 50, ...more });
  client.send(samples);
  client.end();
  await client.closed;
  return client;
}

/** POST /v1/audio/transcriptions. Returns the Response. */
export function postFile(address, bytes, fields = {}, headers = {}) {
  const form = new FormData();
  form.set('file', new Blob([bytes]), 'sound');
  for (const [name, value] of Object.entries(fields)) form.set(name, value);
  return fetch(`http://${address}/v1/audio/transcriptions`, { method: 'POST', body: form, headers });
}

// POST /v1/audio/transcriptions, as OpenAI has it: one file in, its text out.
import { isEnglish } from './handshake.mjs';
import { rate } from './sound.mjs';
import { Transcript } from './transcript.mjs';

export const mostBytes = 25 << 20;
const pieceSamples = rate * 4;
const formats = ['json', 'text', 'verbose_json'];

/** A refusal, with the status to say it with. */
export class Refusal extends Error {
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

/** The form of a request, checked: {bytes, format}. */
export async function readForm(body, contentType) {
  if (!/^multipart\/form-data\b/i.test(contentType ?? '')) throw new Refusal(400, 'the body must be multipart/form-data');
  let form;
  try {
    form = await new Response(body, { headers: { 'content-type': contentType } }).formData();
  } catch {
    throw new Refusal(400, 'the form cannot be read');
  }
  const file = form.get('file');
  if (!file || typeof file === 'string') throw new Refusal(400, 'the form has no file');
  const format = form.get('response_format') ?? 'json';
  if (!formats.includes(format)) throw new Refusal(400, `response_format must be one of ${formats.join(', ')}`);
  const language = form.get('language');
  if (language !== null && (typeof language !== 'string' || !isEnglish(language))) throw new Refusal(400, 'only English is understood');
  if (form.get('stream') === 'true') throw new Refusal(400, 'stream is not supported');
  return { bytes: new Uint8Array(await file.arrayBuffer()), format };
}

/** A file among the clients of the scheduler. */
export class FileClient {
  #transcript = new Transcript({ partial: false });
  #samples;
  #at = 0;
  #asked = false;

  constructor(bytes) {
    this.bytes = bytes;
    this.done = new Promise((resolve, reject) => Object.assign(this, { resolve, reject }));
  }

  next() {
    if (!this.#samples) {
      if (this.#asked) return undefined;
      this.#asked = true;
      return { kind: 'decode', bytes: this.bytes };
    }
    for (;;) {
      const job = this.#transcript.next();
      if (job || this.#at >= this.#samples.length || this.#transcript.waitingSeconds > 10) return job;
      this.#transcript.push(this.#samples.subarray(this.#at, this.#at + pieceSamples));
      this.#at += pieceSamples;
      if (this.#at >= this.#samples.length) this.#transcript.end();
    }
  }

  take(job, answer) {
    if (job.kind === 'decode') {
      this.bytes = undefined;
      this.#samples = answer.samples;
      if (this.#samples.length === 0) this.#transcript.end();
    } else {
      this.#transcript.take(job, answer);
    }
    if (this.#transcript.isDone) {
      this.resolve({ seconds: this.#samples.length / rate, segments: this.#transcript.segments(Infinity) });
    }
  }

  fail(job, error) {
    this.reject(job.kind === 'decode' ? new Refusal(400, error.message) : error);
  }
}

/** The body of the answer: {type, body}. */
export function written({ seconds, segments }, format) {
  const text = segments.map((segment) => segment.text.trim()).join(' ');
  if (format === 'text') return { type: 'text/plain; charset=utf-8', body: `${text}\n` };
  const whole = format === 'json' ? { text } : {
    task: 'transcribe', language: 'english', duration: seconds, text,
    segments: segments.map(({ start, end, text: words }, id) => ({ id, start: Number(start), end: Number(end), text: words })),
  };
  return { type: 'application/json', body: JSON.stringify(whole) };
}

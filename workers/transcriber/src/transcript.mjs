// From sound that keeps coming to segments of text: asks for work on the models and makes segments of the answers.
// Has no sockets and no threads: next() says what is to be computed, take() is given the answer.
import { guarded } from './guards.mjs';
import { leastVoiced, Utterances } from './utterances.mjs';
import { rate, windowSamples } from './sound.mjs';

/** Sound that waits to be looked at (samples). What comes above pushes out the oldest 30 s, as WhisperLive does. */
export const mostWaiting = 45 * rate;
const dropped = 30 * rate;
const mostAtOnce = 64;  // windows a job: 2 s
const fewAtOnce = 8;    // fewer are not worth a job while more is coming
const keptSegments = 500;

export class Transcript {
  #pieces = [];      // sound that waits
  #waiting = 0;      // its samples
  #at = 0;           // the sample that the first of them is, counted since the sound began
  #voice = undefined;  // what the voice detector remembers
  #closed = [];      // utterances that wait for their last text
  #ended = false;
  #working = false;
  #looked = 0;       // samples of the open utterance when its text was last asked for
  #growing = '';     // its text then
  #segments = [];

  /** `partial`: whether the text of an utterance is asked for while it grows. */
  constructor({ threshold, partial = true } = {}) {
    this.utterances = new Utterances(threshold);
    this.partial = partial;
  }

  /** More sound. Returns how many seconds were dropped because too much waits. */
  push(samples) {
    this.#pieces.push(samples);
    this.#waiting += samples.length;
    if (this.#waiting <= mostWaiting) return 0;
    const surplus = Math.max(dropped, this.#waiting - mostWaiting);
    this.#take(surplus);
    // The hole ends what was being said; the numbers of the samples go on.
    this.#hole = true;
    return surplus / rate;
  }
  #hole = false;

  /** No more sound comes. */
  end() {
    this.#ended = true;
  }

  /** Whether everything is said that will be. */
  get isDone() {
    return this.#ended && !this.#working && this.#waiting === 0 && !this.utterances.open && this.#closed.length === 0;
  }

  get waitingSeconds() {
    return this.#waiting / rate;
  }

  /** What is to be computed now; undefined when nothing is, or an answer is awaited. `urgent`: no text that only grows. */
  next(urgent = false) {
    if (this.#working) return undefined;
    const job = this.#textOfClosed() ?? this.#chances() ?? (urgent ? undefined : this.#textOfOpen());
    this.#working = job !== undefined;
    return job;
  }

  /** The answer to the job of next(). Returns whether segments() is different now. */
  take(job, answer) {
    this.#working = false;
    if (job.kind === 'voice') return this.#cut(job, answer);
    const text = guarded(answer, job.seconds);
    if (!job.isLast) {
      const changed = text !== this.#growing;
      this.#growing = text;
      return changed;
    }
    const utterance = this.#closed.shift();
    this.#growing = '';
    if (text) this.#segments.push(segment(utterance.from, utterance.end, text, true));
    if (this.#segments.length > keptSegments) this.#segments.shift();
    return true;
  }

  /** The answer to the job of next() is that it failed. What was to be computed is left out. */
  fail(job) {
    this.#working = false;
    if (job.kind === 'text' && job.isLast) this.#closed.shift();
  }

  /** The last `most` segments; all but the last are complete. */
  segments(most) {
    const now = this.#closed[0] ?? this.utterances.open;
    const all = now && this.#growing ? [...this.#segments, segment(now.from, now.end, this.#growing, false)] : this.#segments;
    return all.slice(-most);
  }

  #textOfClosed() {
    const [utterance] = this.#closed;
    return utterance && text(utterance, true);
  }

  #chances() {
    if (this.#hole) {
      this.#hole = false;
      this.#closed.push(...this.utterances.close());
      this.utterances.forget();
      this.#voice = undefined;
      if (this.#closed.length) return this.#textOfClosed();
    }
    const windows = Math.min(mostAtOnce, Math.floor(this.#waiting / windowSamples));
    const from = this.#at;
    if (windows >= fewAtOnce || (this.#ended && windows > 0)) {
      return { kind: 'voice', from, samples: this.#take(windows * windowSamples), state: this.#voice };
    }
    if (!this.#ended) return undefined;
    if (this.#waiting > 0) {  // the rest, with silence to fill the window
      const samples = new Float32Array(windowSamples);
      samples.set(this.#take(this.#waiting));
      return { kind: 'voice', from, samples, state: this.#voice };
    }
    this.#closed.push(...this.utterances.close());
    this.#looked = 0;
    return this.#textOfClosed();
  }

  #textOfOpen() {
    const { open } = this.utterances;
    if (!this.partial || !open || open.voiced < leastVoiced) return undefined;
    const length = open.windows.length * windowSamples;
    // At most once a second, and less often the longer it gets: the whole of it is looked at each time.
    if (length - this.#looked < Math.max(rate, length / 4)) return undefined;
    this.#looked = length;
    return text(open, false);
  }

  #cut(job, { chances, state }) {
    this.#voice = state;
    chances.forEach((chance, i) => {
      const window = job.samples.subarray(i * windowSamples, (i + 1) * windowSamples);
      const had = this.utterances.open;
      const ended = this.utterances.add(window, chance, job.from + i * windowSamples);
      this.#closed.push(...ended);
      if (had !== this.utterances.open) this.#looked = 0;
    });
    // What was shown of an utterance that turned out to be nothing goes away.
    if (this.#growing && this.#closed.length === 0 && !this.utterances.open) {
      this.#growing = '';
      return true;
    }
    return false;
  }

  /** Takes samples from the beginning of what waits. */
  #take(count) {
    const out = new Float32Array(count);
    for (let filled = 0; filled < count;) {
      const [piece] = this.#pieces;
      const part = piece.subarray(0, count - filled);
      out.set(part, filled);
      filled += part.length;
      if (part.length === piece.length) this.#pieces.shift();
      else this.#pieces[0] = piece.subarray(part.length);
    }
    this.#waiting -= count;
    this.#at += count;
    return out;
  }
}

const text = (utterance, isLast) => {
  const samples = utterance.samples();
  return { kind: 'text', samples, seconds: samples.length / rate, isLast };
};

// Times are strings and the text begins with a blank: so WhisperLive has them.
const segment = (from, to, words, completed) => ({
  start: (Math.max(0, from) / rate).toFixed(3), end: (to / rate).toFixed(3), text: ` ${words}`, completed,
});

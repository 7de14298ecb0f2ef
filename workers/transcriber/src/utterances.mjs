// Where somebody speaks: cuts windows of sound, each with the chance that it is speech, into utterances. No model, no clock.
import { rate, windowSamples } from './sound.mjs';

const windowsIn = (seconds) => Math.round(seconds * rate / windowSamples);

const before = windowsIn(0.32);     // sound kept from before the first voice: words begin softly
const after = windowsIn(0.2);       // and from after the last
const pause = windowsIn(0.55);      // silence that ends an utterance,
const shortPause = windowsIn(0.2);  // one that is long already,
const long = windowsIn(8);
const longest = windowsIn(15);      // and where it ends without any
const lookBack = windowsIn(4);      // there it is cut where the voice was weakest
/** Fewer windows of voice than this are a knock or a cough: nothing is made of them. */
export const leastVoiced = windowsIn(0.16);

/** A run of windows in which somebody speaks. `from` counts samples since the sound began. */
class Utterance {
  windows = [];
  chances = [];
  voiced = 0;
  silent = 0;  // windows since the last voice

  constructor(from) {
    this.from = from;
  }

  add(window, chance, isVoice) {
    this.windows.push(window);
    this.chances.push(chance);
    if (isVoice) {
      this.voiced++;
      this.silent = 0;
    } else {
      this.silent++;
    }
  }

  get end() {
    return this.from + this.windows.length * windowSamples;
  }

  samples() {
    const all = new Float32Array(this.windows.length * windowSamples);
    this.windows.forEach((window, i) => all.set(window, i * windowSamples));
    return all;
  }

  /** Takes the silence at the end away, up to what is kept after a voice. */
  trim() {
    const surplus = Math.max(0, this.silent - after);
    this.windows.length -= surplus;
    this.chances.length -= surplus;
  }
}

export class Utterances {
  #silence = [];  // the last windows before a voice
  open = undefined;

  /** `threshold`: a chance from which sound is a voice. It stays one until the chance is clearly below. */
  constructor(threshold = 0.5) {
    this.threshold = threshold;
  }

  /** One more window, which begins at sample `at`. Returns the utterances that ended with it, maybe none. */
  add(window, chance, at) {
    if (!this.open) {
      if (chance < this.threshold) {
        this.#silence.push(window);
        if (this.#silence.length > before) this.#silence.shift();
        return [];
      }
      this.open = new Utterance(at - this.#silence.length * windowSamples);
      for (const quiet of this.#silence) this.open.add(quiet, 0, false);
      this.#silence = [];
    }
    const stays = this.open.silent === 0 ? this.threshold - 0.15 : this.threshold;
    this.open.add(window, chance, chance >= stays);
    const length = this.open.windows.length;
    if (this.open.silent >= (length >= long ? shortPause : pause)) return this.close();
    return length >= longest ? this.#cut() : [];
  }

  /** The sound ends, or has a hole here: what is open ends with it. */
  close() {
    const { open } = this;
    this.open = undefined;
    this.#silence = [];
    if (!open) return [];
    this.#silence = open.windows.slice(open.windows.length - Math.min(open.silent, before));
    open.trim();
    return open.voiced >= leastVoiced ? [open] : [];
  }

  /** Forgets the sound before: what comes next does not follow it. */
  forget() {
    this.#silence = [];
  }

  #cut() {
    const whole = this.open;
    let weakest = whole.windows.length - lookBack;
    for (let i = weakest; i < whole.windows.length; i++) if (whole.chances[i] < whole.chances[weakest]) weakest = i;
    const parts = [new Utterance(whole.from), new Utterance(whole.from + weakest * windowSamples)];
    whole.windows.forEach((window, i) => parts[i < weakest ? 0 : 1].add(window, whole.chances[i], whole.chances[i] >= this.threshold));
    this.open = parts[1].windows.length ? parts[1] : undefined;
    return [parts[0]];
  }
}

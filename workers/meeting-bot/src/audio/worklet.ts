// Runs in the browser's audio thread: what comes in is mixed into one channel and handed out in frames of `samples`, silence too.
export const worklet = `registerProcessor('meeting-bot', class extends AudioWorkletProcessor {
  constructor({ processorOptions }) { super(); this.frame = new Float32Array(processorOptions.samples); this.filled = 0; }
  process([input]) {
    const count = input[0]?.length ?? 128;
    for (let i = 0; i < count; ++i) {
      let sum = 0;
      for (const channel of input) sum += channel[i];
      this.frame[this.filled++] = input.length ? Math.max(-1, Math.min(1, sum / input.length)) : 0;
      if (this.filled === this.frame.length) { this.port.postMessage(this.frame); this.frame = new Float32Array(this.filled); this.filled = 0; }
    }
    return true;
  }
});`;

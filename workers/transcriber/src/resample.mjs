// From any sample rate to 16 kHz, by a windowed sinc.
import { rate as target } from './sound.mjs';

const crossings = 12;
const steps = 256;  // of the kernel between two of its zeros

const kernel = Float32Array.from({ length: crossings * steps + 2 }, (_, i) => {
  const x = i / steps;
  if (x >= crossings) return 0;
  const window = 0.5 + 0.5 * Math.cos(Math.PI * x / crossings);
  return x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x) * window;
});

export function resample(samples, rate) {
  if (rate === target) return samples;
  const step = rate / target;
  const cutoff = Math.min(1, target / rate);  // nothing above half of the lower rate may stay
  const reach = crossings / cutoff;
  const out = new Float32Array(Math.floor(samples.length / step));
  for (let i = 0; i < out.length; i++) {
    const at = i * step;
    const to = Math.min(samples.length - 1, Math.floor(at + reach));
    let sum = 0;
    for (let j = Math.max(0, Math.ceil(at - reach)); j <= to; j++) {
      sum += samples[j] * kernel[Math.floor(Math.abs(at - j) * cutoff * steps)];
    }
    out[i] = sum * cutoff;
  }
  return out;
}

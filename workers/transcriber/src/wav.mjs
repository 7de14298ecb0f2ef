// WAV files of 16-bit PCM, any rate and channels, as 16 kHz mono.
import { resample } from './resample.mjs';

const pcm = 1;
const extensible = 0xfffe;

/** Throws what is wrong with the file. */
export function readWav(bytes, mostSeconds) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const name = (at) => String.fromCharCode(...bytes.subarray(at, at + 4));
  if (bytes.length < 12 || name(0) !== 'RIFF' || name(8) !== 'WAVE') throw new Error('the file is not WAV');
  let format;
  for (let at = 12; at + 8 <= bytes.length;) {
    const size = view.getUint32(at + 4, true);
    if (name(at) === 'fmt ') {
      if (size < 16 || at + 24 > bytes.length) throw new Error("the WAV file's format is cut off");
      format = {
        code: view.getUint16(at + 8, true), channels: view.getUint16(at + 10, true),
        rate: view.getUint32(at + 12, true), bits: view.getUint16(at + 22, true),
      };
      if (format.code === extensible && size >= 40 && at + 34 <= bytes.length) format.code = view.getUint16(at + 32, true);
    } else if (name(at) === 'data') {
      if (!format) throw new Error('the WAV file has sound before its format');
      // Who writes into a pipe does not know the size: 0 or the largest number, and the rest of the file is the sound.
      const rest = bytes.length - at - 8;
      return mono(view, at + 8, size === 0 || size > rest ? rest : size, format, mostSeconds);
    }
    at += 8 + size + size % 2;
  }
  throw new Error('the WAV file has no sound in it');
}

function mono(view, from, size, { code, channels, rate, bits }, mostSeconds) {
  if (code !== pcm || bits !== 16) throw new Error('the WAV file is not 16-bit PCM');
  if (channels < 1 || channels > 8) throw new Error(`a WAV file of ${channels} channels is not understood`);
  if (rate < 4000 || rate > 192000) throw new Error(`a WAV file of ${rate} samples a second is not understood`);
  const count = Math.floor(size / (2 * channels));
  if (count > rate * mostSeconds) throw new Error(`the sound is longer than ${mostSeconds} seconds`);
  const samples = new Float32Array(count);
  for (let i = 0; i < count; i++) {
    let sum = 0;
    for (let channel = 0; channel < channels; channel++) sum += view.getInt16(from + 2 * (i * channels + channel), true);
    samples[i] = sum / channels / 32768;
  }
  return resample(samples, rate);
}

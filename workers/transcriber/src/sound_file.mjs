// Files of sound, by what they begin with, as 16 kHz mono.
import { readOpus } from './opus_file.mjs';
import { readWav } from './wav.mjs';

/** A file's sound may be so long (seconds): ten minutes. */
export const mostSeconds = 600;

/** Throws what is wrong with the file. */
export async function decodeSound(bytes) {
  const begins = String.fromCharCode(...bytes.subarray(0, 4));
  if (begins === 'RIFF') return readWav(bytes, mostSeconds);
  if (begins === 'OggS') return readOpus(bytes, mostSeconds);
  throw new Error('the file is neither WAV nor Ogg Opus');
}

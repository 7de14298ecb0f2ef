// Spoken words for tests, made by flite and espeak-ng, and how far what was understood is from them.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

export const sentences = [
  'Good morning everybody, thank you for joining the meeting today.',
  'The first topic is the budget for the next year.',
  'We need to finish the report before the end of the week.',
  'Can you please send me the numbers after the call?',
  'The new server will be installed on Monday at ten in the morning.',
  'I think we should wait for the answer of the customer.',
  'Let us move the next meeting to Thursday afternoon.',
  'Thank you very much, that was all for today.',
];

/** A file of speech. `voice`: one of flite's, or espeak-ng's 'en-us'. `change`: sox arguments, as for another rate. */
export function spokenFile(text, { voice = 'awb', change = ['-r', '16000', '-c', '1', '-b', '16'], end = 'wav' } = {}) {
  const folder = mkdtempSync(path.join(tmpdir(), 'troupe-speech-'));
  try {
    const raw = path.join(folder, 'raw.wav');
    if (voice === 'en-us') execFileSync('espeak-ng', ['-v', voice, '-w', raw, text]);
    else execFileSync('flite', ['-voice', voice, '-t', text, '-o', raw]);
    const made = path.join(folder, `made.${end}`);
    execFileSync('sox', ['-R', raw, ...change, made]);
    return readFileSync(made);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** As a voice message: Ogg Opus. */
export function spokenOpus(text, channels = 1) {
  const input = spokenFile(text, { change: ['-r', '48000', '-c', String(channels), '-b', '16'] });
  return execFileSync('opusenc', ['--quiet', '--bitrate', '24', '--max-delay', '100', '-', '-'], { input });
}

/** The same as 16 kHz samples. */
export function spoken(text, voice) {
  const bytes = spokenFile(text, { voice, change: ['-r', '16000', '-c', '1', '-b', '16', '-e', 'signed-integer', '-t', 'raw'], end: 'raw' });
  return Float32Array.from({ length: bytes.length / 2 }, (_, i) => bytes.readInt16LE(2 * i) / 32768);
}

export const silence = (seconds) => new Float32Array(Math.round(seconds * 16000));

/** White noise, the same in every run. */
export function noise(seconds, loud) {
  let seed = 42;
  return silence(seconds).map(() => {
    seed = (seed * 1664525 + 1013904223) >>> 0;
    return (seed / 2 ** 31 - 1) * loud;
  });
}

export function joined(...parts) {
  const all = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

const words = (text) => text.toLowerCase().replace(/[^a-z0-9' ]/g, ' ').split(/\s+/).filter(Boolean);

/** Words that are wrong, missing or too many (the edit distance), and how many there should be. */
export function wordErrors(wanted, got) {
  const [a, b] = [words(wanted), words(got)];
  let row = b.map((_, i) => i + 1);
  row.unshift(0);
  a.forEach((word, i) => {
    const next = [i + 1];
    b.forEach((other, j) => next.push(Math.min(next[j] + 1, row[j + 1] + 1, row[j] + (word === other ? 0 : 1))));
    row = next;
  });
  return { errors: row.at(-1), count: a.length };
}

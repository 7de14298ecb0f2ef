// What needs no models: where utterances end, what is held back, how sound is read.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { guarded } from '../src/guards.mjs';
import { decodeSound } from '../src/sound_file.mjs';
import { resample } from '../src/resample.mjs';
import { Scheduler } from '../src/scheduler.mjs';
import { windowSamples } from '../src/sound.mjs';
import { Transcript } from '../src/transcript.mjs';
import { Utterances } from '../src/utterances.mjs';
import { spokenFile, spokenOpus } from './lib/speech.mjs';

test('a text that repeats itself is cut after the first time', () => {
  const fine = { sure: -0.3 };
  assert.equal(guarded({ ...fine, text: 'we will see we will see we will see we will see we will see' }, 5), 'we will see');
  assert.equal(guarded({ ...fine, text: 'so no no no no no no no then' }, 5), 'so no then');
  assert.equal(guarded({ ...fine, text: 'no, no, no, I mean it' }, 3), 'no, no, no, I mean it');
});

test('what the model guesses, what is no word, and what nobody can say so fast is no text', () => {
  assert.equal(guarded({ text: 'thank you', sure: -3 }, 2), '');
  assert.equal(guarded({ text: ' ... !', sure: -0.1 }, 2), '');
  assert.equal(guarded({ text: Array.from({ length: 30 }, (_, i) => `w${i}`).join(' '), sure: -0.1 }, 2), '');
  assert.equal(guarded({ text: 'Yes.', sure: -0.1 }, 0.3), 'Yes.');
});

/** Utterances of a run of [chance, windows]. */
function cut(...runs) {
  const utterances = new Utterances();
  const ended = [];
  let at = 0;
  for (const [chance, windows] of runs) {
    for (let i = 0; i < windows; i++, at += windowSamples) {
      ended.push(...utterances.add(new Float32Array(windowSamples).fill(at), chance, at));
    }
  }
  ended.push(...utterances.close());
  return ended.map(({ from, end }) => [from / windowSamples, end / windowSamples]);
}

test('an utterance begins a little before the first voice and ends a little after the last', () => {
  assert.deepEqual(cut([0, 100], [0.9, 50], [0, 100]), [[90, 156]]);
});

test('a cough is nothing, a short pause ends nothing, and what was begun at the start is whole', () => {
  assert.deepEqual(cut([0, 50], [0.9, 3], [0, 50]), []);
  assert.deepEqual(cut([0.9, 20], [0, 12], [0.9, 20], [0, 30]), [[0, 58]]);
});

test('who talks on and on is cut where the voice is weakest, and no window is lost or doubled', () => {
  const pieces = cut([0.9, 400], [0.45, 1], [0.9, 400], [0, 40]);
  assert.deepEqual(pieces, [[0, 400], [400, 807]]);
});

test('noise of random chances makes no utterance longer than the limit, and none overlaps another', () => {
  let seed = 7;
  const random = () => (seed = (seed * 1103515245 + 12345) % 2147483648) / 2147483648;
  for (let round = 0; round < 50; round++) {
    const pieces = cut(...Array.from({ length: 200 }, () => [random(), 1 + Math.floor(random() * 40)]));
    pieces.forEach(([from, end], i) => {
      assert.ok(end > from && end - from <= 470, `${from} ${end}`);
      if (i) assert.ok(from >= pieces[i - 1][1] - 10, `${pieces[i - 1]} ${from}`);
    });
  }
});

test('too much sound that waits pushes the oldest out and keeps counting', () => {
  const transcript = new Transcript();
  assert.equal(transcript.push(new Float32Array(45 * 16000)), 0);
  assert.equal(transcript.push(new Float32Array(16000)), 30);
  assert.equal(transcript.waitingSeconds, 16);
  const job = transcript.next();
  assert.equal(job.from, 30 * 16000);
  assert.equal(transcript.next(), undefined);  // one job at a time
});

test('everybody has a turn: who has much to do holds nobody up', async () => {
  const order = [];
  const engine = { hasFree: true, async run(job) { this.hasFree = false; order.push(job.who); await null; this.hasFree = true; return {}; } };
  const scheduler = new Scheduler(engine);
  const client = (who, jobs) => ({ next: () => (jobs-- > 0 ? { who } : undefined), take() {}, fail() {} });
  scheduler.add(client('a', 6));
  scheduler.add(client('b', 2));
  scheduler.add(client('c', 1));
  scheduler.wake();
  await new Promise((resolve) => { setImmediate(resolve); });
  assert.equal(order.join(''), 'abcabaaaa');
});

test('texts that only grow get the time that is left', async () => {
  const order = [];
  const engine = { hasFree: true, async run(job) { this.hasFree = false; order.push(job.who); await null; this.hasFree = true; return {}; } };
  const scheduler = new Scheduler(engine);
  let [grows, must] = [2, 3];
  scheduler.add({ next: (urgent) => (!urgent && grows-- > 0 ? { who: 'g' } : undefined), take() {}, fail() {} });
  scheduler.add({ next: () => (must-- > 0 ? { who: 'm' } : undefined), take() {}, fail() {} });
  scheduler.wake();
  await new Promise((resolve) => { setImmediate(resolve); });
  assert.equal(order.join(''), 'mmmgg');
});

test('a tone below half of 16 kHz survives another rate, one above is gone', () => {
  const tone = (rate, hertz) => Float32Array.from({ length: rate }, (_, i) => Math.sin(2 * Math.PI * hertz * i / rate));
  const loud = (samples) => Math.sqrt(samples.slice(2000, -2000).reduce((sum, x) => sum + x * x, 0) / (samples.length - 4000));
  for (const rate of [8000, 22050, 44100, 48000]) {
    const out = resample(tone(rate, 1000), rate);
    assert.ok(Math.abs(out.length - 16000) <= 1);
    assert.ok(Math.abs(loud(out) - Math.SQRT1_2) < 0.02, `${rate}: ${loud(out)}`);
  }
  assert.ok(loud(resample(tone(48000, 12000), 48000)) < 0.01);
});

test('an Opus file that is small and says that it is hours long is refused before it is decoded', async () => {
  // What opusenc wrote for nearly nothing, with its sound repeated: each page has a sum that must be right.
  const page = (flags, packets) => {
    const bytes = Buffer.concat([Buffer.from('OggS\0'), Buffer.from([flags]), Buffer.alloc(8), Buffer.from([1, 0, 0, 0]), Buffer.alloc(8),
      Buffer.from([packets.length]), Buffer.from(packets.map((packet) => packet.length)), ...packets]);
    bytes.writeUInt32LE(sumOf(bytes), 22);
    return bytes;
  };
  const sumOf = (bytes) => {
    let sum = 0;
    for (const byte of bytes) {
      sum ^= byte << 24;
      for (let bit = 0; bit < 8; bit++) sum = sum & 0x80000000 ? (sum << 1) ^ 0x04c11db7 : sum << 1;
    }
    return sum >>> 0;
  };
  const head = Buffer.from('OpusHead\x01\x01\x38\x01\x80\xbb\0\0\0\0\0', 'latin1');
  const tags = Buffer.from('OpusTags\0\0\0\0\0\0\0\0', 'latin1');
  const sound = Array.from({ length: 255 }, () => Buffer.from([0x0b, 0x06]));  // 6 frames of 20 ms with nothing in them
  const file = (pages) => Buffer.concat([page(2, [head]), page(0, [tags]), ...Array.from({ length: pages }, () => page(0, sound))]);
  assert.ok(Math.abs((await decodeSound(file(2))).length - 2 * 255 * 0.12 * 16000) < 3000);
  await assert.rejects(decodeSound(file(2000)), /longer than 600 seconds/);
});

test('files with any bytes changed or cut off are read or refused, and never for long', async () => {
  let seed = 11;
  const random = (below) => (seed = (seed * 1103515245 + 12345) % 2147483648) % below;
  for (const whole of [spokenFile('one two three'), spokenOpus('one two three')]) {
    for (let round = 0; round < 150; round++) {
      const file = Buffer.from(whole.subarray(0, random(3) ? whole.length : random(whole.length)));
      for (let i = 0; i <= random(8); i++) if (file.length) file[random(3) ? random(Math.min(file.length, 120)) : random(file.length)] = random(256);
      const began = performance.now();
      try {
        const samples = await decodeSound(file);
        assert.ok(samples.length <= 600 * 16000);
      } catch (failure) {
        assert.match(failure.message, /^(the |a WAV|Opus)/, failure.stack);
      }
      assert.ok(performance.now() - began < 5000);
    }
  }
});

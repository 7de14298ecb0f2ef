// A WAV to be a microphone: a tone of 440 Hz, a second on and two seconds off.
import { writeFileSync } from 'node:fs';

export function writeTone(path, seconds = 6, rate = 48_000) {
  const samples = seconds * rate, wav = Buffer.alloc(44 + samples * 2);
  wav.write('RIFF', 0);
  wav.writeUInt32LE(36 + samples * 2, 4);
  wav.write('WAVEfmt ', 8);
  wav.writeUInt32LE(16, 16);
  wav.writeUInt16LE(1, 20);
  wav.writeUInt16LE(1, 22);
  wav.writeUInt32LE(rate, 24);
  wav.writeUInt32LE(rate * 2, 28);
  wav.writeUInt16LE(2, 32);
  wav.writeUInt16LE(16, 34);
  wav.write('data', 36);
  wav.writeUInt32LE(samples * 2, 40);
  for (let i = 0; i < samples; ++i) {
    const on = Math.floor(i / rate) % 3 === 0;
    wav.writeInt16LE(on ? Math.round(12_000 * Math.sin((2 * Math.PI * 440 * i) / rate)) : 0, 44 + i * 2);
  }
  writeFileSync(path, wav);
}

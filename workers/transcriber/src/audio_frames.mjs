// Binary frames of WhisperLive clients, as samples between -1 and 1.

const formats = {
  float32: { bytes: 4, read: (view, at) => view.getFloat32(at, true) },
  int16: { bytes: 2, read: (view, at) => view.getInt16(at, true) / 32768 },
  uint8: { bytes: 1, read: (view, at) => (view.getUint8(at) - 128) / 128 },
};

export const isAudioFormat = (name) => Object.hasOwn(formats, name);

const end = Buffer.from('END_OF_AUDIO');
export const isEndOfAudio = (frame) => frame.equals(end);

/** What is no number counts as silence. Undefined when the frame is no whole number of samples. */
export function samplesOf(frame, name) {
  const { bytes, read } = formats[name];
  if (frame.length % bytes) return undefined;
  const view = new DataView(frame.buffer, frame.byteOffset, frame.length);
  const samples = new Float32Array(frame.length / bytes);
  for (let i = 0; i < samples.length; i++) {
    const sample = read(view, i * bytes);
    samples[i] = Number.isFinite(sample) ? Math.max(-1, Math.min(1, sample)) : 0;
  }
  return samples;
}

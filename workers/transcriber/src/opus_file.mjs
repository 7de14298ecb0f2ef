// Ogg Opus files (RFC 7845), which voice messages are, as 16 kHz mono. The decoder is libopus as WebAssembly.
import { OpusDecoder } from 'opus-decoder';
import { oggPackets } from './ogg.mjs';
import { rate } from './sound.mjs';

const longestPacket = 0.12;  // seconds
const begins = (packet, word) => Buffer.from(packet.subarray(0, 8)).toString('latin1') === word;

/** Throws what is wrong with the file. */
export async function readOpus(bytes, mostSeconds) {
  const packets = oggPackets(bytes);
  const head = packets.next().value;
  if (!head || head.length < 19 || !begins(head, 'OpusHead')) throw new Error('the file has no Opus sound in it');
  const channels = head[9];
  if (channels < 1 || channels > 2 || head[18] !== 0) throw new Error(`Opus of ${channels} channels is not understood`);
  const skip = Math.round((head[10] + 256 * head[11]) * rate / 48000);  // what the decoder needs to find its feet
  const decoder = new OpusDecoder({ sampleRate: rate, channels, streamCount: 1, coupledStreamCount: channels - 1, channelMappingTable: [0, 1].slice(0, channels) });
  await decoder.ready;
  try {
    const pieces = [];
    let count = 0;
    for (const packet of packets) {
      if (begins(packet, 'OpusTags')) continue;
      // Before it is decoded: a packet of two bytes may say a tenth of a second.
      if (count + longestPacket * rate > mostSeconds * rate + skip) throw new Error(`the sound is longer than ${mostSeconds} seconds`);
      const { channelData, samplesDecoded } = decoder.decodeFrame(packet);
      if (samplesDecoded === 0) continue;
      pieces.push(mixed(channelData, samplesDecoded));
      count += samplesDecoded;
    }
    if (count <= skip) throw new Error('the file has no Opus sound in it');
    const samples = new Float32Array(count);
    let at = 0;
    for (const piece of pieces) {
      samples.set(piece, at);
      at += piece.length;
    }
    return samples.subarray(skip);
  } finally {
    decoder.free();
  }
}

function mixed(channels, count) {
  const samples = new Float32Array(count);
  for (const channel of channels) for (let i = 0; i < count; i++) samples[i] += channel[i] / channels.length;
  return samples;
}

// One thread of the engine: both models, one job after the other.
// Jobs: {kind: 'voice', samples, state}: how likely each 32 ms are speech. {kind: 'text', samples}: what is said.
// {kind: 'decode', bytes}: a file's sound.
import { parentPort } from 'node:worker_threads';
import { decodeSound } from './sound_file.mjs';
import { Moonshine } from './moonshine.mjs';
import { Silero } from './silero.mjs';

const [silero, moonshine] = await Promise.all([Silero.load(), Moonshine.load()]);

const kinds = {
  voice: (job) => silero.run(job.samples, job.state),
  text: (job) => moonshine.run(job.samples),
  decode: async (job) => ({ samples: await decodeSound(job.bytes) }),
};

parentPort.on('message', async (job) => {
  let answer;
  try {
    answer = await kinds[job.kind](job);
  } catch (failure) {
    answer = { error: failure.message };
  }
  parentPort.postMessage(answer);
});
parentPort.postMessage({ loaded: true });

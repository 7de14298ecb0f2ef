// What the built-in transcriber makes of sound that a stand-in has kept.
import { join } from 'node:path';

export const transcriberFolder = join(import.meta.dirname, '../../../workers/transcriber');

/** `frames`: samples at 16 kHz. */
export async function transcribe(frames) {
  // Imported late: its packages may not be there.
  const { startWorker, understood } = await import('../../../workers/transcriber/test/lib/worker.mjs');
  const { joined } = await import('../../../workers/transcriber/test/lib/speech.mjs');
  const worker = await startWorker();
  try {
    return (await understood(worker.address, joined(...frames))).text.trim();
  } finally {
    await worker.end();
  }
}

// Where the models lie, and how they are opened: on the processor, each in one thread.
import { fileURLToPath } from 'node:url';
import ort from 'onnxruntime-node';

/** Opens a model that lies in an npm package. */
export function openModel(name, file) {
  return ort.InferenceSession.create(fileURLToPath(new URL(`../node_modules/${name}/${file}`, import.meta.url)), {
    executionProviders: ['cpu'],
    intraOpNumThreads: 1,
    interOpNumThreads: 1,
    logSeverityLevel: 3,
  });
}

export const { Tensor } = ort;

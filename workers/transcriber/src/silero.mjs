// Silero VAD v5: how likely it is that somebody speaks.
import { openModel, Tensor } from './models.mjs';
import { rate, windowSamples } from './sound.mjs';

const context = 64;  // the end of the window before, which the model sees again

export class Silero {
  static async load() {
    const silero = new Silero();
    silero.session = await openModel('@ricky0123/vad-web', 'dist/silero_vad_v5.onnx');
    return silero;
  }

  /**
   * `samples`: whole windows. `state`: what the answer for the sound before said, undefined at the beginning.
   * Returns {chances: one number for each window, state}.
   */
  async run(samples, state) {
    let memory = state?.memory ?? new Float32Array(2 * 128);
    const frame = new Float32Array(context + windowSamples);
    if (state) frame.set(state.tail);
    const chances = [];
    for (let at = 0; at + windowSamples <= samples.length; at += windowSamples) {
      frame.set(samples.subarray(at, at + windowSamples), context);
      const answer = await this.session.run({
        input: new Tensor('float32', frame, [1, frame.length]),
        state: new Tensor('float32', memory, [2, 1, 128]),
        sr: new Tensor('int64', BigInt64Array.of(BigInt(rate)), []),
      });
      chances.push(answer.output.data[0]);
      memory = answer.stateN.data;
      frame.copyWithin(0, windowSamples);
    }
    return { chances, state: { memory: Float32Array.from(memory), tail: frame.slice(0, context) } };
  }
}

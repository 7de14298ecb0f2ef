// Moonshine tiny: what is said, in English.
import tokenizer from 'llama-tokenizer-js';
import { openModel, Tensor } from './models.mjs';
import { rate } from './sound.mjs';

const layers = 6;
const heads = 8;
const headSize = 36;
const first = 1;  // token that begins a text
const last = 2;   // token that ends it
const tokensPerSecond = 6;
const leastSamples = rate / 10;  // the encoder's first layers need some

const halves = ['key', 'value'];
const caches = ['decoder', 'encoder'].flatMap((part) =>
  Array.from({ length: layers }, (_, layer) => halves.map((half) => ({ part, name: `${layer}.${part}.${half}` }))).flat());

export class Moonshine {
  static async load() {
    const moonshine = new Moonshine();
    const model = (file) => openModel('@moonshine-ai/moonshine-js', `dist/model/tiny/quantized/${file}`);
    [moonshine.encoder, moonshine.decoder] = await Promise.all([model('encoder_model.onnx'), model('decoder_model_merged.onnx')]);
    return moonshine;
  }

  /**
   * `samples`: at most half a minute of 16 kHz mono. Returns {text, sure}: `sure` is the mean of the logarithms of the
   * chances that the model gave its own words, 0 at best.
   */
  async run(samples) {
    if (samples.length < leastSamples) return { text: '', sure: 0 };
    const { last_hidden_state: sound } = await this.encoder.run({
      input_values: new Tensor('float32', samples, [1, samples.length]),
    });
    const past = Object.fromEntries(caches.map(({ name }) =>
      [`past_key_values.${name}`, new Tensor('float32', new Float32Array(0), [0, heads, 1, headSize])]));
    const tokens = [first];
    let logarithms = 0;
    const most = Math.ceil(samples.length / rate * tokensPerSecond);
    for (let i = 0; i < most; i++) {
      const answer = await this.decoder.run({
        ...past,
        input_ids: new Tensor('int64', BigInt64Array.of(BigInt(tokens.at(-1))), [1, 1]),
        encoder_hidden_states: sound,
        use_cache_branch: new Tensor('bool', Uint8Array.of(i > 0 ? 1 : 0), [1]),
      });
      const { token, logarithm } = likeliest(answer.logits.data);
      logarithms += logarithm;
      if (token === last) break;
      tokens.push(token);
      // What the decoder made of the sound does not change after the first step.
      for (const { part, name } of caches) {
        if (i === 0 || part === 'decoder') past[`past_key_values.${name}`] = answer[`present.${name}`];
      }
    }
    return { text: tokenizer.decode(tokens.slice(1), false, false).trim(), sure: logarithms / tokens.length };
  }
}

function likeliest(logits) {
  let token = 0;
  for (let i = 1; i < logits.length; i++) if (logits[i] > logits[token]) token = i;
  let sum = 0;
  for (let i = 0; i < logits.length; i++) sum += Math.exp(logits[i] - logits[token]);
  return { token, logarithm: -Math.log(sum) };
}

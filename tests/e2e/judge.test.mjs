// The judge of the tests that kill brains: an answer that its brain broke off is the beginning of this very answer, after
// whatever word, and of no other.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { judge, kinds } from './lib/talks.mjs';

const sorry = '\n\nThe answer broke off here (reference 0123abcd).';
const words = (n, from) => Array.from({ length: n }, (_, i) => `word${i + from}`).join(' ');

for (const [kind, whole] of [['flowise', `${words(40, 0)} for slow whose anna-flowise-7z in flowise:!room`],
  ['openai', `${words(24, 1)} for paced anna-openai-7z heard ["paced anna-openai-7z"]`]]) {
  test(`an answer of ${kind} may be broken off after any word`, () => {
    const question = { kind, mark: `anna-${kind}-7z`, place: '!room', plan: {} };
    const killed = new Set([kinds[kind].service]);
    const verdict = (body, who = killed) => judge(question, { body, content: {} }, who);
    const pieces = whole.split(' ');
    for (let n = 0; n < pieces.length; n++) assert.equal(verdict(pieces.slice(0, n).join(' ') + sorry), 'sentence', `${n} words`);
    assert.equal(verdict(whole), 'whole');
    assert.equal(verdict(whole.replace('-7z', '-8z') + sorry), 'begins with something else', 'another question');
    assert.equal(verdict(`${words(3, 5)}${sorry}`), 'begins with something else', 'the beginning is missing');
    assert.equal(verdict(pieces.slice(0, 5).join(' ') + sorry, new Set()), 'a sentence though its brain was not killed');
    assert.equal(verdict(pieces.slice(0, 5).join(' ')), 'not whole');
  });
}

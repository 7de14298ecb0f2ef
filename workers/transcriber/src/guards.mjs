// What a speech model says without having heard it is held back here.

const repeats = 3;         // so often in a row may some words stand
const longestRepeat = 12;  // words of what repeats itself
const leastSure = -1.6;    // below, the model guesses

/** The text to give out for `seconds` of voice; '' when it is none. `sure`: see Moonshine. */
export function guarded({ text, sure }, seconds) {
  if (!/[\p{L}\p{N}]/u.test(text) || sure < leastSure) return '';
  const words = withoutLoops(text.split(/\s+/));
  // Nobody says nine words in a second.
  return words.length > 2 + 9 * seconds ? '' : words.join(' ');
}

/** A decoder that lost its way says the same words until it is stopped: it is cut after the first time. */
function withoutLoops(words) {
  const plain = words.map((word) => word.toLowerCase().replace(/[^\p{L}\p{N}']/gu, ''));
  for (let at = 0; at < words.length; at++) {
    for (let length = 1; length <= longestRepeat && at + length * (repeats + 1) <= words.length; length++) {
      let times = 1;
      while (same(plain, at, at + times * length, length)) times++;
      if (times > repeats) return [...words.slice(0, at + length), ...withoutLoops(words.slice(at + times * length))];
    }
  }
  return words;
}

function same(words, a, b, length) {
  if (b + length > words.length) return false;
  for (let i = 0; i < length; i++) if (words[a + i] !== words[b + i]) return false;
  return true;
}

// Chance that can be repeated: the same seed makes the same choices.
/** Yields {next, pick, below}: a number from 0 to 1, one of a list, and whether chance fell below a part of one. */
export function chance(seed) {
  let state = seed;
  const next = () => {
    state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff;
    return state / 0x7fffffff;
  };
  return { next, pick: (list) => list[Math.floor(next() * list.length)], below: (part) => next() < part };
}

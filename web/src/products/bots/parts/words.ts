/** A state or an event in words. */
export const wordsOf = (state: string) => state.replaceAll('_', ' ');

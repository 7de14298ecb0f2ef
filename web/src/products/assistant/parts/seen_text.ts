// Texts that somebody is about to agree to, as they are: what cannot be seen, or turns the words around it about, is named.

/** All controls and formats but line breaks and tabs. Joiners inside of emoji are formats, too, and stay. */
const hidden = /(?![\n\t])[\p{Cc}\p{Cf}\u2028\u2029]/gu;
const joiner = '\u200d';

const nameOf = (character: string) => `⟨U+${character.codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0')}⟩`;

export function seenText(text: string): string {
  return text.replace(hidden, (character, at: number) => {
    if (character !== joiner) return nameOf(character);
    const before = [...text.slice(Math.max(0, at - 2), at)].at(-1) ?? '';
    return /[\p{Extended_Pictographic}\u{fe0f}\u{1f3fb}-\u{1f3ff}]/u.test(before) ? character : nameOf(character);
  });
}

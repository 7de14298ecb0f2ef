// Texts that somebody is about to agree to, as they are: what cannot be seen, or turns the words around it about, is named.

/** All controls and formats but line breaks and tabs. Joiners inside of emoji are formats, too, and stay. */
const hidden = /(?![\n\t])[\p{Cc}\p{Cf}\u2028\u2029]/gu;
const joiner = '\u200d';
/** Ends with an emoji, its colour or its sign of being one. */
const partOfEmoji = /(?:\p{Extended_Pictographic}|\p{Emoji_Modifier}|\ufe0f)$/u;

const nameOf = (character: string) => `⟨U+${character.codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0')}⟩`;

export function seenText(text: string): string {
  return text.replace(hidden, (character, at: number) => {
    if (character !== joiner) return nameOf(character);
    return partOfEmoji.test(text.slice(0, at)) ? character : nameOf(character);
  });
}

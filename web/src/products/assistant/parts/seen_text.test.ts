import { expect, it } from 'vitest';
import { seenText } from './seen_text';

it('names what turns words about or hides, and leaves what is seen', () => {
  expect(seenText('to \u202eattacker\u202c')).toBe('to ⟨U+202E⟩attacker⟨U+202C⟩');
  expect(seenText('a\u200bb\u0000c\u00ad')).toBe('a⟨U+200B⟩b⟨U+0000⟩c⟨U+00AD⟩');
  expect(seenText('two\nlines\tand 名前 עברית')).toBe('two\nlines\tand 名前 עברית');
});

it('leaves the joiners of emoji, and names those elsewhere', () => {
  expect(seenText('👩‍🔧 👩🏽‍🔧 ❤️‍🔥')).toBe('👩‍🔧 👩🏽‍🔧 ❤️‍🔥');
  expect(seenText('pay\u200dpal')).toBe('pay⟨U+200D⟩pal');
});

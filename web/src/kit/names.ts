// What people and bots are called: they choose that themselves.

/** They are seen by what they do to their neighbours: they turn the words around them about, or break the line. */
const turning = /[\p{Cc}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/gu;
/** Something that can be seen: not only blanks, joiners, and letters that are drawn as nothing. */
const seen = /[^\p{C}\p{Z}\p{M}\u115f\u1160\u2800\u3164\uffa0]/u;

/** The name; where there is none, or nothing of it would be seen, what stands for it. */
export function shownName(name: string | undefined, otherwise: string): string {
  const shown = (name ?? '').replace(turning, '').trim();
  return seen.test(shown) ? shown : otherwise;
}

// JSON as it goes to others. Names and words come from pages that may cut a character in half; strict readers refuse such a text
// whole, so that the rest of it would be lost, too.

export function wired(value: unknown): string {
  return JSON.stringify(value, (_key, part: unknown) => (typeof part === 'string' ? part.toWellFormed() : part));
}

// Lines on standard output: whoever started the bot keeps the last of them, so secrets are cut out here.
const secrets = new Set<string>();
const longestLine = 1000;

/** From now on these words are shown as [hidden]. */
export function hide(...words: (string | null | undefined)[]): void {
  for (const word of words) if (word && word.length >= 4) secrets.add(word);
}

export function log(...parts: unknown[]): void {
  let line = parts.map((part) => (part instanceof Error ? part.message : typeof part === 'string' ? part : JSON.stringify(part))).join(' ');
  for (const secret of secrets) line = line.replaceAll(secret, '[hidden]');
  console.log(line.replaceAll(/\s+/g, ' ').slice(0, longestLine));
}

// Arguments and other JSON as lines that a person can check: one for each value, by where it stands.
import { seenText } from './seen_text';

export interface Line {
  /** Where it stands: "comment.content", "users[2].name". '' for a value that stands alone. */
  name: string;
  text: string;
}

/** Beyond so many lines only their number is told; the whole stands in the folded JSON beside them. */
const mostLines = 60;
const deepest = 12;

export interface Readable {
  lines: Line[];
  /** Lines that were left out. */
  more: number;
}

const isScalar = (value: unknown) => value === null || typeof value !== 'object';

export function sayValue(value: unknown): string {
  if (value === null || value === undefined) return 'nothing';
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  return typeof value === 'string' ? seenText(value) : JSON.stringify(value);
}

export function readable(value: unknown): Readable {
  const lines: Line[] = [];
  let more = 0;
  const put = (name: string, text: string) => {
    if (lines.length < mostLines) lines.push({ name: seenText(name), text });
    else more += 1;
  };
  const walk = (name: string, one: unknown, depth: number) => {
    if (isScalar(one)) return put(name, sayValue(one));
    if (depth >= deepest) return put(name, seenText(JSON.stringify(one)));
    if (Array.isArray(one)) {
      if (one.length === 0) return put(name, 'an empty list');
      if (one.every(isScalar)) return put(name, one.map(sayValue).join(', '));
      return one.forEach((entry, at) => walk(`${name}[${at + 1}]`, entry, depth + 1));
    }
    const members = Object.entries(one as Record<string, unknown>);
    if (members.length === 0 && name) return put(name, 'nothing');
    for (const [key, inner] of members) walk(name ? `${name}.${key}` : key, inner, depth + 1);
  };
  walk('', value, 0);
  return { lines, more };
}

/** For the folded view: nothing in it can hide either. */
export const asJson = (value: unknown) => seenText(JSON.stringify(value, null, 2) ?? '');

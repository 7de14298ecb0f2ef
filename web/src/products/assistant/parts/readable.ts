// Arguments and other JSON as lines that a person can check: one for each value, by where it stands.
import { seenText } from './seen_text';

export interface Line {
  /** Where it stands: "comment.content", "users[2].name". '' for a value that stands alone. */
  name: string;
  text: string;
  /** Nobody knows it yet: a step before finds it. */
  later?: true;
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

const earliestS = 500_000_000; // 1985
const latestS = 5_000_000_000; // 2128

/** "created_at": 1795331127 is a moment, in seconds or milliseconds: "2026-11-22 07:05 UTC". Undefined for what is none. */
export function momentOf(name: string, value: unknown): string | undefined {
  if (!/(?:_at|_on|At)$/.test(name) || typeof value !== 'number' || !Number.isInteger(value)) return undefined;
  const seconds = value > latestS ? Math.trunc(value / 1_000) : value;
  if (seconds < earliestS || seconds > latestS) return undefined;
  return `${new Date(seconds * 1_000).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}

/** "$steps.project.id" of a plan: "project id". Undefined for a value that is known. */
function foundBefore(value: unknown): string | undefined {
  const path = typeof value === 'string' ? /^\$(?:steps|prev)\.([\w.]+)$/.exec(value)?.[1] : undefined;
  return path?.replace(/[._]+/g, ' ').trim() || undefined;
}

interface How {
  /** Of a call that is not made yet: what steps before it find stands there as an expression. */
  planned?: boolean;
}

export function readable(value: unknown, { planned = false }: How = {}): Readable {
  const lines: Line[] = [];
  let more = 0;
  const put = (name: string, text: string, later = false) => {
    if (lines.length < mostLines) lines.push({ name: seenText(name), text, ...(later && { later }) });
    else more += 1;
  };
  const putOne = (name: string, one: unknown) => {
    const found = planned ? foundBefore(one) : undefined;
    if (found) return put(name, `found before: ${found}`, true);
    const moment = momentOf(name, one);
    put(name, moment ? `${sayValue(one)}, which is ${moment}` : sayValue(one));
  };
  const walk = (name: string, one: unknown, depth: number) => {
    if (isScalar(one)) return putOne(name, one);
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

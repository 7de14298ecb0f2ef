// Which lines of a log are shown, and how they are written to a file.
import type { LogLine } from '@/kit/api/types';

export const levels = ['debug', 'info', 'warning', 'error'] as const;
export type Level = (typeof levels)[number];
export interface LogFilter {
  least: Level;
  search: string;
}

/** A level this page does not know is never hidden. */
export function filterLines(lines: LogLine[], { least, search }: LogFilter): LogLine[] {
  const rank = levels.indexOf(least);
  const wanted = search.trim().toLowerCase();
  if (rank === 0 && !wanted) return lines;
  return lines.filter(({ level, source, text }) => {
    const own = levels.indexOf(level);
    return (
      (own < 0 || own >= rank) &&
      (!wanted || text.toLowerCase().includes(wanted) || source.toLowerCase().includes(wanted))
    );
  });
}

/** The text in pieces, every second of which matches. */
export function splitAt(text: string, search: string): string[] {
  const wanted = search.trim().toLowerCase();
  if (!wanted) return [text];
  const lower = text.toLowerCase();
  // Lower case of some letters is longer; then places no longer agree, and nothing is marked.
  if (lower.length !== text.length) return [text];
  const parts: string[] = [];
  let from = 0;
  for (let at = lower.indexOf(wanted); at >= 0; at = lower.indexOf(wanted, from)) {
    parts.push(text.slice(from, at), text.slice(at, at + wanted.length));
    from = at + wanted.length;
  }
  return [...parts, text.slice(from)];
}

export function writeLines(lines: LogLine[]): string {
  return lines.map(({ at, level, source, text }) => `${at} ${level.padEnd(7)} ${source}: ${text}\n`).join('');
}

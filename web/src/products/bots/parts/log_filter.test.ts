// @vitest-environment jsdom
import { describe, expect, it } from 'vitest';
import { addLines, emptyLog, keptLines } from '../api/bot_logs';
import type { LogLine } from '@/kit/api/types';
import { filterLines, splitAt, writeLines } from './log_filter';

const line = (seq: number, level = 'info', text = `line ${seq}`): LogLine => ({
  seq,
  at: '2026-01-02T03:04:05Z',
  level: level as LogLine['level'],
  source: 'brain',
  text,
});

describe('the log of a bot', () => {
  it('takes each line once, in order', () => {
    const first = addLines(emptyLog, [line(1), line(2)]);
    expect(addLines(first, [line(2), line(3), line(3), line(4)]).lines.map(({ seq }) => seq)).toEqual([1, 2, 3, 4]);
    expect(addLines(first, [line(1), line(2)])).toBe(first);
  });
  it('forgets the oldest when there are too many', () => {
    const full = addLines(
      emptyLog,
      Array.from({ length: keptLines + 10 }, (_, at) => line(at)),
    );
    expect(full.lines).toHaveLength(keptLines);
    expect(full.dropped).toBe(10);
    expect(full.lines[0]!.seq).toBe(10);
  });
  it('hides what is below a level or does not match', () => {
    const lines = [line(1, 'debug'), line(2, 'info', 'Hello there'), line(3, 'error', 'hello'), line(4, 'strange')];
    expect(filterLines(lines, { least: 'debug', search: '' })).toBe(lines);
    expect(filterLines(lines, { least: 'warning', search: '' }).map(({ seq }) => seq)).toEqual([3, 4]);
    expect(filterLines(lines, { least: 'debug', search: ' HELLO ' }).map(({ seq }) => seq)).toEqual([2, 3]);
    expect(filterLines(lines, { least: 'debug', search: 'brain' })).toHaveLength(4);
  });
  it('marks what was searched for', () => {
    expect(splitAt('abcABC', 'bc')).toEqual(['a', 'bc', 'A', 'BC', '']);
    expect(splitAt('İİİ x', 'x')).toEqual(['İİİ x']);
    expect(splitAt('abc', '')).toEqual(['abc']);
  });
  it('writes lines for a file', () =>
    expect(writeLines([line(1)])).toBe('2026-01-02T03:04:05Z info    brain: line 1\n'));
});

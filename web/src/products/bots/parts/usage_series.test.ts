import { describe, expect, it } from 'vitest';
import { condense, fillHours, roundUp, sayCount, sayMs, sumOf } from './usage_series';

const hour = (at: string, answered = 0, latency_ms = 0, failed = 0) => ({
  at,
  answered,
  failed,
  skipped: 0,
  latency_ms,
  tokens_in: 1,
  tokens_out: 2,
});
const now = Date.parse('2026-03-01T12:34:56Z');

it('leaves no hour out', () => {
  const filled = fillHours([hour('2026-03-01T11:00:00Z', 5, 100)], 4, now);
  expect(filled.map(({ at, answered }) => [at.slice(11, 16), answered])).toEqual([
    ['09:00', 0],
    ['10:00', 0],
    ['11:00', 5],
    ['12:00', 0],
  ]);
});
it('puts neighbours together', () => {
  const week = Array.from({ length: 168 }, (_, at) => hour(String(at), 1, 10));
  const drawn = condense(week, 48);
  expect(drawn).toHaveLength(42);
  expect(drawn[0]).toMatchObject({ at: '0', answered: 4, tokens_out: 8, latency_ms: 10 });
  expect(condense(week.slice(0, 24), 48)).toHaveLength(24);
});
it('weighs the latency by messages', () =>
  expect(sumOf([hour('a', 1, 1000), hour('b', 3, 200), hour('c', 0, 0, 2)])).toMatchObject({
    answered: 4,
    latency_ms: 400,
    failed: 2,
  }));
it('says nothing of no messages', () => expect(sumOf([])).toMatchObject({ answered: 0, latency_ms: 0 }));
describe('numbers', () => {
  it.each([
    [0, 1],
    [1, 1],
    [3, 5],
    [6, 10],
    [11, 20],
    [101, 200],
    [5000, 5000],
  ])('%d fits below %d', (value, top) => expect(roundUp(value)).toBe(top));
  it.each([
    [0, '0 ms'],
    [999, '999 ms'],
    [1234, '1.2 s'],
    [61_000, '61 s'],
  ])('%d → %s', (ms, words) => expect(sayMs(ms)).toBe(words));
  it.each([
    [9_999, '9,999'],
    [12_345, '12.3 k'],
    [123_456, '123 k'],
    [2_500_000, '2.5 M'],
  ])('%d → %s', (value, words) => expect(sayCount(value)).toBe(words));
});

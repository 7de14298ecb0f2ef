import { expect, it } from 'vitest';
import { sayClock, sayDuration, sayHowLongAgo, sayHowSoon } from './time';

const now = Date.parse('2026-01-02T03:04:05Z');
it.each([
  [now - 10_000, 'just now'],
  [now + 20_000, 'just now'],
  [now - 50_000, '1 min. ago'],
  [now - 59 * 60_000, '59 min. ago'],
  [now - 3_590_000, '1 hr. ago'],
  [now - 5 * 3_600_000, '5 hr. ago'],
  [now - 3 * 86_400_000, '3 days ago'],
  [now - 400 * 86_400_000, '1 yr. ago'],
])('says %d as %s', (at, expected) => expect(sayHowLongAgo(new Date(at).toISOString(), now)).toBe(expected));
it('says nothing for what is no time', () => expect(sayHowLongAgo('soon', now)).toBe(''));
it.each([
  [now - 5_000, 'now'],
  [now + 300, 'now'],
  [now + 4_000, 'in 4 s'],
  [now + 59_000, 'in 59 s'],
  [now + 95_000, 'in 2 min.'],
  [now + 7_300_000, 'in 2 hr.'],
])('says that %d is %s', (at, expected) => expect(sayHowSoon(new Date(at).toISOString(), now)).toBe(expected));
it.each([
  [5, '5 s'],
  [65, '1 min'],
  [3_700, '1 h 1 min'],
  [90_000, '1 d 1 h'],
  [-1, '0 s'],
])('says %d seconds as %s', (seconds, expected) => expect(sayDuration(seconds)).toBe(expected));

it('tells the day of what was not today', () => {
  const at = new Date(2026, 0, 2, 12, 34).toISOString();
  const hour = sayClock(at, Date.parse(at) + 3_600_000);
  expect(hour).toMatch(/34/);
  expect(hour).not.toMatch(/2026/);
  const later = sayClock(at, Date.parse(at) + 36 * 3_600_000);
  expect(later).toMatch(/2026/);
  expect(later).toContain(hour);
});

import { describe, expect, it } from 'vitest';
import { aSegment } from '../testing';
import { colourOf, emptyTranscript, marked, matching, sameTurn, sayOffset, takeSegments, turnsOf } from './transcript';

const at = (seconds: number) => new Date(Date.parse('2026-01-01T10:00:00Z') + seconds * 1000).toISOString();
const said = (id: string, from: number, speaker: string, text: string, more = {}) =>
  aSegment(id, { said_at: at(from), until_at: at(from + 1), speaker, text, ...more });

describe('taking segments', () => {
  it('keeps them in the order in which they were said, each once', () => {
    const first = takeSegments(emptyTranscript, [said('b', 5, 'Ben', 'Two'), said('a', 1, 'Anna', 'One')]);
    const then = takeSegments(first, [said('a', 1, 'Anna', 'One, and more', { changed: 2 })]);
    expect(then.segments.map(({ text }) => text)).toEqual(['One, and more', 'Two']);
  });
  it('does not let an older answer take back what the stream said', () => {
    const now = takeSegments(emptyTranscript, [said('a', 1, 'Anna', 'new', { changed: 9 })]);
    expect(takeSegments(now, [said('a', 1, 'Anna', 'old', { changed: 3 })]).segments[0]!.text).toBe('new');
  });
  it('takes away what was taken back', () => {
    const now = takeSegments(emptyTranscript, [said('a', 1, 'Anna', 'Hello')]);
    expect(takeSegments(now, [said('a', 1, 'Anna', '', { retracted: true, changed: 2 })]).segments).toEqual([]);
  });
  it('leaves a speaker the colour that was given first', () => {
    const first = takeSegments(emptyTranscript, [said('b', 5, 'Ben', 'Two')]);
    const then = takeSegments(first, [said('a', 1, 'Anna', 'One')]);
    expect(colourOf(first.speakers, 'Ben')).toBe(colourOf(then.speakers, 'Ben'));
    expect(colourOf(then.speakers, 'Somebody')).toBeUndefined();
  });
  it('is the same object while nothing comes', () => {
    const now = takeSegments(emptyTranscript, [said('a', 1, 'Anna', 'Hello')]);
    expect(takeSegments(now, [])).toBe(now);
  });
});

it('makes one turn of what a person says without a break', () => {
  const turns = turnsOf([
    said('a', 0, 'Anna', '1'),
    said('b', 2, 'Anna', '2'),
    said('c', 4, 'Ben', '3'),
    said('d', 60, 'Ben', '4'),
  ]);
  expect(turns.map(({ speaker, segments }) => [speaker, segments.length])).toEqual([
    ['Anna', 2],
    ['Ben', 1],
    ['Ben', 1],
  ]);
});

it('knows the turns that a new word leaves as they are', () => {
  const first = takeSegments(emptyTranscript, [said('a', 0, 'Anna', '1'), said('b', 2, 'Ben', '2')]);
  const then = takeSegments(first, [said('c', 4, 'Ben', '3')]);
  const [before, after] = [turnsOf(first.segments), turnsOf(then.segments)];
  expect(sameTurn(before[0]!, after[0]!)).toBe(true);
  expect(sameTurn(before[1]!, after[1]!)).toBe(false);
  const corrected = turnsOf(takeSegments(first, [said('a', 0, 'Anna', 'One', { changed: 2 })]).segments);
  expect(sameTurn(before[0]!, corrected[0]!)).toBe(false);
});

it('says times from the beginning', () => {
  expect(sayOffset(at(65), at(0))).toBe('1:05');
  expect(sayOffset(at(3723), at(0))).toBe('1:02:03');
  expect(sayOffset(at(0), at(10))).toBe('0:00');
});

it('finds by all words, also by the speaker, and marks them as text', () => {
  const all = [said('a', 0, 'Anna', 'The roof (old) is done'), said('b', 2, 'Ben', 'Which roof?')];
  expect(matching(all, 'ROOF anna').map(({ id }) => id)).toEqual(['a']);
  expect(matching(all, ' ')).toBe(all);
  expect(marked('The roof (old)', 'ROOF (')).toEqual([
    { text: 'The ', hit: false },
    { text: 'roof', hit: true },
    { text: ' ', hit: false },
    { text: '(', hit: true },
    { text: 'old)', hit: false },
  ]);
});

import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { draftOf, draftsBelongTo, dropDrafts, hasDrafts, keepDraft, readDraft } from './drafts';

const added = vi.fn();
const removed = vi.fn();
beforeEach(() => {
  vi.stubGlobal('addEventListener', added);
  vi.stubGlobal('removeEventListener', removed);
});
afterEach(() => {
  dropDrafts('');
  vi.unstubAllGlobals();
  vi.clearAllMocks();
});

test('a draft is kept until it is dropped, and only one with that beginning', () => {
  keepDraft('bot a brain', 1);
  keepDraft('bot ab brain', 2);
  expect(readDraft('bot a brain')).toBe(1);
  expect(hasDrafts('bot a ')).toBe(true);
  dropDrafts('bot a ');
  expect(readDraft('bot a brain')).toBeUndefined();
  expect(readDraft('bot ab brain')).toBe(2);
});

test('the window asks before it closes only while there is one', () => {
  keepDraft('x', 1);
  keepDraft('y', 1);
  expect(added).toHaveBeenCalledTimes(1);
  dropDrafts('x');
  expect(removed).not.toHaveBeenCalled();
  dropDrafts('y');
  expect(removed).toHaveBeenCalledTimes(1);
});

test('the window closes over a message that is not sent yet, and nothing else', () => {
  keepDraft(draftOf.chat('b'), 'hello');
  expect(added).not.toHaveBeenCalled();
  keepDraft(draftOf.bot('b'), 1);
  expect(added).toHaveBeenCalledTimes(1);
  dropDrafts(draftOf.bot('b'));
  expect(removed).toHaveBeenCalledTimes(1);
  expect(readDraft(draftOf.chat('b'))).toBe('hello');
});

test('another person does not find them', () => {
  draftsBelongTo('@a:x');
  keepDraft('x', 'secret');
  draftsBelongTo('@a:x');
  expect(readDraft('x')).toBe('secret');
  draftsBelongTo('@b:x');
  expect(readDraft('x')).toBeUndefined();
});

test('there is a bound', () => {
  for (let n = 0; n < 500; n++) keepDraft(`k${n}`, n);
  expect(readDraft('k0')).toBeUndefined();
  expect(readDraft('k499')).toBe(499);
});

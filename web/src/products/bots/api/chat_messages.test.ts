import { describe, expect, test } from 'vitest';
import { putMessage, shownMessages, Streamed } from './chat_messages';
import type { ChatMessage } from '@/kit/api/types';

const said = (id: number, body = `text ${id}`): ChatMessage => ({
  event_id: `$${id}`,
  sender: '@a:x',
  at: `2026-01-01T00:00:${String(id).padStart(2, '0')}Z`,
  body,
  msgtype: 'm.text',
  edited: false,
});
const edit = (id: number, of: number, body: string): ChatMessage => ({
  ...said(id, body),
  edited: true,
  replaces: `$${of}`,
});
const texts = (items: ChatMessage[]) => items.map(({ body }) => body);

describe('putMessage', () => {
  test('a new message goes to its time, the same one twice is one', () => {
    const items = [said(1), said(2), said(4)].reduce(putMessage, [] as ChatMessage[]);
    expect(texts(putMessage(items, said(3)))).toEqual(['text 1', 'text 2', 'text 3', 'text 4']);
    expect(putMessage(items, said(2))).toEqual(items);
  });
  test('an edit changes the text and nothing else', () => {
    const items = putMessage([said(1), said(2)], edit(9, 1, 'new'));
    expect(items).toEqual([{ ...said(1, 'new'), edited: true }, said(2)]);
    expect(putMessage(items, edit(10, 77, 'of something older'))).toBe(items);
  });
  test('the oldest go when there are too many', () => {
    let items: ChatMessage[] = [];
    for (let id = 0; id <= shownMessages * 3; id++)
      items = putMessage(items, { ...said(id), at: String(id).padStart(6, '0') });
    expect(items.length).toBe(shownMessages * 2);
    expect(items.at(-1)?.event_id).toBe(`$${shownMessages * 3}`);
  });
});

describe('Streamed', () => {
  test('what is told while a list is fetched is not lost when the older list comes', () => {
    const streamed = new Streamed();
    streamed.add(said(1));
    const mark = streamed.mark();
    streamed.add(said(2));
    streamed.add(said(3));
    expect(texts(streamed.addTo([said(1)], mark))).toEqual(['text 1', 'text 2', 'text 3']);
    // Some of it may be in the list already.
    expect(texts(streamed.addTo([said(1), said(2)], mark))).toEqual(['text 1', 'text 2', 'text 3']);
  });
  test('what was told before is the business of the list', () => {
    const streamed = new Streamed();
    streamed.add(said(1));
    expect(streamed.addTo([], streamed.mark())).toEqual([]);
  });
  test('edits of listed and of streamed messages hold', () => {
    const streamed = new Streamed();
    const mark = streamed.mark();
    streamed.add(said(2, 'a'));
    streamed.add(edit(3, 1, 'first, edited'));
    streamed.add(edit(4, 2, 'ab'));
    streamed.add(edit(5, 2, 'abc'));
    expect(texts(streamed.addTo([said(1, 'first')], mark))).toEqual(['first, edited', 'abc']);
  });
  test('a list that knows the edit already does not go back to the first text', () => {
    const streamed = new Streamed();
    const mark = streamed.mark();
    streamed.add(said(2, 'a'));
    expect(texts(streamed.addTo([{ ...said(2, 'abc'), edited: true }], mark))).toEqual(['abc']);
  });
  test('two lists that are under way at once each get what they miss', () => {
    const streamed = new Streamed();
    const first = streamed.mark();
    streamed.add(said(1));
    const second = streamed.mark();
    streamed.add(said(2));
    expect(texts(streamed.addTo([], first))).toEqual(['text 1', 'text 2']);
    expect(texts(streamed.addTo([said(1)], second))).toEqual(['text 1', 'text 2']);
  });
  test('it keeps the newest and no more than so many', () => {
    const streamed = new Streamed();
    const mark = streamed.mark();
    for (let id = 1; id <= 10_000; id++) streamed.add(edit(id, 1, `text ${id}`));
    expect(texts(streamed.addTo([said(1)], mark))).toEqual(['text 10000']);
    expect((streamed as unknown as { told: unknown[] }).told.length).toBeLessThanOrEqual(500);
  });
});

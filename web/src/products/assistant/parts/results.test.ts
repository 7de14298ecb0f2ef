import { expect, it } from 'vitest';
import { viewOfResult } from './results';

it('makes a table of the one list that there is, what people know things by first', () => {
  const view = viewOfResult({
    total: 2,
    channels: [
      { id: 'C1', is_private: false, name: 'ops', topic: { value: 'x' } },
      { id: 'C2', name: 'sales', is_private: true },
    ],
  });
  expect(view.facts).toEqual([{ name: 'total', text: '2' }]);
  expect(view.table).toEqual({
    columns: ['name', 'id', 'is_private'],
    rows: [
      ['ops', 'C1', 'no'],
      ['sales', 'C2', 'yes'],
    ],
    total: 2,
  });
});

it('shows the first rows of many, and plain entries in one column', () => {
  const many = viewOfResult(Array.from({ length: 30 }, (_, at) => `room ${at}`)).table!;
  expect(many.columns).toEqual([]);
  expect(many.rows).toHaveLength(10);
  expect(many.rows[0]).toEqual(['room 0']);
  expect(many.total).toBe(30);
});

it('says each thing by its name, place and id in one line, and texts as they are', () => {
  const project = {
    id: '1002',
    created_at: 1795330715,
    creator: { id: 7 },
    name: 'Smith',
    address: { street: '4 Elm Road', city: 'Bern', known: true },
    status: 'active',
  };
  expect(viewOfResult({ project, comment: { id: 1005, content: 'gutters are dry' }, ok: true }).facts).toEqual([
    { name: 'project', text: 'Smith · 4 Elm Road, Bern · active (1002)' },
    { name: 'comment', text: 'gutters are dry (1005)' },
    { name: 'ok', text: 'yes' },
  ]);
  expect(viewOfResult('Bolt has no estimates.')).toEqual({ text: 'Bolt has no estimates.', facts: [] });
  expect(viewOfResult(null)).toEqual({ facts: [] });
  expect(viewOfResult({ a: [1], b: [2] }).table).toBeUndefined();
});

it('begins with what people know things by, and says moments as such', () => {
  const many = Object.fromEntries(Array.from({ length: 20 }, (_, at) => [`k${at}`, at]));
  const { facts } = viewOfResult({ ...many, created_at: 1795330715, id: 5, content: 'dry' });
  expect(facts).toHaveLength(8);
  expect(facts.slice(0, 3)).toEqual([
    { name: 'content', text: 'dry' },
    { name: 'id', text: '5' },
    { name: 'k0', text: '0' },
  ]);
  expect(viewOfResult([{ id: 1, taken_at: 1795330715000 }]).table!.rows).toEqual([['1', '2026-11-22 06:58 UTC']]);
});

it('says short lists, counts and what is wrapped', () => {
  const users = Array.from({ length: 7 }, (_, at) => ({ id: at, name: `U${at}` }));
  expect(
    viewOfResult({ success: true, data: { users, tags: ['a', 'b'], counts: { answered: 3, failed: 0 } } }).facts,
  ).toEqual([
    { name: 'users', text: 'U0 (0), U1 (1), U2 (2), U3 (3), U4 (4), and 2 more' },
    { name: 'tags', text: 'a, b' },
    { name: 'counts', text: 'answered 3, failed 0' },
  ]);
  expect(viewOfResult({ name: 'a\u202eb', thing: { name: 'c\u202ed' } }).facts.map(({ text }) => text)).toEqual([
    'a⟨U+202E⟩b',
    'c⟨U+202E⟩d',
  ]);
});

it('shows what was found, and not the rank that it was found with', () => {
  const found = (body: string, rank: number) => ({
    rank,
    context: { events_before: [] },
    result: {
      type: 'm.room.message',
      sender: '@anna:example.org',
      event_id: '$1',
      origin_server_ts: 1795331127000,
      content: { msgtype: 'm.text', body },
    },
  });
  const topic = { rank: 1, result: { type: 'm.room.topic', sender: '@ben:example.org', content: { topic: 'x' } } };
  expect(viewOfResult({ count: 3, messages: [found('the roof', 59), found('is done', 7), topic] }).table).toEqual({
    columns: ['text', 'sender', 'sent_at'],
    rows: [
      ['the roof', '@anna:example.org', '2026-11-22 07:05 UTC'],
      ['is done', '@anna:example.org', '2026-11-22 07:05 UTC'],
      ['m.room.topic', '@ben:example.org', ''],
    ],
    total: 3,
  });
  expect(viewOfResult([{ score: 1, item: { id: 7, name: 'Smith' } }]).table!.rows).toEqual([['Smith', '7']]);
});

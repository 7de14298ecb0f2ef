import { expect, it } from 'vitest';
import { asJson, momentOf, readable, sayValue } from './readable';

it('says each value by where it stands', () => {
  const { lines, more } = readable({
    project_id: 'p1',
    comment: { content: 'Roof done\nat noon' },
    users: ['U1', 'U2'],
    items: [{ name: 'Nails', count: 3 }],
    private: false,
    note: null,
    none: [],
    empty: {},
  });
  expect(lines).toEqual([
    { name: 'project_id', text: 'p1' },
    { name: 'comment.content', text: 'Roof done\nat noon' },
    { name: 'users', text: 'U1, U2' },
    { name: 'items[1].name', text: 'Nails' },
    { name: 'items[1].count', text: '3' },
    { name: 'private', text: 'no' },
    { name: 'note', text: 'nothing' },
    { name: 'none', text: 'an empty list' },
    { name: 'empty', text: 'nothing' },
  ]);
  expect(more).toBe(0);
});

it('has an end, in length and in depth', () => {
  const long = readable(Object.fromEntries(Array.from({ length: 70 }, (_, at) => [`k${at}`, at])));
  expect(long.lines).toHaveLength(60);
  expect(long.more).toBe(10);
  let deep: unknown = 'end';
  for (let i = 0; i < 500; ++i) deep = { a: deep };
  expect(readable(deep).lines).toHaveLength(1);
  expect(readable({})).toEqual({ lines: [], more: 0 });
});

it('lets nothing hide in names, values and JSON', () => {
  expect(readable({ 'to\u202e': 'x\u200by' }).lines).toEqual([{ name: 'to⟨U+202E⟩', text: 'x⟨U+200B⟩y' }]);
  expect(asJson({ a: '\u202e' })).toContain('⟨U+202E⟩');
  expect(sayValue(1.5)).toBe('1.5');
});

it('knows moments by their names and sizes, and leaves the number beside them', () => {
  expect(momentOf('created_at', 1795330715)).toBe('2026-11-22 06:58 UTC');
  expect(momentOf('createdAt', 1795330715123)).toBe('2026-11-22 06:58 UTC');
  for (const [name, value] of [
    ['count', 1795330715],
    ['created_at', 12],
    ['created_at', 1795330715.5],
    ['created_at', '1795330715'],
    ['created_at', 1e300],
  ] as const)
    expect(momentOf(name, value)).toBeUndefined();
  expect(readable({ due_on: 1795330715 }).lines).toEqual([
    { name: 'due_on', text: '1795330715, which is 2026-11-22 06:58 UTC' },
  ]);
});

it('says of a plan what is found before it, and takes nothing else for that', () => {
  const args = { project_id: '$steps.project.id', text: '$steps. are slippery', price: '$prev.net_price' };
  expect(readable(args, { planned: true }).lines).toEqual([
    { name: 'project_id', text: 'found before: project id', later: true },
    { name: 'text', text: '$steps. are slippery' },
    { name: 'price', text: 'found before: net price', later: true },
  ]);
  expect(readable(args).lines[0]).toEqual({ name: 'project_id', text: '$steps.project.id' });
});

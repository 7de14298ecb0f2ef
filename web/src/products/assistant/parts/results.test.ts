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

it('shows facts one step deep, and texts as they are', () => {
  expect(viewOfResult({ project: { id: 'p1', name: 'Shaw', address: { city: 'Bern' } }, ok: true }).facts).toEqual([
    { name: 'project.id', text: 'p1' },
    { name: 'project.name', text: 'Shaw' },
    { name: 'ok', text: 'yes' },
  ]);
  expect(viewOfResult('Bolt has no estimates.')).toEqual({ text: 'Bolt has no estimates.', facts: [] });
  expect(viewOfResult(null)).toEqual({ facts: [] });
  expect(viewOfResult({ a: [1], b: [2] }).table).toBeUndefined();
});

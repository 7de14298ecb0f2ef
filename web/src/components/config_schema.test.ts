import { describe, expect, it } from 'vitest';
import { checkField, fieldsOf, initialValues, toConfig } from './config_schema';

const schema = {
  type: 'object', required: ['url', 'secret'], properties: {
    url: { type: 'string', title: 'Address', description: 'Where to.', maxLength: 20 },
    secret: { type: 'string', writeOnly: true, minLength: 16 },
    timeout_ms: { type: 'integer', title: 'Time-out', minimum: 1000, maximum: 5000, default: 3000 },
    mode: { type: 'string', enum: ['auto', 'always'], default: 'auto' },
    loud: { type: 'boolean', default: true },
    words: { type: 'array', items: { type: 'string' }, default: ['a', 'b'] },
    more: { type: 'object' },
  },
};
const fields = fieldsOf(schema);
const field = (name: string) => fields.find((one) => one.name === name)!;

describe('config_schema', () => {
  it('finds the kind of each field', () => {
    expect(Object.fromEntries(fields.map(({ name, kind }) => [name, kind]))).toEqual({
      url: 'text', secret: 'secret', timeout_ms: 'number', mode: 'choice', loud: 'switch', words: 'lines', more: 'json' });
    expect(field('timeout_ms').label).toBe('Time-out');
    expect(field('more').label).toBe('more');
  });

  it('makes no fields from something that is no object schema', () => {
    for (const odd of [undefined, null, 'x', [], { properties: [] }, { type: 'string' }]) expect(fieldsOf(odd)).toEqual([]);
    expect(fieldsOf({ properties: { a: null, b: { type: 'string' } } })).toHaveLength(1);
  });

  it('starts with defaults, or with what is stored; never with a secret', () => {
    expect(initialValues(fields)).toEqual({ url: '', secret: '', timeout_ms: '3000', mode: 'auto', loud: true, words: 'a\nb', more: '' });
    expect(initialValues(fields, { url: 'http://x', secret: 'seen', loud: false, more: { a: 1 } }))
      .toMatchObject({ url: 'http://x', secret: '', loud: false, more: '{\n  "a": 1\n}' });
  });

  it.each([
    ['url', '', 'Address is needed.'], ['url', 'x'.repeat(21), 'At most 20 characters.'], ['url', 'http://x', null],
    ['secret', 'short', 'At least 16 characters.'], ['timeout_ms', 'x', 'This must be a number.'], ['timeout_ms', '1.5', 'This must be a whole number.'],
    ['timeout_ms', '10', 'The least is 1000.'], ['timeout_ms', '9999', 'The most is 5000.'], ['timeout_ms', '', null], ['more', '{', 'This is not valid JSON.'],
  ])('checks %s = %j', (name, value, expected) => expect(checkField(field(name), value, false)).toBe(expected));

  it('lets a stored secret be', () => expect(checkField(field('secret'), '', true)).toBeNull());

  it('sends typed values and leaves empty ones out', () => {
    expect(toConfig(fields, { url: 'http://x', secret: '', timeout_ms: '2000', mode: 'always', loud: false, words: ' a \n\n b', more: '{"a":1}' }))
      .toEqual({ url: 'http://x', timeout_ms: 2000, mode: 'always', loud: false, words: ['a', 'b'], more: { a: 1 } });
  });
});

import { describe, expect, it } from 'vitest';
import { checkField, fieldsOf, initialValues, isStored, removalOf, splitFields, toConfig } from './config_schema';

const schema = {
  type: 'object',
  required: ['url', 'secret'],
  properties: {
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
      url: 'text',
      secret: 'secret',
      timeout_ms: 'number',
      mode: 'choice',
      loud: 'switch',
      words: 'lines',
      more: 'json',
    });
    expect(field('timeout_ms').label).toBe('Time-out');
    expect(field('more').label).toBe('more');
  });

  it('makes no fields from something that is no object schema', () => {
    for (const odd of [undefined, null, 'x', [], { properties: [] }, { type: 'string' }])
      expect(fieldsOf(odd)).toEqual([]);
    expect(fieldsOf({ properties: { a: null, b: { type: 'string' } } })).toHaveLength(1);
  });

  it('starts with defaults, or with what is stored; never with a secret', () => {
    expect(initialValues(fields)).toEqual({
      url: '',
      secret: '',
      timeout_ms: '3000',
      mode: 'auto',
      loud: true,
      words: 'a\nb',
      more: '',
    });
    expect(initialValues(fields, { url: 'http://x', secret: 'seen', loud: false, more: { a: 1 } })).toMatchObject({
      url: 'http://x',
      secret: '',
      loud: false,
      more: '{\n  "a": 1\n}',
    });
  });

  it.each([
    ['url', '', 'Address is needed.'],
    ['url', 'x'.repeat(21), 'At most 20 characters.'],
    ['url', 'http://x', null],
    ['secret', 'short', 'At least 16 characters.'],
    ['timeout_ms', 'x', 'This must be a number.'],
    ['timeout_ms', '1.5', 'This must be a whole number.'],
    ['timeout_ms', '10', 'The least is 1000.'],
    ['timeout_ms', '9999', 'The most is 5000.'],
    ['timeout_ms', '', null],
    ['more', '{', 'This is not valid JSON.'],
  ])('checks %s = %j', (name, value, expected) => expect(checkField(field(name), value, false)).toBe(expected));

  it('checks addresses, patterns and numbers of lines', () => {
    const [address, plain, odd, list] = fieldsOf({
      properties: {
        url: { type: 'string', format: 'uri' },
        code: { type: 'string', pattern: '^[a-z]{3}$' },
        odd: { type: 'string', pattern: '(?<' },
        list: { type: 'array', items: { type: 'string' }, maxItems: 2 },
      },
    });
    for (const [value, good] of [
      ['http://x', true],
      ['https://x/y', true],
      ['ftp://x', false],
      ['x', false],
      ['http://', false],
      ['javascript:1', false],
    ] as const)
      expect(checkField(address!, value, false) === null).toBe(good);
    expect(checkField(plain!, 'abcd', false)).toContain('form');
    expect(checkField(plain!, 'abc', false)).toBeNull();
    expect(checkField(odd!, 'anything', false)).toBeNull();
    expect(checkField(list!, 'a\n\nb', false)).toBeNull();
    expect(checkField(list!, 'a\nb\nc', false)).toBe('At most 2 lines.');
  });

  it('folds the rest of a long form away', () => {
    expect(splitFields(fields).rest).toEqual([]);
    const long = fieldsOf({
      required: ['h'],
      properties: Object.fromEntries(
        'abcdefghi'.split('').map((name) => [name, { type: 'string', writeOnly: name === 'g' }]),
      ),
    });
    expect(splitFields(long).first.map(({ name }) => name)).toEqual(['a', 'b', 'c', 'g', 'h']);
    const late = fieldsOf({
      properties: Object.fromEntries(
        'abcdefghi'.split('').map((name) => [name, { type: 'string', 'x-multiline': 'di'.includes(name) }]),
      ),
    });
    expect(splitFields(late).first.map(({ name }) => name)).toEqual(['a', 'b', 'c', 'd']); // Not one at the very end.
    const marked = fieldsOf({
      required: ['b'],
      properties: {
        a: { type: 'string', 'x-advanced': true },
        b: { type: 'string', 'x-advanced': true },
        c: { type: 'string' },
      },
    });
    expect(splitFields(marked)).toMatchObject({ first: [{ name: 'b' }, { name: 'c' }], rest: [{ name: 'a' }] });
  });

  it('lets a stored secret be', () => expect(checkField(field('secret'), '', true)).toBeNull());

  it('takes a stored secret away only when told so', () => {
    expect(isStored({ secret_set: true }, 'secret')).toBe(true);
    expect(isStored({ secret: '' }, 'secret')).toBe(false);
    expect(toConfig([field('secret')], { secret: '', [removalOf('secret')]: true })).toEqual({ secret: '' });
    expect(toConfig([field('secret')], { secret: 'a new one, long enough', [removalOf('secret')]: true })).toEqual({
      secret: 'a new one, long enough',
    });
  });

  it('sends typed values and leaves empty ones out', () => {
    expect(
      toConfig(fields, {
        url: 'http://x',
        secret: '',
        timeout_ms: '2000',
        mode: 'always',
        loud: false,
        words: ' a \n\n b',
        more: '{"a":1}',
      }),
    ).toEqual({ url: 'http://x', timeout_ms: 2000, mode: 'always', loud: false, words: ['a', 'b'], more: { a: 1 } });
  });
});

describe('groups and pairs', () => {
  const nested = fieldsOf({
    type: 'object',
    properties: {
      name: { type: 'string' },
      limits: {
        type: 'object',
        title: 'Limits',
        additionalProperties: false,
        properties: {
          from: { type: 'array', items: { type: 'string' }, default: ['here'] },
          most: { type: 'integer', title: 'Most', minimum: 1, default: 5 },
        },
      },
      environment: { type: 'object', maxProperties: 2, additionalProperties: { type: 'string' } },
      secrets: { type: 'object', writeOnly: true, additionalProperties: { type: ['string', 'null'] } },
      free: { type: 'object', additionalProperties: true },
    },
  });
  const one = (name: string) => nested.find((field) => field.name === name)!;

  it('are fields of their own, folded away', () => {
    expect(nested.map(({ name, kind, group }) => [name, kind, group])).toEqual([
      ['name', 'text', undefined],
      ['limits.from', 'lines', 'Limits'],
      ['limits.most', 'number', 'Limits'],
      ['environment', 'pairs', undefined],
      ['secrets', 'secret_pairs', undefined],
      ['free', 'json', undefined],
    ]);
    expect(one('limits.most').label).toBe('Most');
    expect(splitFields(nested).rest.map(({ name }) => name)).toEqual(['limits.from', 'limits.most']);
  });
  it('begin with what is stored and go back to where they were', () => {
    const start = initialValues(nested, { name: 'x', limits: { most: 7 }, environment: { A: '1', B: 'x=y' } });
    expect(start).toMatchObject({ 'limits.from': 'here', 'limits.most': '7', environment: 'A=1\nB=x=y', secrets: '' });
    expect(toConfig(nested, start)).toEqual({
      name: 'x',
      limits: { from: ['here'], most: 7 },
      environment: { A: '1', B: 'x=y' },
    });
  });
  it('a list that was emptied is empty, not the default', () =>
    expect(toConfig(nested, { ...initialValues(nested), 'limits.from': '' })).toMatchObject({ limits: { from: [] } }));
  it('secrets: a name alone takes one away, an object holds what lines cannot', () => {
    expect(toConfig(nested, { secrets: 'KEY=abc\n OLD=\n' })).toEqual({
      limits: { from: [] },
      secrets: { KEY: 'abc', OLD: null },
    });
    expect(toConfig(nested, { secrets: '{"PEM":"a\\nb"}' })).toMatchObject({ secrets: { PEM: 'a\nb' } });
  });
  it.each([
    ['limits.most', '0', 'The least is 1.'],
    ['environment', 'A=1', null],
    ['environment', 'A', 'Each line must be NAME=value.'],
    ['environment', 'A B=1', 'Each line must be NAME=value.'],
    ['environment', '=1', 'Each line must be NAME=value.'],
    ['environment', 'A=1\nB=2\nC=3', 'At most 2 lines.'],
    ['secrets', '{', 'Each line must be NAME=value.'],
  ])('%s %j', (name, value, problem) => expect(checkField(one(name), value, false)).toBe(problem));
});

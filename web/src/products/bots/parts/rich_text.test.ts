import { describe, expect, it } from 'vitest';
import { linked, richFrom, safeHref, type NodeLike } from './rich_text';

const text = (value: string): NodeLike => ({ nodeType: 3, nodeName: '#text', nodeValue: value, childNodes: [] });
const node = (name: string, children: NodeLike[] = [], attributes: Record<string, string> = {}): NodeLike => ({
  nodeType: 1,
  nodeName: name.toUpperCase(),
  nodeValue: null,
  childNodes: children,
  getAttribute: (key) => attributes[key] ?? null,
});
const rich = (...children: NodeLike[]) => richFrom(node('body', children));

describe('richFrom', () => {
  it('keeps what may be shown', () => {
    expect(
      rich(node('p', [text('a '), node('strong', [text('b')])]), node('ol', [node('li', [text('c')])], { start: '3' })),
    ).toEqual([
      { tag: 'p', children: ['a ', { tag: 'strong', children: ['b'] }] },
      { tag: 'ol', start: 3, children: [{ tag: 'li', children: ['c'] }] },
    ]);
  });
  it('drops what runs or loads, with all inside', () => {
    for (const name of ['script', 'style', 'iframe', 'svg', 'object', 'template', 'mx-reply'])
      expect(rich(node(name, [text('x')]))).toEqual([]);
    expect(rich(node('img', [], { src: 'https://evil.example/x', alt: 'a cat' }))).toEqual(['a cat']);
  });
  it('keeps the words of what it does not know', () =>
    expect(rich(node('marquee', [text('hi')]), node('form', [node('p', [text('x')])]))).toEqual([
      'hi',
      { tag: 'p', children: ['x'] },
    ]));
  it('makes headings bold', () =>
    expect(rich(node('h1', [text('a')]))).toEqual([{ tag: 'p', children: [{ tag: 'strong', children: ['a'] }] }]));
  it('takes no attribute along but a safe address', () => {
    expect(rich(node('a', [text('x')], { href: 'javascript:alert(1)', onclick: 'alert(1)' }))).toEqual(['x']);
    expect(rich(node('a', [text('x')], { href: 'https://example.org/', onclick: 'alert(1)', style: 'x' }))).toEqual([
      { tag: 'a', href: 'https://example.org/', children: ['x'] },
    ]);
  });
  it('stops at a depth and a number', () => {
    let deep = text('deep');
    for (let level = 0; level < 10_000; ++level) deep = node('div', [deep]);
    expect(JSON.stringify(rich(deep)).length).toBeLessThan(5_000);
    expect(rich(...Array.from({ length: 20_000 }, () => text('x'))).length).toBe(5_000);
  });
});

it.each([
  ['javascript:alert(1)', false],
  [' JaVaScRiPt:alert(1)', false],
  ['data:text/html,x', false],
  ['/ui/bots', false],
  ['//evil.example', false],
  ['https://example.org/a?b', true],
  ['mailto:a@example.org', true],
  ['vbscript:x', false],
  ['', false],
])('address %j', (href, good) => expect(safeHref(href) !== undefined).toBe(good));

it('finds addresses in plain text', () => {
  expect(linked('see https://example.org/a_(b), or not')).toEqual([
    'see ',
    { tag: 'a', href: 'https://example.org/a_(b', children: ['https://example.org/a_(b'] },
    '), or not',
  ]);
  expect(linked('nothing')).toEqual(['nothing']);
});

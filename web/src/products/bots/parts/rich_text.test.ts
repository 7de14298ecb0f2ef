import { describe, expect, it } from 'vitest';
import { linked, richFrom, safeHref, type Rich } from './rich_text';

const short = (part: Rich): string =>
  typeof part === 'string'
    ? part
    : `${part.tag}${part.href ? `@${part.href}` : ''}(${part.children.map(short).join(',')})`;
const read = (html: string) => richFrom(html).map(short).join(' ');

describe('richFrom', () => {
  it('keeps what may be shown', () => {
    expect(richFrom('<p>a <strong>b</strong></p><ol start=3><li>c</li></ol>')).toEqual([
      { tag: 'p', children: ['a ', { tag: 'strong', children: ['b'] }] },
      { tag: 'ol', start: 3, children: [{ tag: 'li', children: ['c'] }] },
    ]);
  });
  it('drops what runs or loads, with all inside', () => {
    for (const name of ['script', 'style', 'iframe', 'svg', 'math', 'object', 'template', 'mx-reply', 'noscript'])
      expect(richFrom(`<${name}>x</${name}>`), name).toEqual([]);
    expect(richFrom('<img src="https://evil.example/x" alt="a cat">')).toEqual(['a cat']);
  });
  it('keeps the words of what it does not know', () =>
    expect(richFrom('<marquee>hi</marquee><form><p>x</p></form>')).toEqual(['hi', { tag: 'p', children: ['x'] }]));
  it('makes headings bold', () =>
    expect(richFrom('<h1>a</h1>')).toEqual([{ tag: 'p', children: [{ tag: 'strong', children: ['a'] }] }]));
  it('takes no attribute along but a safe address', () => {
    expect(richFrom('<a href="javascript:alert(1)" onclick="alert(1)">x</a>')).toEqual(['x']);
    expect(richFrom('<a href="https://example.org/" onclick="alert(1)" style="x" target="_top">x</a>')).toEqual([
      { tag: 'a', href: 'https://example.org/', children: ['x'] },
    ]);
  });
  it('stops at a depth and a number', () => {
    expect(JSON.stringify(richFrom(`${'<div>'.repeat(10_000)}deep`)).length).toBeLessThan(5_000);
    expect(richFrom('<br>'.repeat(20_000)).length).toBe(5_000);
  });

  it.each([
    ['<p>a <strong>b</strong></p><p>c</p>', 'p(a ,strong(b)) p(c)'],
    ['a<br/>b<br>c', 'a br() b br() c'],
    ['<p>a<p>b<ul><li>x<li>y</ul>z', 'p(a) p(b) ul(li(x),li(y)) z'],
    ['<ul><li>a<ul><li>b</li></ul></li><li>c</li></ul>', 'ul(li(a,ul(li(b))),li(c))'],
    ['<table><tr><td>a<td>b<tr><td>c</table>', 'table(tbody(tr(td(a),td(b)),tr(td(c))))'],
    [
      '<table>x<caption>y</caption><thead> <tr> <th>a</th></tr></thead><tbody><tr><td>b</td>z</tr></tbody></table>',
      'xz table(tbody(tr(th(a)),tr(td(b))))',
    ],
    ['<a href="https://x.example/?a=1&amp;b=2">l</a>', 'a@https://x.example/?a=1&b=2(l)'],
    ["<A HREF='https://x.example/' onclick=evil()>l</A>", 'a@https://x.example/(l)'],
    ['<a href="java&#115;cript:alert(1)">l</a>', 'l'],
    ['<a href="java\tscript:alert(1)">l</a>', 'l'],
    ['<p>see https://x.example/a now</p>', 'p(see ,a@https://x.example/a(https://x.example/a), now)'],
    ['<code>https://x.example/</code>', 'code(https://x.example/)'],
    ['<a href="https://y.example/">https://x.example/</a>', 'a@https://y.example/(https://x.example/)'],
    ['1 < 2 && 3 > 2', '1 < 2 && 3 > 2'],
    ['a &lt;b&gt; &#x1F600; &unknown;', 'a <b> 😀 &unknown;'],
    ['&amp;lt;', '&lt;'],
    ['&#0;&#xD800;', '\ufffd\ufffd'],
    ['&nbsp;', '\u00a0'],
    ['<script>if (a < b) alert("</p>")</script>after', 'after'],
    ['<style>p{}</style>x', 'x'],
    ['<SCRIPT>x</ScRiPt >y', 'y'],
    ['<script>never ends', ''],
    ['<!-- <b>c</b> -->d<!-- open', 'd'],
    ['<!doctype html><p>x', 'p(x)'],
    ['</b>a', 'a'],
    ['<b><i>x</b>y</i>', 'b(i(x)) i(y)'],
    ['<img src=x onerror="alert(1)" alt="a > b">', 'a > b'],
    ['<p title="a>b">c</p>', 'p(c)'],
    ['<', '<'],
    ['<p', ''],
  ])('%j → %s', (html, expected) => expect(read(html)).toBe(expected));

  it('ends on anything, and soon', () => {
    const pieces = ['<', '<p', '<a href="', '<b>', '</b>', '<!--', '&#', '<li>', '<td>', '<script>', '"', "<p '"];
    for (const piece of [...pieces, '<a>', '<table>', '<svg><p>', '<b><p>', '</p>', `<p '${'x'.repeat(900)}>`]) {
      const before = performance.now();
      richFrom(piece.repeat(Math.ceil(50_000 / piece.length)));
      expect(performance.now() - before, piece).toBeLessThan(2_000);
    }
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

import { describe, expect, it } from 'vitest';
import { decodeEntities, parseHtml } from './html_nodes';
import { richFrom, type Rich } from './rich_text';

const short = (part: Rich): string =>
  typeof part === 'string'
    ? part
    : `${part.tag}${part.href ? `@${part.href}` : ''}(${part.children.map(short).join(',')})`;
const read = (html: string) => richFrom(parseHtml(html)).map(short).join(' ');

describe('parseHtml', () => {
  it.each([
    ['<p>a <strong>b</strong></p><p>c</p>', 'p(a ,strong(b)) p(c)'],
    ['a<br/>b<br>c', 'a br() b br() c'],
    ['<p>a<p>b<ul><li>x<li>y</ul>z', 'p(a) p(b) ul(li(x),li(y)) z'],
    ['<ul><li>a<ul><li>b</li></ul></li><li>c</li></ul>', 'ul(li(a,ul(li(b))),li(c))'],
    ['<table><tr><td>a<td>b<tr><td>c</table>', 'table(tbody(tr(td(a),td(b)),tr(td(c))))'],
    [
      '<table>x<caption>y</caption><thead> <tr> <th>a</th></tr></thead><tbody><tr><td>b</td>z</tr></tbody></table>',
      'table(tbody(tr(th(a)),tr(td(b))))',
    ],
    ['<a href="https://x.example/?a=1&amp;b=2">l</a>', 'a@https://x.example/?a=1&b=2(l)'],
    ["<A HREF='https://x.example/' onclick=evil()>l</A>", 'a@https://x.example/(l)'],
    ['<a href="java&#115;cript:alert(1)">l</a>', 'l'],
    ['<p>see https://x.example/a now</p>', 'p(see ,a@https://x.example/a(https://x.example/a), now)'],
    ['<code>https://x.example/</code>', 'code(https://x.example/)'],
    ['<a href="https://y.example/">https://x.example/</a>', 'a@https://y.example/(https://x.example/)'],
    ['1 < 2 && 3 > 2', '1  <  2 && 3 > 2'],
    ['a &lt;b&gt; &#x1F600; &unknown;', 'a <b> 😀 &unknown;'],
    ['<script>if (a < b) alert("</p>")</script>after', 'after'],
    ['<style>p{}</style>x', 'x'],
    ['<SCRIPT>x</ScRiPt >y', 'y'],
    ['<script>never ends', ''],
    ['<!-- <b>c</b> -->d<!-- open', 'd'],
    ['<!doctype html><p>x', 'p(x)'],
    ['</b>a</p>', 'a'],
    ['<b><i>x</b>y</i>', 'b(i(x)) y'],
    ['<img src=x onerror="alert(1)" alt="a > b">', 'a > b'],
    ['<p title="a>b">c</p>', 'p(c)'],
    ['<', '<'],
    ['<p', '< p'],
  ])('%j → %s', (html, expected) => expect(read(html)).toBe(expected));

  it('ends on anything, and soon', () => {
    for (const piece of [
      '<',
      '<p',
      '<a href="',
      '<b>',
      '</b>',
      '<!--',
      '&#',
      '<li>',
      '<td>',
      '<script>',
      '"',
      "<p '",
      `<p '${'x'.repeat(900)}>`,
    ]) {
      const before = performance.now();
      parseHtml(piece.repeat(Math.ceil(50_000 / piece.length)));
      expect(performance.now() - before).toBeLessThan(2_000);
    }
  });
});

it.each([
  ['&amp;lt;', '&lt;'],
  ['&#0;', '\ufffd'],
  ['&#xD800;', '\ufffd'],
  ['&#99999999;', '&#99999999;'],
  ['&nbsp;', '\u00a0'],
])('%s → %j', (text, expected) => expect(decodeEntities(text)).toBe(expected));

import { expect, it } from 'vitest';
import { markdownToHtml } from './markdown';

it('knows the part of Markdown that the assistant uses', () => {
  expect(markdownToHtml('I found **2** projects.\nWhich *one*?\n\n1. Shaw\n2. Shaw & Sons')).toBe(
    '<p>I found <strong>2</strong> projects.<br>Which <em>one</em>?</p><ol start="1"><li>Shaw</li><li>Shaw &amp; Sons</li></ol>',
  );
  expect(markdownToHtml('- `a**b`\n- [site](https://example.org/x?y=1&z=2)')).toBe(
    '<ul><li><code>a**b</code></li><li><a href="https://example.org/x?y=1&amp;z=2">site</a></li></ul>',
  );
  expect(markdownToHtml('> said\n\n```json\n{"a": "<b>"}\n```\nEnd')).toBe(
    '<blockquote>said</blockquote><pre><code>{&quot;a&quot;: &quot;&lt;b&gt;&quot;}\n</code></pre><p>End</p>',
  );
});

it('never passes on HTML, nor addresses that are none', () => {
  expect(markdownToHtml('<img src=x onerror=alert(1)> [x](javascript:alert(1))')).toBe(
    '<p>&lt;img src=x onerror=alert(1)&gt; [x](javascript:alert(1))</p>',
  );
  expect(markdownToHtml('snake_case_name and 2*3*4')).toBe('<p>snake_case_name and 2*3*4</p>');
});

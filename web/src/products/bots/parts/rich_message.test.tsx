// @vitest-environment jsdom
import { cleanup, render } from '@testing-library/react';
import { afterEach, expect, it } from 'vitest';
import { RichMessage } from './rich_message';

afterEach(cleanup);

const safe = new Set(
  'p br hr b strong i em u s del code pre blockquote ul ol li table tbody tr th td a span div sup sub details summary'.split(
    ' ',
  ),
);
const attributes = new Set(['href', 'target', 'rel', 'start', 'tabindex', 'class', 'role', 'aria-label']);

/** Ways past sanitizers that were found in others: broken nesting, foreign content, comments, odd encodings. */
it.each([
  '<script>document.title="owned"</script>',
  '<img src=x onerror=alert(1)>',
  '<svg onload=alert(1)><script>alert(1)</script></svg>',
  '<svg><style><img src=x onerror=alert(1)></style></svg>',
  '<math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img src=1 onerror=alert(1)&gt;">',
  '<form><math><mtext></form><form><mglyph><style></math><img src onerror=alert(1)>',
  '<svg></p><style><a id="</style><img src=1 onerror=alert(1)>">',
  '<noscript><p title="</noscript><img src=x onerror=alert(1)>">',
  '<template><img src=x onerror=alert(1)></template>',
  '<a href="jav&#x09;ascript:alert(1)">x</a><a href="data:text/html,<script>1</script>">y</a><a href="/api/v1/session">z</a>',
  '<a href="https://x.example/" onmouseover=alert(1) style="position:fixed;inset:0" id=root class=shell-header>x</a>',
  '<iframe srcdoc="<script>alert(1)</script>"></iframe><object data=x></object><embed src=x>',
  '<p style="background:url(https://evil.example/x)">x</p><link rel=stylesheet href=x><meta http-equiv=refresh content=0>',
  '<base href="https://evil.example/"><form action=x><button formaction=javascript:alert(1)>x</button><input autofocus onfocus=1></form>',
  '<video><source onerror=alert(1)></video><audio src=x onerror=alert(1)></audio>',
  '<select><template><style><!--</style><a rel="--></style></template></select><img src onerror=alert(1)>">',
  '<details open ontoggle=alert(1)><summary>s</summary>x</details>',
  '<![CDATA[<img src=x onerror=alert(1)>]]><?xml <img src=x onerror=alert(1)>?>',
  '<ol start="9e9" reversed><li value="javascript:1">x</ol>',
  '<div dangerouslySetInnerHTML="{__html: 1}" ref=x key=y children=z>x</div>',
])('nothing but what is allowed reaches the page: %s', (html) => {
  const { container } = render(<RichMessage body="" html={html} />);
  for (const element of container.querySelectorAll('*')) {
    expect(safe, element.tagName).toContain(element.tagName.toLowerCase());
    for (const { name, value } of element.attributes) {
      expect(attributes, name).toContain(name);
      if (name === 'href') expect(value).toMatch(/^(https?:\/\/|mailto:|matrix:)/);
      if (name === 'class') expect(['rich', 'rich plain', 'rich-table']).toContain(value);
    }
  }
});

it('shows plain words when the formatted ones are too many', () => {
  const { container } = render(<RichMessage body="in short" html={'x'.repeat(200_000)} />);
  expect(container.textContent).toBe('in short');
});

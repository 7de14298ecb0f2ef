// What the assistant says is Markdown. The part of it that it uses, as HTML for RichMessage, which decides what is shown.

const escaped = (text: string) =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');

/** Code first, so that nothing inside of it is anything else. */
function inline(text: string): string {
  return text
    .split(/(`[^`\n]+`)/)
    .map((part, place) =>
      place % 2 === 1
        ? `<code>${escaped(part.slice(1, -1))}</code>`
        : escaped(part)
            .replace(/\[([^\]\n]+)\]\((https?:\/\/[^\s()]+)\)/g, '<a href="$2">$1</a>')
            .replace(/\*\*([^*\n]+)\*\*/g, '<strong>$1</strong>')
            .replace(/(^|[\s(])[*_]([^*_\n]+)[*_](?=$|[\s.,;:!?)])/g, '$1<em>$2</em>'),
    )
    .join('');
}

const bullet = /^\s*[-*•]\s+/;
const number = /^\s*(\d{1,4})[.)]\s+/;

type Block = 'p' | 'ul' | 'ol' | 'quote';
const kindOf = (line: string): Block =>
  bullet.test(line) ? 'ul' : number.test(line) ? 'ol' : line.startsWith('> ') ? 'quote' : 'p';

function blockOf(kind: Block, lines: string[]): string {
  const items = (start: RegExp) => lines.map((line) => `<li>${inline(line.replace(start, ''))}</li>`).join('');
  switch (kind) {
    case 'ul':
      return `<ul>${items(bullet)}</ul>`;
    case 'ol':
      return `<ol start="${number.exec(lines[0]!)![1]}">${items(number)}</ol>`;
    case 'quote':
      return `<blockquote>${lines.map((line) => inline(line.slice(2))).join('<br>')}</blockquote>`;
    case 'p':
      return `<p>${lines.map((line) => inline(line.replace(/^#{1,6}\s+(.*)$/, '**$1**'))).join('<br>')}</p>`;
  }
}

export function markdownToHtml(text: string): string {
  return text
    .split(/^```[^\n]*\n([\s\S]*?)^```\s*$/m)
    .map((part, place) => (place % 2 === 1 ? `<pre><code>${escaped(part)}</code></pre>` : blocks(part)))
    .join('');
}

function blocks(text: string): string {
  const found: { kind: Block; lines: string[] }[] = [];
  let apart = true;
  for (const line of text.split('\n')) {
    if (line.trim() === '') {
      apart = true;
      continue;
    }
    const kind = kindOf(line);
    const last = found.at(-1);
    if (last && !apart && last.kind === kind) last.lines.push(line);
    else found.push({ kind, lines: [line] });
    apart = false;
  }
  return found.map(({ kind, lines }) => blockOf(kind, lines)).join('');
}

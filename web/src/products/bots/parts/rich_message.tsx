// A message as React elements; rich_text.ts decides what may be one.
import { createElement, useMemo, type ReactNode } from 'react';
import { linked, richFrom, type Rich } from './rich_text';

const longestHtml = 100_000;

export function RichMessage({ body, html }: { body: string; html?: string | undefined }) {
  const tree = useMemo(() => (html && html.length <= longestHtml ? richFrom(html) : undefined), [html]);
  const plain = useMemo(() => (tree ? [] : linked(body)), [tree, body]);
  return tree ? <div className="rich">{tree.map(draw)}</div> : <div className="rich plain">{plain.map(draw)}</div>;
}

function draw(part: Rich, key: number): ReactNode {
  if (typeof part === 'string') return part;
  const { tag, href, start, children } = part;
  if (tag === 'br' || tag === 'hr') return createElement(tag, { key });
  const inside = children.map(draw);
  if (tag === 'a')
    return (
      <a key={key} href={href} target="_blank" rel="noopener noreferrer nofollow">
        {inside}
      </a>
    );
  // What can scroll sideways can be reached with the keyboard.
  if (tag === 'pre')
    return (
      <pre key={key} tabIndex={0}>
        {inside}
      </pre>
    );
  if (tag === 'table')
    return (
      <div key={key} className="rich-table" tabIndex={0} role="region" aria-label="Table in a message">
        <table>{inside}</table>
      </div>
    );
  return createElement(tag, { key, ...(start !== undefined && { start }) }, ...inside);
}

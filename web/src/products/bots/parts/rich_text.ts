// Formatted messages as a tree of what may be shown: the elements and attributes that Matrix allows, minus everything
// that loads, moves or runs. What is shown is built anew from this tree as React elements, so nothing that is not named
// here can reach the page, whatever the parser makes of a text. The parser is parse5 and not the browser's, which
// complains under the content policy of this page about each style and each handler it meets, even where nothing of it
// is ever used (DOMPurify parses with it, too).
import { defaultTreeAdapter, parseFragment, type DefaultTreeAdapterTypes } from 'parse5';

export type Rich = string | { tag: SafeTag; href?: string; start?: number; children: Rich[] };
const safeTags = [
  'p',
  'br',
  'hr',
  'b',
  'strong',
  'i',
  'em',
  'u',
  's',
  'del',
  'code',
  'pre',
  'blockquote',
  'ul',
  'ol',
  'li',
  'table',
  'thead',
  'tbody',
  'tr',
  'th',
  'td',
  'a',
  'span',
  'div',
  'sup',
  'sub',
  'details',
  'summary',
] as const;
export type SafeTag = (typeof safeTags)[number];
const renamed: Record<string, SafeTag> = { strike: 's', font: 'span' };
/** Neither shown nor looked into. */
const dropped = new Set([
  'script',
  'style',
  'mx-reply',
  'template',
  'noscript',
  'iframe',
  'object',
  'embed',
  'svg',
  'math',
  'head',
  'title',
  'textarea',
  'select',
  'video',
  'audio',
]);
const mostNodes = 5_000;
const deepest = 40;

type Node = DefaultTreeAdapterTypes.ChildNode;
type Element = DefaultTreeAdapterTypes.Element;

/** Reads the HTML as a browser does. */
export function richFrom(html: string): Rich[] {
  let left = mostNodes;
  // Addresses in running text become links, as they do in plain messages; not inside of links and code.
  const walk = (node: Node, depth: number, literal: boolean): Rich[] => {
    if (--left < 0) return [];
    if (defaultTreeAdapter.isTextNode(node)) return literal ? [node.value] : linked(node.value);
    if (!defaultTreeAdapter.isElementNode(node)) return [];
    const name = node.tagName;
    if (dropped.has(name)) return [];
    if (name === 'img') return [attributeOf(node, 'alt') || '(image)'];
    const children =
      depth < deepest
        ? inside(node.childNodes, depth + 1, literal || name === 'a' || name === 'code' || name === 'pre')
        : [];
    // A heading of a message is none of the page's: it would be in the way of those who go about by headings.
    if (/^h[1-6]$/.test(name)) return [{ tag: 'p', children: [{ tag: 'strong', children }] }];
    const tag = renamed[name] ?? safeTags.find((one) => one === name);
    if (!tag) return children;
    if (tag === 'table') return [{ tag, children: [{ tag: 'tbody', children: rowsOf(children) }] }];
    if (tag !== 'a') return [{ tag, children, ...(tag === 'ol' && startOf(node)) }];
    const href = safeHref(attributeOf(node, 'href'));
    return href ? [{ tag, href, children }] : children;
  };
  const inside = (nodes: Node[], depth: number, literal: boolean): Rich[] =>
    nodes.flatMap((child) => walk(child, depth, literal));
  return inside(parseFragment(html).childNodes, 0, false);
}

const attributeOf = (element: Element, name: string) => element.attrs.find((one) => one.name === name)?.value ?? '';

/** Only rows of cells make a table; where they were said to belong does not matter for reading. */
function rowsOf(parts: Rich[]): Rich[] {
  return parts.flatMap((part) => {
    if (typeof part === 'string') return [];
    if (part.tag !== 'tr') return rowsOf(part.children);
    return [
      {
        ...part,
        children: part.children.filter((cell) => typeof cell !== 'string' && (cell.tag === 'td' || cell.tag === 'th')),
      },
    ];
  });
}

function startOf(node: Element): { start?: number } {
  const start = attributeOf(node, 'start');
  return /^-?\d{1,9}$/.test(start) ? { start: Number(start) } : {};
}

/** Addresses that open something elsewhere; never a script, never a page of the console. */
export function safeHref(href: string): string | undefined {
  try {
    const url = new URL(href);
    return ['https:', 'http:', 'mailto:', 'matrix:'].includes(url.protocol) ? url.href : undefined;
  } catch {
    return undefined;
  }
}

/** Plain text, with what looks like a web address as a link. */
export function linked(text: string): Rich[] {
  return text
    .split(/(https?:\/\/[^\s<>"']+[^\s<>"'.,;:!?)\]}])/)
    .map((part, place) => {
      const href = place % 2 === 1 ? safeHref(part) : undefined;
      return href ? { tag: 'a' as const, href, children: [part] } : part;
    })
    .filter((part) => part !== '');
}

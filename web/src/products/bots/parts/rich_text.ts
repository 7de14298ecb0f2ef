// Formatted messages as a tree of what may be shown: the elements and attributes that Matrix allows, minus everything
// that loads, moves or runs. What is shown is built anew from this tree, so nothing that is not named here can reach the
// page, whatever the parser (html_nodes.ts) makes of a text.

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

/** The part of a DOM node that is read: element (1) or text (3). */
export interface NodeLike {
  nodeType: number;
  nodeName: string;
  nodeValue: string | null;
  childNodes: ArrayLike<NodeLike>;
  getAttribute?(name: string): string | null;
}

export function richFrom(root: NodeLike): Rich[] {
  let left = mostNodes;
  // Addresses in running text become links, as they do in plain messages; not inside of links and code.
  const walk = (node: NodeLike, depth: number, literal: boolean): Rich[] => {
    if (--left < 0) return [];
    if (node.nodeType === 3) return !node.nodeValue ? [] : literal ? [node.nodeValue] : linked(node.nodeValue);
    if (node.nodeType !== 1) return [];
    const name = node.nodeName.toLowerCase();
    if (dropped.has(name)) return [];
    if (name === 'img') return [node.getAttribute?.('alt') || '(image)'];
    const children =
      depth < deepest ? inside(node, depth + 1, literal || name === 'a' || name === 'code' || name === 'pre') : [];
    // A heading of a message is none of the page's: it would be in the way of those who go about by headings.
    if (/^h[1-6]$/.test(name)) return [{ tag: 'p', children: [{ tag: 'strong', children }] }];
    const tag = renamed[name] ?? safeTags.find((one) => one === name);
    if (!tag) return children;
    if (tag === 'table') return [{ tag, children: [{ tag: 'tbody', children: rowsOf(children) }] }];
    if (tag !== 'a') return [{ tag, children, ...(tag === 'ol' && startOf(node)) }];
    const href = safeHref(node.getAttribute?.('href') ?? '');
    return href ? [{ tag, href, children }] : children;
  };
  const inside = (node: NodeLike, depth: number, literal: boolean): Rich[] =>
    Array.from(node.childNodes).flatMap((child) => walk(child, depth, literal));
  return inside(root, 0, false);
}

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

function startOf(node: NodeLike): { start?: number } {
  const start = Number(node.getAttribute?.('start') ?? NaN);
  return Number.isInteger(start) ? { start } : {};
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

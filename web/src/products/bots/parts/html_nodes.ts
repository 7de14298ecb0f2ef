// Reads the HTML of a formatted message into plain nodes. The browser's own parser would do it too, but under the content
// policy of this page it complains about each style and each handler it meets, even where nothing of it is ever used.
// What is let through of the result is decided in rich_text.ts.
import type { NodeLike } from './rich_text';

interface Element extends NodeLike {
  childNodes: NodeLike[];
  attributes: Map<string, string>;
}

const empty = new Set([
  'br',
  'hr',
  'img',
  'wbr',
  'input',
  'meta',
  'link',
  'area',
  'base',
  'col',
  'embed',
  'source',
  'track',
]);
/** Nothing in these is markup. */
const raw = new Set(['script', 'style', 'textarea', 'title', 'xmp', 'iframe', 'noembed', 'noframes']);
/** Opening one ends what is open of the others, up to the list or table around. */
const endsBefore: Record<string, { ends: string[]; within: string[] }> = {
  li: { ends: ['li'], within: ['ul', 'ol'] },
  p: { ends: ['p'], within: ['div', 'li', 'blockquote', 'td', 'th', 'details'] },
  tr: { ends: ['tr', 'td', 'th'], within: ['table', 'thead', 'tbody'] },
  td: { ends: ['td', 'th'], within: ['tr'] },
  th: { ends: ['td', 'th'], within: ['tr'] },
  tbody: { ends: ['thead', 'tbody', 'tr', 'td', 'th'], within: ['table'] },
  thead: { ends: ['tbody', 'tr', 'td', 'th'], within: ['table'] },
};
/** Paragraphs end where one of these begins. */
const blocks = new Set([
  'p',
  'ul',
  'ol',
  'pre',
  'blockquote',
  'table',
  'div',
  'h1',
  'h2',
  'h3',
  'h4',
  'h5',
  'h6',
  'hr',
  'details',
]);
const named: Record<string, string> = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  apos: "'",
  nbsp: '\u00a0',
  hellip: '…',
  mdash: '—',
  ndash: '–',
  copy: '©',
  reg: '®',
  trade: '™',
  lsquo: '‘',
  rsquo: '’',
  ldquo: '“',
  rdquo: '”',
  laquo: '«',
  raquo: '»',
  bull: '•',
  middot: '·',
  times: '×',
  deg: '°',
  euro: '€',
  larr: '←',
  rarr: '→',
};

export function decodeEntities(text: string): string {
  return text.replace(
    /&(?:#(\d{1,7})|#[xX]([\da-fA-F]{1,6})|([a-zA-Z]{2,8}));/g,
    (whole, decimal?: string, hex?: string, name?: string) => {
      if (name !== undefined) return named[name] ?? whole;
      const code = decimal !== undefined ? Number(decimal) : parseInt(hex!, 16);
      return code > 0 && code <= 0x10ffff && !(code >= 0xd800 && code <= 0xdfff)
        ? String.fromCodePoint(code)
        : '\ufffd';
    },
  );
}

const textNode = (value: string): NodeLike => ({ nodeType: 3, nodeName: '#text', nodeValue: value, childNodes: [] });
function element(name: string, attributes = new Map<string, string>()): Element {
  return {
    nodeType: 1,
    nodeName: name,
    nodeValue: null,
    childNodes: [],
    attributes,
    getAttribute: (key) => attributes.get(key) ?? null,
  };
}

const tagStart = /<(\/?)([a-zA-Z][a-zA-Z0-9-]*)/y;
const attribute = /([^\s"'<>/=]+)(?:\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'=<>`]+)))?/g;
/** A tag longer than this is text. */
const longestTag = 4_096;

/** The place of the > that ends a tag: the first one outside quotes. -1: there is none near. */
function tagEnd(html: string, from: number): number {
  const last = Math.min(html.length, from + longestTag);
  let quote = '';
  for (let at = from; at < last; ++at) {
    const letter = html[at]!;
    if (quote !== '') {
      if (letter === quote) quote = '';
    } else if (letter === '>') return at;
    else if (letter === '"' || letter === "'") quote = letter;
  }
  return -1;
}

export function parseHtml(html: string): NodeLike {
  const root = element('body');
  const open: Element[] = [root];
  const top = () => open.at(-1)!;
  const say = (text: string) => {
    if (text) top().childNodes.push(textNode(decodeEntities(text)));
  };
  const lower = html.toLowerCase();
  let at = 0;
  let bracket = -1; // The next > of all: most of what cannot be a tag is seen by that.
  while (at < html.length) {
    const next = html.indexOf('<', at);
    if (next < 0) break;
    say(html.slice(at, next));
    at = next;
    if (html.startsWith('<!--', at)) {
      const end = html.indexOf('-->', at + 4);
      at = end < 0 ? html.length : end + 3;
      continue;
    }
    if (bracket < at) bracket = html.indexOf('>', at);
    if (bracket < 0) bracket = Infinity;
    tagStart.lastIndex = at;
    const found = bracket - at < longestTag ? tagStart.exec(html) : null;
    const ending = found ? tagEnd(html, tagStart.lastIndex) : -1;
    if (!found || ending < 0) {
      // Not a tag: a lone angle bracket is text, a declaration is nothing.
      const declaration = html[at + 1] === '!' || html[at + 1] === '?';
      const end = declaration ? html.indexOf('>', at) : at;
      if (!declaration) say('<');
      at = end < 0 ? html.length : end + 1;
      continue;
    }
    const inside = html.slice(at + found[0].length, ending);
    at = ending + 1;
    const name = found[2]!.toLowerCase();
    if (found[1]) {
      close(open, name);
      continue;
    }
    begin(open, name);
    const made = element(name, attributesOf(inside));
    top().childNodes.push(made);
    if (raw.has(name)) {
      const end = lower.indexOf(`</${name}`, at);
      at = end < 0 ? html.length : end;
    }
    if (!empty.has(name)) open.push(made);
  }
  say(html.slice(at));
  return root;
}

function attributesOf(text: string): Map<string, string> {
  const found = new Map<string, string>();
  for (const [, name, double, single, bare] of text.matchAll(attribute)) {
    const key = name!.toLowerCase();
    if (!found.has(key)) found.set(key, decodeEntities(double ?? single ?? bare ?? ''));
  }
  return found;
}

/** Ends what cannot hold the element that begins. */
function begin(open: Element[], name: string) {
  if (blocks.has(name) && open.at(-1)!.nodeName === 'p') open.pop();
  const rule = endsBefore[name];
  if (!rule) return;
  for (let place = open.length - 1; place > 0 && !rule.within.includes(open[place]!.nodeName); --place) {
    if (rule.ends.includes(open[place]!.nodeName)) open.length = place;
  }
}

/** Ends the nearest open element of the name with all inside it; an end without a beginning is nothing. */
function close(open: Element[], name: string) {
  const place = open.findLastIndex(({ nodeName }) => nodeName === name);
  if (place > 0) open.length = place;
}

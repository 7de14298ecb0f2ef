// What came of a task, as something to look at: a table, a list, a few facts, or a text. The whole is folded beside it.
import { momentOf, sayValue, type Line } from './readable';
import { seenText } from './seen_text';

export interface TableView {
  columns: string[];
  rows: string[][];
  /** Rows there are, those that are not shown included. */
  total: number;
}
export interface ResultView {
  text?: string;
  facts: Line[];
  table?: TableView;
}

const mostRows = 10;
const mostColumns = 4;
const mostFacts = 8;
/** Of a list that stands among other facts. */
const mostEntries = 5;
/** What people know things by stands first. */
const telling = [
  'name',
  'title',
  'display_name',
  'label',
  'number',
  'status',
  'state',
  'text',
  'content',
  'address',
  'id',
];
/** What a thing is called, the best first, and what it is told apart by. */
const names = [
  'display_name',
  'name',
  'title',
  'label',
  'real_name',
  'subject',
  'summary',
  'text',
  'content',
  'body',
  'filename',
  'email',
  'message',
];
const ids = ['id', 'number', 'key', 'ts', 'user_id'];

type Members = Record<string, unknown>;
const isObject = (value: unknown): value is Members =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const isScalar = (value: unknown) => value === null || typeof value !== 'object';
const says = (value: unknown) => isScalar(value) && value !== undefined && value !== null && value !== '';
const sayMember = (name: string, value: unknown) => momentOf(name, value) ?? sayValue(value);

export function viewOfResult(whole: unknown): ResultView {
  const result = unwrapped(whole);
  if (result === undefined || result === null) return { facts: [] };
  if (isScalar(result)) return { text: sayValue(result), facts: [] };
  if (Array.isArray(result)) return { facts: [], ...tableIn(result) };
  const members = result as Members;
  const lists = Object.entries(members).filter(([, value]) => Array.isArray(value) && value.length > 0);
  const shown = lists.length === 1 ? lists[0] : undefined;
  const rest = Object.fromEntries(Object.entries(members).filter(([name]) => name !== shown?.[0]));
  return { facts: factsOf(rest), ...(shown && tableIn(shown[1] as unknown[])) };
}

/** {"success": true, "data": …} and {"data": {…}} are about what is inside. */
function unwrapped(result: unknown): unknown {
  const wraps = isObject(result) && 'data' in result && (Object.keys(result).length === 1 || 'success' in result);
  return wraps ? result.data : result;
}

/** A line for each member, what people know things by first; what does not fit is in the folded JSON. */
function factsOf(members: Members): Line[] {
  return byTelling(Object.keys(members))
    .flatMap((name) => {
      const text = sayInShort(name, members[name]);
      return text ? [{ name: seenText(name), text }] : [];
    })
    .slice(0, mostFacts);
}

/** A member in one line; '' for what says nothing. */
function sayInShort(name: string, value: unknown): string {
  if (isScalar(value)) return value === '' ? '' : sayMember(name, value);
  if (Array.isArray(value)) return sayList(value);
  return sayThing(value as Members);
}

function sayList(list: unknown[]): string {
  if (list.length === 0) return '';
  const shown = list.slice(0, mostEntries).map((one) => (isObject(one) ? sayThing(one) : sayValue(one)));
  const more = list.length - shown.length;
  return shown.filter(Boolean).join(', ') + (more > 0 ? `, and ${more} more` : '');
}

const firstOf = (thing: Members, wanted: string[]) => wanted.find((name) => says(thing[name]));

/** "Smith · 4 Elm Road · active (1002)"; of what has neither name nor id, what it holds. */
function sayThing(thing: Members): string {
  const name = firstOf(thing, names);
  const id = firstOf(
    thing,
    ids.filter((each) => each !== name),
  );
  if (!name && !id) return sayPlainly(thing);
  const place = Object.keys(thing).find(
    (each) => /^address$|Address$|_address$/.test(each) && each !== 'email_address',
  );
  const parts = [
    name && sayValue(thing[name]),
    place && (isObject(thing[place]) ? sayPlainly(thing[place], true) : says(thing[place]) && sayValue(thing[place])),
    name && says(thing.status) && sayValue(thing.status),
  ].filter(Boolean);
  if (!id) return parts.join(' · ');
  const known = sayValue(thing[id]);
  return parts.length > 0 ? `${parts.join(' · ')} (${known})` : `id ${known}`;
}

/** Numbers mean nothing without their names: "answered 3, failed 0"; the parts of an address do. */
function sayPlainly(thing: Members, unnamed = false): string {
  return Object.entries(thing)
    .filter(([, value]) => says(value) && !(unnamed && typeof value === 'boolean'))
    .map(([name, value]) => (unnamed ? '' : `${seenText(name.replaceAll('_', ' '))} `) + sayMember(name, value))
    .join(', ');
}

/** What a finding is about, where it stands beside its rank and what surrounds it: {"rank": 59, "result": {…}}. */
const findings = ['result', 'item', 'node', 'record'];
function foundIn(entry: unknown): unknown {
  if (!isObject(entry) || firstOf(entry, names) || firstOf(entry, ids)) return entry;
  const inner = findings.map((name) => entry[name]).find(isObject);
  return inner ? ofEvent(inner) : entry;
}

/** A message of Matrix: what was said, by whom, when. */
function ofEvent(thing: Members): Members {
  const { content, sender, origin_server_ts: sent_at, type } = thing;
  if (!isObject(content) || !says(sender)) return thing;
  const said = firstOf(content, names);
  return { text: said ? content[said] : type, sender, sent_at };
}

function tableIn(entries: unknown[]): { table: TableView } {
  const rows = entries.slice(0, mostRows).map(foundIn);
  const objects = rows.filter(isObject);
  const columns = objects.length === rows.length ? columnsOf(objects) : [];
  return {
    table: {
      columns,
      rows:
        columns.length > 0
          ? objects.map((row) => columns.map((name) => (row[name] === undefined ? '' : sayMember(name, row[name]))))
          : rows.map((row) => [isScalar(row) ? sayValue(row) : seenText(JSON.stringify(row))]),
      total: entries.length,
    },
  };
}

/** Those that are not known stay as they are, behind the others. */
function byTelling(all: string[]): string[] {
  const rank = (name: string) => (telling.includes(name) ? telling.indexOf(name) : telling.length);
  return all.sort((a, b) => rank(a) - rank(b));
}

const columnsOf = (rows: Members[]) =>
  byTelling([...new Set(rows.flatMap((row) => Object.keys(row).filter((name) => isScalar(row[name]))))]).slice(
    0,
    mostColumns,
  );

// What came of a task, as something to look at: a table, a list, a few facts, or a text. The whole is folded beside it.
import { readable, sayValue, type Line } from './readable';

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
/** What people know things by stands first. */
const telling = ['name', 'title', 'display_name', 'label', 'number', 'status', 'state', 'text', 'id'];

type Members = Record<string, unknown>;
const isObject = (value: unknown): value is Members =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const isScalar = (value: unknown) => value === null || typeof value !== 'object';

export function viewOfResult(result: unknown): ResultView {
  if (result === undefined || result === null) return { facts: [] };
  if (isScalar(result)) return { text: sayValue(result), facts: [] };
  if (Array.isArray(result)) return { facts: [], ...tableIn(result) };
  const members = result as Members;
  const lists = Object.entries(members).filter(([, value]) => Array.isArray(value) && value.length > 0);
  const shown = lists.length === 1 ? lists[0] : undefined;
  const rest = Object.fromEntries(Object.entries(members).filter(([name]) => name !== shown?.[0]));
  return { facts: factsOf(rest), ...(shown && tableIn(shown[1] as unknown[])) };
}

/** Its own values, and those one step further in; what lies deeper is in the folded JSON. */
function factsOf(members: Members): Line[] {
  const near = Object.fromEntries(
    Object.entries(members).map(([name, value]) => [
      name,
      isObject(value) ? Object.fromEntries(Object.entries(value).filter(([, inner]) => isScalar(inner))) : value,
    ]),
  );
  return readable(near).lines.slice(0, mostFacts);
}

function tableIn(entries: unknown[]): { table: TableView } {
  const rows = entries.slice(0, mostRows);
  const objects = rows.filter(isObject);
  const columns = objects.length === rows.length ? columnsOf(objects) : [];
  return {
    table: {
      columns,
      rows:
        columns.length > 0
          ? objects.map((row) => columns.map((name) => (row[name] === undefined ? '' : sayValue(row[name]))))
          : rows.map((row) => [isScalar(row) ? sayValue(row) : JSON.stringify(row)]),
      total: entries.length,
    },
  };
}

function columnsOf(rows: Members[]): string[] {
  const names = [...new Set(rows.flatMap((row) => Object.keys(row).filter((name) => isScalar(row[name]))))];
  const rank = (name: string) => (telling.includes(name) ? telling.indexOf(name) : telling.length);
  return names.sort((a, b) => rank(a) - rank(b)).slice(0, mostColumns);
}

// Reading a CSV of users and saying what is wrong, by line.
// The server checks all of it again; this is for the eyes before anything is sent.
import Papa from 'papaparse';
import { bounds } from '@/kit/api/bounds';
import { lengthProblem } from '@/kit/limits';
import { usernameProblem } from './names';
import { passwordProblem } from './passwords';

export interface CsvRow {
  line: number;
  cells: string[];
}
export interface ImportRow {
  line: number;
  username: string;
  password: string;
  display_name: string;
  role: string;
  problem: string;
}
export interface ImportPreview {
  rows: ImportRow[];
  /** Columns that are passed over: an exported list can be read again. */
  ignored: string[];
  /** Why nothing of it can be taken; '' when it can. */
  fault: string;
  problems: number;
}

export const mostRows = 10_000;
export const mostBytes = 8 * 1024 * 1024;
const columns = ['username', 'password', 'display_name', 'role'] as const;
const roles = ['', 'member', 'operator', 'admin'];

/** Rows with the number of the line each begins on; empty lines are left out. Throws an Error for quotes that do not fit. */
export function parseCsv(text: string): CsvRow[] {
  const source = text.replace(/^\uFEFF/, '').replace(/\r\n?/g, '\n');
  const rows: CsvRow[] = [];
  let line = 1;
  let at = 0;
  Papa.parse<string[]>(source, {
    delimiter: separatorOf(source),
    newline: '\n',
    step: ({ data, errors, meta }) => {
      if (errors[0]) throw new Error(`Line ${line}: ${wordsOf[errors[0].code] ?? errors[0].message}`);
      if (data.some((cell) => cell.trim() !== '')) rows.push({ line, cells: data });
      line += source.slice(at, meta.cursor).split('\n').length - 1;
      at = meta.cursor;
    },
  });
  return rows;
}

const wordsOf: Partial<Record<string, string>> = {
  MissingQuotes: 'a quote is opened and never closed.',
  InvalidQuotes: 'something follows a closing quote.',
};

/** Spreadsheets in many countries write semicolons. */
function separatorOf(source: string): string {
  const first =
    source
      .slice(0, 2_000)
      .split(/\r?\n/)
      .find((line) => line.trim() !== '') ?? '';
  return !first.includes(',') && first.includes(';') ? ';' : ',';
}

/** What would be imported. The first line names the columns; without such a line they are in the usual order. */
export function previewImport(text: string): ImportPreview {
  const nothing = (fault: string): ImportPreview => ({ rows: [], ignored: [], fault, problems: 0 });
  let parsed: CsvRow[];
  try {
    parsed = parseCsv(text);
  } catch (error) {
    return nothing((error as Error).message);
  }
  if (parsed.length === 0) return nothing('The file is empty.');
  const names = parsed[0]!.cells.map((cell) => cell.trim().toLowerCase());
  const named = names.includes('username');
  const head: string[] = named ? names : [...columns];
  const twice = head.find(
    (name, place) => (columns as readonly string[]).includes(name) && head.indexOf(name) !== place,
  );
  if (twice !== undefined) return nothing(`The column “${twice}” is there twice.`);
  const ignored = head.filter((name) => name && !(columns as readonly string[]).includes(name));
  const body = named ? parsed.slice(1) : parsed;
  if (body.length === 0) return nothing('There is no line below the names of the columns.');
  if (body.length > mostRows)
    return nothing(
      `The file has ${body.length.toLocaleString('en')} users; at most ${mostRows.toLocaleString('en')} go at once.`,
    );
  const seen = new Map<string, number>();
  const rows = body.map(({ line, cells }) => {
    const of = (name: (typeof columns)[number]) => (cells[head.indexOf(name)] ?? '').trim();
    const row = {
      line,
      username: localPart(of('username')),
      password: cells[head.indexOf('password')] ?? '',
      display_name: of('display_name'),
      role: of('role').toLowerCase(),
      problem: '',
    };
    row.problem =
      cells.length > head.length
        ? `${cells.length} cells, but ${head.length} columns.`
        : rowProblem(row, seen.get(row.username));
    if (!seen.has(row.username)) seen.set(row.username, line);
    return row;
  });
  return { rows, ignored, fault: '', problems: rows.filter(({ problem }) => problem).length };
}

/** The file without the lines that have a problem. What stays keeps its line number, so that the server's answer names the lines of the file. */
export function withoutProblems(text: string, preview: ImportPreview): string {
  const bad = new Set(preview.rows.filter(({ problem }) => problem).map(({ line }) => line));
  let out = '';
  let line = 1;
  for (const row of parseCsv(text)) {
    if (bad.has(row.line)) continue;
    const written = Papa.unparse([row.cells]);
    out += '\n'.repeat(row.line - line) + written;
    line = row.line + written.split('\n').length - 1;
  }
  return `${out}\n`;
}

/** "@alice:example.org" → "alice"; whether that is this server the server itself knows. */
function localPart(name: string): string {
  return /^@[^:]+:./.test(name) ? name.slice(1, name.indexOf(':')) : name;
}

function rowProblem(row: ImportRow, earlier: number | undefined): string {
  const name = usernameProblem(row.username);
  if (name) return name;
  if (earlier !== undefined) return `The same user name as on line ${earlier}.`;
  if (row.password !== '') {
    const password = passwordProblem(row.password);
    if (password) return `Password: ${password.toLowerCase()}`;
  }
  const display = lengthProblem(row.display_name, bounds.NewUser.display_name);
  if (display) return `Display name: ${display.toLowerCase()}`;
  if (!roles.includes(row.role)) return `There is no role “${row.role}”: member, operator or admin.`;
  return '';
}

/** A file to keep. Cells that a spreadsheet would take for a formula get an apostrophe in front. */
export function toCsv(head: string[], rows: (string | number)[][]): string {
  return `${Papa.unparse({ fields: head, data: rows }, { escapeFormulae: true })}\r\n`;
}

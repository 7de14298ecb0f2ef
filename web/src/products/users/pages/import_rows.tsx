// The rows of a file before they are sent. Ten thousand of them: a page at a time.
import { Button, Checkbox, Table } from '@mantine/core';
import { useDeferredValue, useMemo, useState } from 'react';
import type { ImportRow } from '../parts/csv';
import { usePhone } from '@/kit/dialog';
import { Icon } from '@/kit/icons';
import { SearchBox } from '@/kit/search_box';
import { useKeyed } from '@/kit/use_keyed';

const perPage = 50;

/** The same words stand in docs/user-import.md. */
export const withoutPassword =
  'An account without a password is made without one: nobody can sign in with it until a password is set.';

export function ImportRows({ rows, problems }: { rows: ImportRow[]; problems: number }) {
  const phone = usePhone();
  const [search, setSearch] = useState('');
  const [onlyBad, setOnlyBad] = useState(problems > 0);
  const wanted = useDeferredValue(search.trim().toLowerCase());
  const [page, setPage] = useKeyed(`${onlyBad} ${wanted}`, 0);
  const found = useMemo(
    () =>
      rows.filter(
        (row) =>
          (!onlyBad || row.problem) &&
          (!wanted || row.username.includes(wanted) || row.display_name.toLowerCase().includes(wanted)),
      ),
    [rows, onlyBad, wanted],
  );
  const pages = Math.max(1, Math.ceil(found.length / perPage));
  const shown = found.slice(page * perPage, (page + 1) * perPage);
  return (
    <section className="section">
      <h2>Preview</h2>
      <div className="toolbar">
        <SearchBox label="Search the file" value={search} onChange={setSearch} />
        {problems > 0 && (
          <Checkbox
            label={`Only the ${problems.toLocaleString('en')} with problems`}
            checked={onlyBad}
            onChange={(event) => setOnlyBad(event.currentTarget.checked)}
          />
        )}
      </div>
      {shown.length === 0 ? (
        <div className="panel panel-pad dim">No line matches.</div>
      ) : phone ? (
        <PreviewCards rows={shown} />
      ) : (
        <PreviewTable rows={shown} />
      )}
      <nav className="pager" aria-label="Pages of the file">
        <span aria-live="polite">
          Page {page + 1} of {pages} · {found.length.toLocaleString('en')} {found.length === 1 ? 'line' : 'lines'}
        </span>
        <Button
          size="xs"
          variant="default"
          disabled={page === 0}
          onClick={() => setPage(page - 1)}
          leftSection={<Icon name="back" size={14} />}
        >
          Previous
        </Button>
        <Button
          size="xs"
          variant="default"
          disabled={page + 1 >= pages}
          onClick={() => setPage(page + 1)}
          rightSection={<Icon name="next" size={14} />}
        >
          Next
        </Button>
      </nav>
    </section>
  );
}

/** A password is never shown, not even one that was only just typed into a file. */
const passwordOf = ({ password }: ImportRow) => (password ? 'from the file' : 'none yet');

function PreviewTable({ rows }: { rows: ImportRow[] }) {
  return (
    <div className="panel table-panel">
      <Table>
        <caption className="visually-hidden">Lines of the file</caption>
        <Table.Thead>
          <Table.Tr>
            <Table.Th scope="col" className="cell-number">
              Line
            </Table.Th>
            <Table.Th scope="col">User name</Table.Th>
            <Table.Th scope="col">Display name</Table.Th>
            <Table.Th scope="col">Role</Table.Th>
            <Table.Th scope="col">Password</Table.Th>
            <Table.Th scope="col">Problem</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {rows.map((row) => (
            <Table.Tr key={row.line}>
              <Table.Td className="cell-number dim">{row.line}</Table.Td>
              <Table.Td className="mono">{row.username}</Table.Td>
              <Table.Td>{row.display_name}</Table.Td>
              <Table.Td>{row.role || 'member'}</Table.Td>
              <Table.Td className="dim">{passwordOf(row)}</Table.Td>
              <Table.Td className="bad">{row.problem}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </div>
  );
}

function PreviewCards({ rows }: { rows: ImportRow[] }) {
  return (
    <ul className="cards" aria-label="Lines of the file">
      {rows.map((row) => (
        <li key={row.line} className="panel card">
          <div className="card-head">
            <div>
              <strong className="mono">{row.username || '(none)'}</strong>
              {row.display_name && <div className="small">{row.display_name}</div>}
            </div>
            <span className="dim small nowrap">line {row.line}</span>
          </div>
          <span className="small dim">
            {row.role || 'member'} · password {passwordOf(row)}
          </span>
          {row.problem && <span className="small bad">{row.problem}</span>}
        </li>
      ))}
    </ul>
  );
}

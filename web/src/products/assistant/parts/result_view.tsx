// What came of a task: a short table, list or a few facts, and the whole folded.
import { Table } from '@mantine/core';
import { Folded } from './folded';
import { viewOfResult, type TableView } from './results';
import { inWords } from './words';

export function ResultView({ result }: { result: unknown }) {
  const { text, facts, table } = viewOfResult(result);
  const nothing = text === undefined && facts.length === 0 && !table;
  return (
    <div className="result">
      {nothing && <p className="dim">It is done. The service had nothing to tell.</p>}
      {text !== undefined && (
        <p className="result-text" dir="auto">
          {text}
        </p>
      )}
      {facts.length > 0 && (
        <dl className="facts values">
          {facts.map(({ name, text: value }) => (
            <div key={name}>
              <dt>{inWords(name.replaceAll('.', ' · '))}</dt>
              <dd dir="auto">{value}</dd>
            </div>
          ))}
        </dl>
      )}
      {table && (table.columns.length > 0 ? <Rows table={table} /> : <Entries table={table} />)}
      {table && table.total > table.rows.length && (
        <p className="small dim">
          The first {table.rows.length} of {table.total}.
        </p>
      )}
      {!nothing && <Folded label="The whole result" value={result} />}
    </div>
  );
}

function Rows({ table: { columns, rows } }: { table: TableView }) {
  return (
    <div className="table-panel result-table" tabIndex={0} role="region" aria-label="Result">
      <Table>
        <caption className="visually-hidden">Result</caption>
        <Table.Thead>
          <Table.Tr>
            {columns.map((name) => (
              <Table.Th key={name} scope="col">
                {inWords(name)}
              </Table.Th>
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {rows.map((row, place) => (
            <Table.Tr key={place}>
              {row.map((cell, column) => (
                <Table.Td key={column}>{cell}</Table.Td>
              ))}
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </div>
  );
}

function Entries({ table: { rows } }: { table: TableView }) {
  return (
    <ul>
      {rows.map(([entry], place) => (
        <li key={place}>{entry}</li>
      ))}
    </ul>
  );
}

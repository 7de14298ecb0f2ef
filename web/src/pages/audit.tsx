// Who did what, newest first.
import { Table } from '@mantine/core';
import { useAudit } from '../api/overview';
import type { AuditEntry } from '../api/types';
import { usePhone } from '../components/dialog';
import { Empty, Loading, Problem } from '../components/feedback';
import { PageHead } from '../components/page';
import { Pager, usePaging } from '../components/pager';
import { SearchBox } from '../components/search_box';
import { Ago, Moment } from '../components/time';

export function AuditPage() {
  const phone = usePhone();
  const paging = usePaging();
  const audit = useAudit(paging.asked, paging.from);
  const page = audit.data;
  return (
    <>
      <PageHead title="Audit" lead="Every change that was asked for, by whom. Secrets are left out." />
      <div className="toolbar"><SearchBox label="Search the log" value={paging.search} onChange={paging.setSearch} /></div>
      {audit.isPending ? <Loading rows={6} />
        : audit.error && !page ? <Problem error={audit.error} title="The audit log could not be loaded" onRetry={() => void audit.refetch()} />
          : page!.items.length === 0 ? <Empty icon="list" title="Nothing here">{paging.asked ? `No entry matches “${paging.asked}”.` : 'Nothing has been changed yet.'}</Empty>
            : phone ? <AuditCards entries={page!.items} /> : <AuditTable entries={page!.items} />}
      {page && <Pager paging={paging} shown={page.items.length} total={page.total} next={page.next_from} what="entries" busy={audit.isFetching} />}
    </>
  );
}

function Detail({ entry }: { entry: AuditEntry }) {
  const detail = Object.entries(entry.detail ?? {});
  if (detail.length === 0 && !entry.request_id) return null;
  return (
    <details className="small">
      <summary>Detail</summary>
      <dl className="facts">
        {detail.map(([name, value]) => [<dt key={`${name}-name`}>{name}</dt>, <dd key={name} className="mono">{typeof value === 'string' ? value : JSON.stringify(value)}</dd>])}
        {entry.request_id && <><dt>request</dt><dd className="mono">{entry.request_id}</dd></>}
      </dl>
    </details>
  );
}

function AuditTable({ entries }: { entries: AuditEntry[] }) {
  return (
    <div className="panel table-panel">
      <Table>
        <caption className="visually-hidden">Audit log</caption>
        <Table.Thead><Table.Tr><Table.Th scope="col">When</Table.Th><Table.Th scope="col">Who</Table.Th><Table.Th scope="col">What</Table.Th><Table.Th scope="col">To what</Table.Th><Table.Th scope="col">Detail</Table.Th></Table.Tr></Table.Thead>
        <Table.Tbody>
          {entries.map((entry) => (
            <Table.Tr key={entry.id}>
              <Table.Td className="dim"><Moment at={entry.at} /></Table.Td><Table.Td className="mono">{entry.actor}</Table.Td><Table.Td>{entry.action}</Table.Td>
              <Table.Td className="mono">{entry.target}</Table.Td><Table.Td><Detail entry={entry} /></Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </div>
  );
}

function AuditCards({ entries }: { entries: AuditEntry[] }) {
  return (
    <ul className="cards" aria-label="Audit log">
      {entries.map((entry) => (
        <li key={entry.id} className="panel card">
          <div className="card-head"><strong>{entry.action}</strong><span className="dim small"><Ago at={entry.at} /></span></div>
          <dl className="facts"><dt>Who</dt><dd className="mono">{entry.actor}</dd><dt>To what</dt><dd className="mono">{entry.target}</dd></dl>
          <Detail entry={entry} />
        </li>
      ))}
    </ul>
  );
}

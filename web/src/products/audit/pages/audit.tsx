// Who did what, newest first.
import { Button, NativeSelect, Table, TextInput } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { useAudit, type AuditFilter } from '../api/audit';
import { Anchors } from '../parts/anchors';
import { saidOf } from '../parts/said';
import { ClearFilters } from '@/kit/clear_filters';
import type { AuditEntry } from '@/kit/api/types';
import { usePhone } from '@/kit/dialog';
import { Empty, Loading, Problem } from '@/kit/feedback';
import { Icon } from '@/kit/icons';
import { useKeptPaging } from '@/kit/kept_paging';
import { PageHead } from '@/kit/page';
import { Pager } from '@/kit/pager';
import { SearchBox } from '@/kit/search_box';
import { Ago, Moment } from '@/kit/time';
import { useFilters } from '@/kit/use_filters';

const filterNames = ['kind', 'actor', 'action', 'target', 'since'] as const;
const kinds = [
  { value: '', label: 'Everything' },
  { value: 'action', label: 'What people and programs did' },
  { value: 'api_call', label: 'Calls to services' },
  { value: 'command_run', label: 'Commands that ran' },
];
const times = [
  { value: '', label: 'Any time' },
  { value: '1', label: 'Last hour' },
  { value: '24', label: 'Last day' },
  { value: '168', label: 'Last week' },
  { value: '720', label: 'Last 30 days' },
];

/** Whole minutes, so that the same question is asked again and not another one each time. */
function hoursAgo(hours: string): string {
  return hours ? new Date(Math.floor(Date.now() / 60_000 - Number(hours) * 60) * 60_000).toISOString() : '';
}

export default function AuditPage() {
  const phone = usePhone();
  const [filters, setFilter, clearFilters] = useFilters<Omit<AuditFilter, 'search'>>(filterNames);
  const paging = useKeptPaging(JSON.stringify(filters));
  const [asked] = useDebouncedValue(JSON.stringify(filters), 250);
  const { since, ...rest } = JSON.parse(asked) as typeof filters;
  const filter = { search: paging.asked, ...rest, since: hoursAgo(since) };
  const audit = useAudit(filter, paging.from);
  const page = audit.data;
  const narrowed = paging.asked !== '' || Object.values(filters).some((value) => value !== '');
  return (
    <>
      <PageHead
        title="Audit"
        lead="What was asked for, by whom, and each call and command that the assistant made of it. Secrets are left out."
      />
      <Anchors />
      <div className="toolbar filters">
        <SearchBox
          label="Search the log"
          value={paging.search}
          onChange={paging.setSearch}
          busy={audit.isPlaceholderData}
        />
        <NativeSelect
          aria-label="Kind"
          value={filters.kind}
          data={kinds}
          onChange={(event) => setFilter('kind', event.currentTarget.value)}
        />
        <TextInput
          aria-label="Who"
          placeholder="Who: @name:server"
          value={filters.actor}
          maxLength={200}
          onChange={(event) => setFilter('actor', event.currentTarget.value)}
          autoCapitalize="none"
          spellCheck={false}
        />
        <TextInput
          aria-label="What"
          placeholder="What: bot, user.create"
          value={filters.action}
          maxLength={200}
          onChange={(event) => setFilter('action', event.currentTarget.value)}
          autoCapitalize="none"
          spellCheck={false}
        />
        <TextInput
          aria-label="To what"
          placeholder="To what, exactly"
          value={filters.target}
          maxLength={200}
          onChange={(event) => setFilter('target', event.currentTarget.value)}
          autoCapitalize="none"
          spellCheck={false}
        />
        <NativeSelect
          aria-label="When"
          value={filters.since}
          data={times}
          onChange={(event) => setFilter('since', event.currentTarget.value)}
        />
        {narrowed && (
          <ClearFilters
            onClear={() => {
              paging.setSearch('');
              clearFilters();
            }}
          />
        )}
        <Button
          component="a"
          href={`/api/v1/audit/export${exportQuery(filter)}`}
          download="audit.csv"
          variant="subtle"
          size="xs"
          className="toolbar-end"
          leftSection={<Icon name="download" size={14} />}
        >
          CSV
        </Button>
      </div>
      {audit.isPending ? (
        <Loading rows={6} />
      ) : audit.error && !page ? (
        <Problem error={audit.error} title="The audit log could not be loaded" onRetry={() => void audit.refetch()} />
      ) : page!.items.length === 0 ? (
        <Empty icon="list" title={narrowed ? 'No entry matches' : 'Nothing here'}>
          {narrowed ? 'Try fewer filters, or a longer time.' : 'Nothing has been changed yet.'}
        </Empty>
      ) : phone ? (
        <AuditCards entries={page!.items} />
      ) : (
        <AuditTable entries={page!.items} />
      )}
      {audit.error && page && (
        <Problem error={audit.error} title="The log may be old" onRetry={() => void audit.refetch()} />
      )}
      {page && (
        <Pager
          paging={paging}
          shown={page.items.length}
          total={page.total}
          next={page.next_from}
          what="entries"
          busy={audit.isFetching}
        />
      )}
    </>
  );
}

function exportQuery(filter: Record<string, string>): string {
  const query = new URLSearchParams(Object.entries(filter).filter(([, value]) => value));
  return query.size ? `?${query}` : '';
}

/** What was changed; of the assistant's calls and commands, which it was: they have their task as target. */
function Target({ entry }: { entry: AuditEntry }) {
  const said = saidOf(entry);
  return (
    <>
      {said && <div>{said}</div>}
      {entry.target && <span className={said ? 'dim small' : undefined}>{entry.target}</span>}
    </>
  );
}

function Detail({ entry }: { entry: AuditEntry }) {
  const detail = Object.entries(entry.detail ?? {}).filter(([, value]) => value !== '');
  if (detail.length === 0 && !entry.request_id) return null;
  return (
    <details className="small">
      <summary>Detail</summary>
      <dl className="facts">
        {detail.map(([name, value]) => [
          <dt key={`${name}-name`}>{name}</dt>,
          <dd key={name} className="mono">
            {typeof value === 'string' ? value : JSON.stringify(value)}
          </dd>,
        ])}
        {entry.request_id && (
          <>
            <dt>request</dt>
            <dd className="mono">{entry.request_id}</dd>
          </>
        )}
      </dl>
    </details>
  );
}

function AuditTable({ entries }: { entries: AuditEntry[] }) {
  return (
    <div className="panel table-panel">
      <Table>
        <caption className="visually-hidden">Audit log</caption>
        <Table.Thead>
          <Table.Tr>
            <Table.Th scope="col">When</Table.Th>
            <Table.Th scope="col">Who</Table.Th>
            <Table.Th scope="col">What</Table.Th>
            <Table.Th scope="col">To what</Table.Th>
            <Table.Th scope="col">Detail</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {entries.map((entry) => (
            <Table.Tr key={entry.id}>
              <Table.Td className="dim">
                <Moment at={entry.at} />
              </Table.Td>
              <Table.Td className="mono">{entry.actor}</Table.Td>
              <Table.Td>{entry.action}</Table.Td>
              <Table.Td className="mono">
                <Target entry={entry} />
              </Table.Td>
              <Table.Td>
                <Detail entry={entry} />
              </Table.Td>
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
          <div className="card-head">
            <strong>{entry.action}</strong>
            <span className="dim small">
              <Ago at={entry.at} />
            </span>
          </div>
          <dl className="facts">
            <dt>Who</dt>
            <dd className="mono">{entry.actor}</dd>
            <dt>To what</dt>
            <dd className="mono">
              <Target entry={entry} />
            </dd>
          </dl>
          <Detail entry={entry} />
        </li>
      ))}
    </ul>
  );
}

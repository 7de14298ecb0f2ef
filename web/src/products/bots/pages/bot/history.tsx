// Every transition of a bot, with what caused it and who.
import { Table } from '@mantine/core';
import { useBotHistory } from '../../api/bots';
import type { HistoryEntry } from '@/kit/api/types';
import { usePhone } from '@/kit/dialog';
import { Empty, Loading, Problem } from '@/kit/feedback';
import { wordsOf } from '../../parts/words';
import { Pager, usePaging } from '@/kit/pager';
import { SearchBox } from '@/kit/search_box';
import { Ago, Moment } from '@/kit/time';
import { useShownBot } from './page';

export default function BotHistory() {
  const bot = useShownBot();
  const paging = usePaging();
  const phone = usePhone();
  const history = useBotHistory(bot.bot_id, paging.asked, paging.from);
  const page = history.data;
  return (
    <section className="section" aria-label="History">
      <div className="toolbar">
        <SearchBox
          label="Search the history"
          value={paging.search}
          onChange={paging.setSearch}
          busy={history.isPlaceholderData}
        />
      </div>
      {history.isPending ? (
        <Loading rows={3} />
      ) : history.error && !page ? (
        <Problem error={history.error} title="The history could not be loaded" onRetry={() => void history.refetch()} />
      ) : page!.items.length === 0 ? (
        <Empty icon="list" title={paging.asked ? 'Nothing matches' : 'Nothing has happened yet'}>
          {paging.asked ? `No change mentions “${paging.asked}”.` : 'Start the bot and watch its first steps here.'}
        </Empty>
      ) : phone ? (
        <HistoryCards entries={page!.items} />
      ) : (
        <HistoryTable entries={page!.items} of={bot.bot_id} />
      )}
      {page && (
        <Pager
          paging={paging}
          shown={page.items.length}
          total={page.total}
          next={page.next_from}
          what="changes"
          busy={history.isFetching}
        />
      )}
    </section>
  );
}

const way = ({ from, to }: HistoryEntry) => (from === to ? wordsOf(to) : `${wordsOf(from)} → ${wordsOf(to)}`);

function HistoryTable({ entries, of }: { entries: HistoryEntry[]; of: string }) {
  return (
    <div className="panel table-panel">
      <Table>
        <caption className="visually-hidden">History of {of}</caption>
        <Table.Thead>
          <Table.Tr>
            <Table.Th scope="col">When</Table.Th>
            <Table.Th scope="col">Event</Table.Th>
            <Table.Th scope="col">From → to</Table.Th>
            <Table.Th scope="col">Cause</Table.Th>
            <Table.Th scope="col">By</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {entries.map((entry) => (
            <Table.Tr key={entry.id}>
              <Table.Td className="dim">
                <Moment at={entry.at} />
              </Table.Td>
              <Table.Td>{wordsOf(entry.event)}</Table.Td>
              <Table.Td className="nowrap">{way(entry)}</Table.Td>
              <Table.Td>{entry.cause}</Table.Td>
              <Table.Td className="mono">{entry.actor}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </div>
  );
}

function HistoryCards({ entries }: { entries: HistoryEntry[] }) {
  return (
    <ul className="cards" aria-label="History">
      {entries.map((entry) => (
        <li key={entry.id} className="panel card">
          <div className="card-head">
            <strong>{entry.from === entry.to ? wordsOf(entry.event) : way(entry)}</strong>
            <span className="dim small">
              <Ago at={entry.at} />
            </span>
          </div>
          <span className="small">
            {entry.cause}
            {entry.actor && <span className="dim"> · {entry.actor}</span>}
          </span>
        </li>
      ))}
    </ul>
  );
}

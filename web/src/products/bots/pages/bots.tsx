// All bots: what they are, how they are, and starting and stopping them.
import { Button, NativeSelect, Table } from '@mantine/core';
import { Link } from 'react-router';
import { useBots, type StateFilter, useBrainTitle } from '../api/bots';
import { ActionsHeader } from '@/kit/actions_header';
import { useMe } from '@/kit/api/session';
import { mayDo, type Bot } from '@/kit/api/types';
import { Copyable } from '@/kit/copy';
import { usePhone } from '@/kit/dialog';
import { Empty, Loading, Problem } from '@/kit/feedback';
import { Icon } from '@/kit/icons';
import { useKeptPaging } from '@/kit/kept_paging';
import { PageHead } from '@/kit/page';
import { Pager } from '@/kit/pager';
import { SearchBox } from '@/kit/search_box';
import { StateBadge } from '../parts/state_badge';
import { Ago } from '@/kit/time';
import { useFilters } from '@/kit/use_filters';
import { shownName } from '@/kit/names';
import { BotMenu, StartStop } from './bot_actions';

const states = [
  { value: '', label: 'Every state' },
  { value: 'troubled', label: 'Needs attention' },
  { value: 'running', label: 'Running' },
  { value: 'degraded', label: 'Degraded' },
  { value: 'starting', label: 'Starting' },
  { value: 'backing_off', label: 'Backing off' },
  { value: 'crash_loop', label: 'Crash loop' },
  { value: 'exited', label: 'Exited' },
  { value: 'failed', label: 'Failed' },
  { value: 'stopping', label: 'Stopping' },
  { value: 'stopped', label: 'Stopped' },
  { value: 'completed', label: 'Completed' },
  { value: 'created', label: 'Created' },
];

export default function BotsPage() {
  const me = useMe();
  const phone = usePhone();
  const [{ state }, setFilter] = useFilters<{ state: StateFilter }>(['state']);
  const paging = useKeptPaging(state);
  const bots = useBots(paging.asked, paging.from, state);
  const page = bots.data;
  const narrowed = paging.asked !== '' || state !== '';
  const button = mayDo(me, 'operator') && (
    <Button component={Link} to="/ui/new-bot" leftSection={<Icon name="plus" />}>
      New bot
    </Button>
  );
  return (
    <>
      <PageHead
        title="Bots"
        lead="Each bot is a Matrix account with a brain. A running bot joins the rooms it is invited to and answers there."
      >
        {button}
      </PageHead>
      {(narrowed || (page && page.total > 0)) && (
        <div className="toolbar filters">
          <SearchBox
            label="Search bots"
            value={paging.search}
            onChange={paging.setSearch}
            busy={bots.isPlaceholderData}
          />
          <NativeSelect
            aria-label="State"
            value={state}
            data={states.some(({ value }) => value === state) ? states : [...states, { value: state, label: state }]}
            onChange={(event) => setFilter('state', event.currentTarget.value)}
          />
          {narrowed && (
            <Button
              variant="subtle"
              size="xs"
              onClick={() => {
                paging.setSearch('');
                setFilter('state', '');
              }}
            >
              Clear
            </Button>
          )}
        </div>
      )}
      {bots.isPending ? (
        <Loading />
      ) : bots.error && !page ? (
        <Problem error={bots.error} title="The bots could not be loaded" onRetry={() => void bots.refetch()} />
      ) : page!.items.length > 0 ? (
        phone ? (
          <BotCards bots={page!.items} />
        ) : (
          <BotTable bots={page!.items} />
        )
      ) : narrowed ? (
        <Empty icon="search" title="No bot matches">
          {state === 'troubled' && !paging.asked ? (
            'No bot needs attention.'
          ) : paging.asked ? (
            <>
              Nothing {state ? 'in this state ' : ''}is called “{paging.asked}”.
            </>
          ) : (
            'No bot is in this state.'
          )}
        </Empty>
      ) : (
        <Empty icon="bot" title="No bots yet" action={button}>
          Make one with the brain Echo to see how it works: it says back what it hears.
        </Empty>
      )}
      {page && (
        <Pager
          paging={paging}
          shown={page.items.length}
          total={page.total}
          next={page.next_from}
          what="bots"
          busy={bots.isFetching}
        />
      )}
    </>
  );
}

function BotName({ bot }: { bot: Bot }) {
  return (
    <>
      <Link className="main-link" to={`/ui/bots/${encodeURIComponent(bot.bot_id)}`}>
        {shownName(bot.display_name, bot.bot_id)}
      </Link>
      <div className="dim">
        <Copyable value={bot.user_id} what={`id of ${bot.bot_id}`} />
      </div>
    </>
  );
}

function BotStatus({ bot }: { bot: Bot }) {
  return (
    <>
      <StateBadge state={bot.state} trouble={bot.trouble} />
      {bot.trouble?.text && <div className="dim small cell-reason">{bot.trouble.text}</div>}
    </>
  );
}

/** What stands beside the state already is not said twice. */
function LastError({ bot }: { bot: Bot }) {
  const { last_error: error, trouble } = bot;
  if (!error) return null;
  return (
    <>
      {error.text !== trouble?.text && <div>{error.text}</div>}
      <Ago at={error.at} />
    </>
  );
}

function BotTable({ bots }: { bots: Bot[] }) {
  const titleOf = useBrainTitle();
  return (
    <div className="panel table-panel">
      <Table>
        <caption className="visually-hidden">Bots</caption>
        <Table.Thead>
          <Table.Tr>
            <Table.Th scope="col">Bot</Table.Th>
            <Table.Th scope="col">Brain</Table.Th>
            <Table.Th scope="col">State</Table.Th>
            <Table.Th scope="col">Since</Table.Th>
            <Table.Th scope="col" className="cell-number">
              Rooms
            </Table.Th>
            <Table.Th scope="col" className="cell-number">
              Answered
            </Table.Th>
            <Table.Th scope="col" className="cell-number">
              Failed
            </Table.Th>
            <Table.Th scope="col">Last error</Table.Th>
            <ActionsHeader />
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {bots.map((bot) => (
            <Table.Tr key={bot.bot_id} data-bot={bot.bot_id}>
              <Table.Td className="cell-name">
                <BotName bot={bot} />
              </Table.Td>
              <Table.Td>{titleOf(bot.brain.kind)}</Table.Td>
              <Table.Td className="cell-state">
                <BotStatus bot={bot} />
              </Table.Td>
              <Table.Td className="dim">
                <Ago at={bot.since} />
              </Table.Td>
              <Table.Td className="cell-number">{bot.rooms}</Table.Td>
              <Table.Td className="cell-number">{bot.turns.answered}</Table.Td>
              <Table.Td className={`cell-number${bot.turns.failed ? ' bad' : ''}`}>{bot.turns.failed}</Table.Td>
              <Table.Td className="small dim">
                <div className="cell-reason">
                  <LastError bot={bot} />
                </div>
              </Table.Td>
              <Table.Td className="cell-actions">
                <span className="card-actions">
                  <StartStop bot={bot} size="xs" />
                  <BotMenu bot={bot} />
                </span>
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </div>
  );
}

function BotCards({ bots }: { bots: Bot[] }) {
  const titleOf = useBrainTitle();
  return (
    <ul className="cards" aria-label="Bots">
      {bots.map((bot) => (
        <li key={bot.bot_id} className="panel card" data-bot={bot.bot_id}>
          <div className="card-head wraps">
            <div>
              <BotName bot={bot} />
            </div>
            <StateBadge state={bot.state} trouble={bot.trouble} />
          </div>
          {bot.trouble?.text && <div className="dim small">{bot.trouble.text}</div>}
          <dl className="facts">
            <dt>Brain</dt>
            <dd>{titleOf(bot.brain.kind)}</dd>
            <dt>Since</dt>
            <dd>
              <Ago at={bot.since} />
            </dd>
            <dt>Rooms</dt>
            <dd>{bot.rooms}</dd>
            <dt>Answered</dt>
            <dd>{bot.turns.answered}</dd>
            <dt>Failed</dt>
            <dd className={bot.turns.failed ? 'bad' : undefined}>{bot.turns.failed}</dd>
            {bot.last_error && bot.last_error.text !== bot.trouble?.text && (
              <>
                <dt>Last error</dt>
                <dd>
                  <LastError bot={bot} />
                </dd>
              </>
            )}
          </dl>
          <div className="card-actions">
            <StartStop bot={bot} size="sm" />
            <BotMenu bot={bot} />
          </div>
        </li>
      ))}
    </ul>
  );
}

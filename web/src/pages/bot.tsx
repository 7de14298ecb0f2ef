// One bot: its state and why, its settings, its rooms and what happened to it.
import { Alert, Button, Table } from '@mantine/core';
import { Fragment, useState } from 'react';
import { Link, useParams } from 'react-router';
import { useBot, useBotHistory, useBotRooms, useBrains } from '../api/bots';
import { ApiError } from '../api/http';
import { useOverview } from '../api/overview';
import { useMe } from '../api/session';
import { mayDo, type Bot } from '../api/types';
import { Copyable } from '../components/copy';
import { usePhone } from '../components/dialog';
import { Empty, Loading, Problem } from '../components/feedback';
import { Icon } from '../components/icons';
import { PageHead } from '../components/page';
import { Pager, usePaging } from '../components/pager';
import { StateBadge } from '../components/state_badge';
import { Ago, Moment } from '../components/time';
import { DeleteBotDialog, StartStop } from './bot_actions';
import { EditBotDialog } from './edit_bot';

export function BotPage() {
  const { botId = '' } = useParams();
  const bot = useBot(botId);
  if (bot.isPending) return <><PageHead title={botId} /><Loading rows={4} height={70} /></>;
  if (bot.error && !bot.data) {
    const gone = bot.error instanceof ApiError && bot.error.status === 404;
    return gone
      ? <><PageHead title="No such bot" /><Empty icon="bot" title="This bot does not exist" action={<Button component={Link} to="/ui/bots">All bots</Button>}>There is no bot with the id “{botId}”. It may have been deleted.</Empty></>
      : <><PageHead title={botId} /><Problem error={bot.error} title="The bot could not be loaded" onRetry={() => void bot.refetch()} /></>;
  }
  return <BotBody bot={bot.data!} />;
}

function BotBody({ bot }: { bot: Bot }) {
  const me = useMe();
  const [editing, setEditing] = useState(false);
  const [deleting, setDeleting] = useState(false);
  const mayChange = mayDo(me, 'operator');
  return (
    <>
      <p className="small way-back"><Link to="/ui/bots">All bots</Link></p>
      <PageHead title={bot.display_name || bot.bot_id} lead={<Copyable value={bot.user_id} what="bot id" />}>
        <span className="page-state"><StateBadge state={bot.state} /></span>
        <StartStop bot={bot} size="sm" />
        {mayChange && <Button variant="default" size="sm" leftSection={<Icon name="edit" size={16} />} onClick={() => setEditing(true)}>Edit</Button>}
        {mayChange && <Button variant="default" size="sm" leftSection={<Icon name="trash" size={16} />} onClick={() => setDeleting(true)}>Delete</Button>}
      </PageHead>
      {bot.state === 'failed' && <Alert color="red" title="This bot failed" icon={<Icon name="alert" />}>{bot.status_detail || 'No reason was given.'}</Alert>}
      <div className="two-columns">
        <section className="section"><h2>State</h2><div className="panel panel-pad"><StateFacts bot={bot} /></div></section>
        <section className="section"><h2>Brain</h2><div className="panel panel-pad"><BrainFacts bot={bot} /></div></section>
      </div>
      <Rooms bot={bot} />
      <History bot={bot} />
      <EditBotDialog bot={bot} opened={editing} onClose={() => setEditing(false)} />
      <DeleteBotDialog bot={bot} opened={deleting} onClose={() => setDeleting(false)} leave />
    </>
  );
}

function StateFacts({ bot }: { bot: Bot }) {
  const { answered, failed, skipped, pending } = bot.turns;
  return (
    <dl className="facts">
      <dt>Now</dt><dd>{bot.state}, since <Ago at={bot.since} /></dd>
      {bot.status_detail && <><dt>Detail</dt><dd>{bot.status_detail}</dd></>}
      <dt>Wanted</dt><dd>{bot.desired_state}</dd>
      <dt>Restarts</dt><dd>{bot.restarts}</dd>
      <dt>Messages</dt><dd>{answered} answered, {failed} failed, {skipped} skipped, {pending} waiting</dd>
      {bot.last_turn_at && <><dt>Last message</dt><dd><Ago at={bot.last_turn_at} /></dd></>}
      <dt>Made</dt><dd><Moment at={bot.created_at} /></dd>
    </dl>
  );
}

function BrainFacts({ bot }: { bot: Bot }) {
  const brains = useBrains();
  const kind = brains.data?.items.find((one) => one.kind === bot.brain.kind);
  const titles = (kind?.config_schema.properties ?? {}) as Record<string, { title?: string } | undefined>;
  const settings = Object.entries(bot.brain.config ?? {}).filter(([, value]) => value !== '' && value !== null);
  return (
    <>
      <dl className="facts">
        <dt>Kind</dt><dd>{kind?.title ?? bot.brain.kind}</dd>
        {settings.map(([name, value]) => (
          <Fragment key={name}>
            <dt>{titles[name]?.title ?? name}</dt><dd>{typeof value === 'object' ? <span className="mono">{JSON.stringify(value)}</span> : String(value)}</dd>
          </Fragment>
        ))}
        {bot.flowise_url && <><dt>Flowise address</dt><dd className="mono">{bot.flowise_url}</dd></>}
      </dl>
      {kind && <p className="dim small">{kind.description}</p>}
    </>
  );
}

function Rooms({ bot }: { bot: Bot }) {
  const rooms = useBotRooms(bot.bot_id);
  const overview = useOverview();
  return (
    <section className="section">
      <h2>Rooms</h2>
      {rooms.isPending ? <Loading rows={2} />
        : rooms.error && !rooms.data ? <Problem error={rooms.error} title="The rooms could not be loaded" onRetry={() => void rooms.refetch()} />
          : rooms.data!.items.length === 0 ? (
            <div className="panel panel-pad">
              <p className="dim">{bot.state === 'running' ? 'It is in no room yet. Invite it from your Matrix client:' : 'It is in no room yet. Start it, then invite it from your Matrix client:'}</p>
              <dl className="facts">
                {overview.data && <><dt>Homeserver</dt><dd><Copyable value={overview.data.matrix_url} what="homeserver address" /></dd></>}
                <dt>Bot id</dt><dd><Copyable value={bot.user_id} what="id to invite" /></dd>
              </dl>
            </div>
          ) : (
            <ul className="cards">
              {rooms.data!.items.map((room) => (
                <li key={room.room_id} className="panel card">
                  <div className="card-head">
                    <div><strong>{room.name || 'Room without a name'}</strong><div className="dim"><Copyable value={room.room_id} what="room id" /></div></div>
                    <span className="dim small nowrap">{room.joined_members} {room.joined_members === 1 ? 'member' : 'members'}</span>
                  </div>
                  {room.encrypted && <span className="small">This room is encrypted: the bot cannot read it.</span>}
                </li>
              ))}
            </ul>
          )}
    </section>
  );
}

function History({ bot }: { bot: Bot }) {
  const paging = usePaging();
  const phone = usePhone();
  const history = useBotHistory(bot.bot_id, paging.from);
  const page = history.data;
  return (
    <section className="section">
      <h2>History</h2>
      {history.isPending ? <Loading rows={3} />
        : history.error && !page ? <Problem error={history.error} title="The history could not be loaded" onRetry={() => void history.refetch()} />
          : page!.items.length === 0 ? <div className="panel panel-pad dim">Nothing has happened yet.</div>
            : phone ? (
              <ul className="cards">
                {page!.items.map((entry) => (
                  <li key={entry.id} className="panel card">
                    <div className="card-head"><strong>{entry.from} → {entry.to}</strong><span className="dim small"><Ago at={entry.at} /></span></div>
                    <span className="small">{entry.cause}{entry.actor && <span className="dim"> · {entry.actor}</span>}</span>
                  </li>
                ))}
              </ul>
            ) : (
              <div className="panel table-panel">
                <Table>
                  <caption className="visually-hidden">History of {bot.bot_id}</caption>
                  <Table.Thead><Table.Tr><Table.Th scope="col">When</Table.Th><Table.Th scope="col">Event</Table.Th><Table.Th scope="col">From → to</Table.Th><Table.Th scope="col">Cause</Table.Th><Table.Th scope="col">By</Table.Th></Table.Tr></Table.Thead>
                  <Table.Tbody>
                    {page!.items.map((entry) => (
                      <Table.Tr key={entry.id}>
                        <Table.Td className="dim"><Moment at={entry.at} /></Table.Td><Table.Td>{entry.event}</Table.Td>
                        <Table.Td className="nowrap">{entry.from} → {entry.to}</Table.Td><Table.Td>{entry.cause}</Table.Td><Table.Td className="mono">{entry.actor}</Table.Td>
                      </Table.Tr>
                    ))}
                  </Table.Tbody>
                </Table>
              </div>
            )}
      {page && <Pager paging={paging} shown={page.items.length} total={page.total} next={page.next_from} what="changes" busy={history.isFetching} />}
    </section>
  );
}

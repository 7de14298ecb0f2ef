// How a bot is: its state drawn, its facts, its messages as graphs, and its rooms.
import { SegmentedControl, TextInput } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { Link } from 'react-router';
import { botKeys, useBotHistory, useBotRooms, useBotUsage, useBrainTitle, useLifecycle } from '../../api/bots';
import { useOverview } from '@/kit/api/overview';
import { refresh } from '@/kit/api/refresh';
import { useMe } from '@/kit/api/session';
import { mayDo, type Bot } from '@/kit/api/types';
import { Copyable } from '@/kit/copy';
import { Loading, Problem } from '@/kit/feedback';
import { HomeserverAddress } from '@/kit/homeserver_address';
import { Icon } from '@/kit/icons';
import { wordsOf } from '../../parts/words';
import { LifecycleDrawing } from '../../parts/lifecycle';
import { nameOfRoom } from '../../parts/names';
import { useSlice } from '@/kit/pager';
import { isUp } from '../../parts/state_badge';
import { Ago, Moment, useNow } from '@/kit/time';
import { UsageChart, UsageTable, type Part } from '../../parts/usage_chart';
import { condense, fillHours, sayCount, sayMs, sumOf } from '../../parts/usage_series';
import { useShownBot } from './page';

export default function BotOverview() {
  const bot = useShownBot();
  return (
    <>
      <div className="bot-columns">
        <section className="section">
          <h2>State</h2>
          <div className="panel panel-pad">
            <StateDrawing bot={bot} />
          </div>
        </section>
        <section className="section">
          <h2>Facts</h2>
          <div className="panel panel-pad">
            <Facts bot={bot} />
          </div>
        </section>
      </div>
      {!talksByItself(bot) && <Usage bot={bot} />}
      <Rooms bot={bot} />
    </>
  );
}

function StateDrawing({ bot }: { bot: Bot }) {
  const lifecycle = useLifecycle();
  const history = useBotHistory(bot.bot_id, '', 0, 10);
  if (lifecycle.isPending) return <Loading rows={1} height={260} />;
  if (lifecycle.error)
    return (
      <Problem
        error={lifecycle.error}
        title="The states could not be loaded"
        onRetry={() => void lifecycle.refetch()}
      />
    );
  const last = history.data?.items.find(({ from, to }) => from !== to);
  return (
    <>
      <LifecycleDrawing lifecycle={lifecycle.data} state={bot.state} last={last} />
      {last && (
        <p className="small dim">
          Last change <Ago at={last.at} />: {wordsOf(last.from)} → {wordsOf(last.to)}
          {last.cause && <>, {last.cause}</>}
          {last.actor && (
            <>
              {' '}
              (<span className="mono">{last.actor}</span>)
            </>
          )}
          . <Link to="history">All changes</Link>
        </p>
      )}
    </>
  );
}

/** A program has a token of its own: what it says does not go through Troupe's hands. */
const talksByItself = (bot: Bot) => bot.brain.kind === 'program';

function Facts({ bot }: { bot: Bot }) {
  const titleOf = useBrainTitle();
  const { answered, failed, skipped, pending } = bot.turns;
  const waiting = Math.max(pending, bot.queue ?? 0);
  return (
    <dl className="facts">
      <dt>Now</dt>
      <dd>
        {wordsOf(bot.state)}, since <Ago at={bot.since} />
      </dd>
      {bot.status_detail && !bot.trouble && (
        <>
          <dt>Detail</dt>
          <dd>{bot.status_detail}</dd>
        </>
      )}
      <dt>Wanted</dt>
      <dd>{bot.desired_state}</dd>
      <dt>Brain</dt>
      <dd>{titleOf(bot.brain.kind)}</dd>
      {bot.driver && (
        <>
          <dt>Runs as</dt>
          <dd>
            {bot.driver === 'process' ? 'a process of its own' : 'part of Troupe'}
            {bot.task?.pid !== undefined && (
              <>
                {' '}
                · process <span className="mono">{bot.task.pid}</span>
              </>
            )}
          </dd>
        </>
      )}
      {bot.task?.exit && (
        <>
          <dt>Last end</dt>
          <dd>{bot.task.exit}</dd>
        </>
      )}
      <dt>Restarts</dt>
      <dd>
        {bot.restarts === 0 ? 'none' : `${bot.restarts.toLocaleString('en')} by itself, after it failed or ended`}
        {bot.restart && <span className="dim"> · {sayPolicy(bot.restart)}</span>}
      </dd>
      <dt>Messages</dt>
      <dd>
        {talksByItself(bot)
          ? 'not counted here: its program reads and answers by itself'
          : `${answered} answered, ${failed} failed, ${skipped} skipped, ${waiting} waiting`}
      </dd>
      {bot.tokens && bot.tokens.in + bot.tokens.out > 0 && (
        <>
          <dt>Tokens</dt>
          <dd>
            {sayCount(bot.tokens.in)} in, {sayCount(bot.tokens.out)} out
          </dd>
        </>
      )}
      {bot.last_turn_at && (
        <>
          <dt>Last message</dt>
          <dd>
            <Ago at={bot.last_turn_at} />
          </dd>
        </>
      )}
      {bot.last_error && (
        <>
          <dt>Last error</dt>
          <dd>
            {bot.last_error.text}{' '}
            <span className="dim">
              <Ago at={bot.last_error.at} />
            </span>
            {bot.last_error.reference && <div className="mono dim">{bot.last_error.reference}</div>}
          </dd>
        </>
      )}
      <dt>Made</dt>
      <dd>
        <Moment at={bot.created_at} />
      </dd>
    </dl>
  );
}

function sayPolicy({ policy, max_restarts }: NonNullable<Bot['restart']>): string {
  if (policy === 'never') return 'stays down when it fails';
  return `${policy === 'always' ? 'always started again' : 'started again after a failure'}, at most ${max_restarts} times`;
}

const spans = [
  { value: '24', label: '24 hours' },
  { value: '168', label: '7 days' },
];
const messages: Part[] = [
  { name: 'answered', label: 'answered', of: ({ answered }) => answered },
  { name: 'failed', label: 'failed', of: ({ failed }) => failed },
  { name: 'skipped', label: 'skipped', of: ({ skipped }) => skipped },
];
const latency: Part[] = [{ name: 'latency', label: 'to answer', of: ({ latency_ms }) => latency_ms }];
const tokens: Part[] = [
  { name: 'tokens-in', label: 'tokens in', of: ({ tokens_in }) => tokens_in },
  { name: 'tokens-out', label: 'tokens out', of: ({ tokens_out }) => tokens_out },
];
const columns = [...messages, { ...latency[0]!, say: sayMs }, ...tokens];
const mostBars = 48;

function Usage({ bot }: { bot: Bot }) {
  const [span, setSpan] = useState('24');
  const now = useNow();
  const usage = useBotUsage(bot.bot_id, Number(span));
  // The facts beside them are looked up more often: the graphs go along.
  const client = useQueryClient();
  const { answered, failed, skipped } = bot.turns;
  useEffect(() => {
    void refresh(client, botKeys.usage(bot.bot_id));
  }, [client, bot.bot_id, answered, failed, skipped]);
  const hours = usage.data ? fillHours(usage.data.items, Number(span), now) : [];
  const drawn = condense(hours, mostBars);
  const sum = sumOf(hours);
  return (
    <section className="section">
      <div className="section-head">
        <h2>Usage</h2>
        <SegmentedControl size="xs" aria-label="Time shown" value={span} onChange={setSpan} data={spans} />
      </div>
      {usage.isPending ? (
        <Loading rows={1} height={130} />
      ) : usage.error && !usage.data ? (
        <Problem error={usage.error} title="The usage could not be loaded" onRetry={() => void usage.refetch()} />
      ) : (
        <>
          <div className="charts">
            <UsageChart
              title="Messages"
              total={`${sayCount(sum.answered)} answered${sum.failed ? `, ${sayCount(sum.failed)} failed` : ''}`}
              hours={drawn}
              parts={messages}
            />
            <UsageChart
              title="Time to answer"
              total={sum.answered ? `${sayMs(sum.latency_ms)} on average` : 'no answers yet'}
              hours={drawn}
              parts={latency}
              say={sayMs}
            />
            <UsageChart
              title="Tokens"
              total={
                sum.tokens_in + sum.tokens_out > 0
                  ? `${sayCount(sum.tokens_in)} in, ${sayCount(sum.tokens_out)} out`
                  : 'none counted'
              }
              hours={drawn}
              parts={tokens}
            />
          </div>
          <UsageTable hours={drawn} columns={columns} />
        </>
      )}
    </section>
  );
}

const searchableFrom = 6;
const roomsAtOnce = 24;

function Rooms({ bot }: { bot: Bot }) {
  const rooms = useBotRooms(bot.bot_id);
  const overview = useOverview();
  const [search, setSearch] = useState('');
  const wanted = search.trim().toLowerCase();
  const found =
    rooms.data?.items.filter(
      ({ name, room_id }) => !wanted || name.toLowerCase().includes(wanted) || room_id.toLowerCase().includes(wanted),
    ) ?? [];
  const { shown, pager } = useSlice(found, roomsAtOnce, wanted);
  return (
    <section className="section">
      <div className="section-head">
        <h2>Rooms</h2>
        {rooms.data && rooms.data.items.length >= searchableFrom && (
          <TextInput
            type="search"
            size="xs"
            aria-label="Search rooms"
            placeholder="Search rooms"
            value={search}
            onChange={(event) => setSearch(event.currentTarget.value)}
            leftSection={<Icon name="search" size={14} />}
          />
        )}
      </div>
      {rooms.isPending ? (
        <Loading rows={2} />
      ) : rooms.error && !rooms.data ? (
        <Problem error={rooms.error} title="The rooms could not be loaded" onRetry={() => void rooms.refetch()} />
      ) : rooms.data.items.length === 0 ? (
        <NoRooms bot={bot} matrixUrl={overview.data?.matrix_url} />
      ) : shown.length === 0 ? (
        <div className="panel panel-pad dim">No room matches “{search.trim()}”.</div>
      ) : (
        <ul className="cards room-cards">
          {shown.map((room) => (
            <li key={room.room_id} className="panel card">
              <div className="card-head">
                <div>
                  <strong>{nameOfRoom(room)}</strong>
                  <div className="dim">
                    <Copyable value={room.room_id} what="room id" />
                  </div>
                </div>
                <span className="dim small nowrap">
                  {room.joined_members} {room.joined_members === 1 ? 'member' : 'members'}
                </span>
              </div>
              {room.encrypted && <span className="small">This room is encrypted.</span>}
            </li>
          ))}
        </ul>
      )}
      {found.length > roomsAtOnce && pager('rooms')}
    </section>
  );
}

function NoRooms({ bot, matrixUrl }: { bot: Bot; matrixUrl: string | undefined }) {
  const me = useMe();
  return (
    <div className="panel panel-pad">
      <p className="dim">
        {isUp(bot.state) ? 'It is in no room yet. ' : 'It is in no room yet. Start it, then '}
        {me.user_id ? (
          <>
            <Link to="chat">{isUp(bot.state) ? 'Write to it here' : 'write to it here'}</Link>, or invite
          </>
        ) : (
          'Invite'
        )}{' '}
        it from your Matrix client{mayDo(me, 'operator') ? '' : ' once an operator has started it'}:
      </p>
      <dl className="facts">
        {matrixUrl && (
          <>
            <dt>Homeserver</dt>
            <dd>
              <HomeserverAddress value={matrixUrl} />
            </dd>
          </>
        )}
        <dt>Bot id</dt>
        <dd>
          <Copyable value={bot.user_id} what="id to invite" />
        </dd>
      </dl>
    </div>
  );
}

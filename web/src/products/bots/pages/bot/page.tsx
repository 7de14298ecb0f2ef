// One bot: its head, and its pages below: how it is, talking to it, its log, what happened, its settings.
import { Alert, Button } from '@mantine/core';
import { Link, NavLink, Outlet, useLocation, useOutletContext, useParams } from 'react-router';
import { useBot } from '../../api/bots';
import { ApiError } from '@/kit/api/http';
import { useMe } from '@/kit/api/session';
import { mayDo, type Bot, type Role } from '@/kit/api/types';
import { Copyable } from '@/kit/copy';
import { draftOf, useHasDrafts } from '@/kit/drafts';
import { Empty, Loading, Problem } from '@/kit/feedback';
import { Icon } from '@/kit/icons';
import { PageHead } from '@/kit/page';
import { StateBadge } from '../../parts/state_badge';
import { Soon } from '@/kit/time';
import { shownName } from '@/kit/names';
import { RestartButton, StartFreshButton, StartStop, StopTryingButton } from '../bot_actions';

const tabs: { to: string; label: string; least: Role }[] = [
  { to: '', label: 'Overview', least: 'member' },
  { to: 'chat', label: 'Chat', least: 'member' },
  { to: 'logs', label: 'Logs', least: 'operator' },
  { to: 'history', label: 'History', least: 'member' },
  { to: 'settings', label: 'Settings', least: 'operator' },
];

export default function BotPage() {
  const { botId = '' } = useParams();
  const bot = useBot(botId);
  if (bot.isPending)
    return (
      <>
        <PageHead title={botId} />
        <Loading rows={4} height={70} />
      </>
    );
  if (bot.error && !bot.data) {
    const gone = bot.error instanceof ApiError && bot.error.status === 404;
    return gone ? (
      <>
        <PageHead title="No such bot" />
        <Empty
          icon="bot"
          title="This bot does not exist"
          action={
            <Button component={Link} to="/ui/bots">
              All bots
            </Button>
          }
        >
          There is no bot with the id “{botId}”. It may have been deleted.
        </Empty>
      </>
    ) : (
      <>
        <PageHead title={botId} />
        <Problem error={bot.error} title="The bot could not be loaded" onRetry={() => void bot.refetch()} />
      </>
    );
  }
  return <BotBody key={botId} bot={bot.data} />;
}

/** The bot of the page around, always as it is now. */
export function useShownBot(): Bot {
  return useOutletContext<Bot>();
}

function BotBody({ bot }: { bot: Bot }) {
  const me = useMe();
  const base = `/ui/bots/${encodeURIComponent(bot.bot_id)}`;
  const open = useLocation().pathname.split('/')[4] ?? '';
  const unsaved = useHasDrafts(draftOf.bot(bot.bot_id));
  return (
    <>
      <p className="small way-back">
        <Link to="/ui/bots">All bots</Link>
      </p>
      <PageHead
        title={shownName(bot.display_name, bot.bot_id)}
        part={open ? tabs.find(({ to }) => to === open)?.label : undefined}
        lead={<Copyable value={bot.user_id} what="bot id" />}
      >
        <span className="page-state">
          <StateBadge state={bot.state} trouble={bot.trouble} />
        </span>
        <StartStop bot={bot} size="sm" />
        <RestartButton bot={bot} />
        <StopTryingButton bot={bot} />
        <StartFreshButton bot={bot} />
      </PageHead>
      <Trouble bot={bot} />
      <nav className="sub-tabs" aria-label="Pages of this bot">
        {tabs
          .filter(({ least }) => mayDo(me, least))
          .map(({ to, label }) => (
            <NavLink key={to} to={to ? `${base}/${to}` : base} end className="sub-tab">
              {label}
              {to === 'settings' && unsaved && (
                <>
                  <span className="unsaved-dot" aria-hidden="true" />
                  <span className="visually-hidden"> (not saved)</span>
                </>
              )}
            </NavLink>
          ))}
      </nav>
      <Outlet context={bot} />
    </>
  );
}

const troubles: Record<string, string> = {
  failed: 'This bot failed',
  crash_loop: 'This bot keeps failing',
  backing_off: 'This bot failed and is tried again',
  exited: 'Its program ended',
  degraded: 'It runs, but its answers fail',
  answer_failed: 'Its last answer failed',
  check_failed: 'What it needs to answer did not pass the look at its start',
};

/** When it is tried again stands below, and counts down there. */
const nextTry = /; next try in [^;]*$/;

function reasonOf({ trouble, last_error, backoff }: Bot): string {
  const reason = trouble?.text || last_error?.text || '';
  return backoff?.next_try_at ? reason.replace(nextTry, '') : reason;
}

/** Why it does not run or answer although it should, and what happens next. */
function Trouble({ bot }: { bot: Bot }) {
  const { trouble } = bot;
  if (!trouble) return null;
  const { failures = 0, next_try_at } = bot.backoff ?? {};
  return (
    <Alert
      color={trouble.serious ? 'red' : 'yellow'}
      className="trouble"
      title={troubles[trouble.code] ?? 'Something is wrong'}
      icon={<Icon name="alert" />}
    >
      <div>{reasonOf(bot) || 'No reason was given.'}</div>
      {(failures > 0 || next_try_at) && (
        <div className="small">
          {failures > 1 ? `It failed ${failures} times in a row. ` : ''}
          {next_try_at && (
            <>
              Next try <Soon at={next_try_at} />
            </>
          )}
        </div>
      )}
      <div className="small">
        Its <Link to="logs">log</Link> says more; its <Link to="settings">settings</Link> can be tested.
      </div>
    </Alert>
  );
}

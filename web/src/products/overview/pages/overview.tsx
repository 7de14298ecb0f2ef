// The first page: how things stand, and on a fresh server the four steps to a bot that answers.
import { Button } from '@mantine/core';
import { Link } from 'react-router';
import { useBots } from '@/products/bots/api/bots';
import { useOverview } from '@/kit/api/overview';
import { useMe } from '@/kit/api/session';
import { mayDo, type Bot, type Overview } from '@/kit/api/types';
import { sayCheck } from '@/kit/check_words';
import { Copyable } from '@/kit/copy';
import { Loading, Problem } from '@/kit/feedback';
import { HomeserverAddress } from '@/kit/homeserver_address';
import { Icon } from '@/kit/icons';
import { PageHead } from '@/kit/page';
import { isUp, StateBadge } from '@/products/bots/parts/state_badge';
import { sayDuration } from '@/kit/time';
import { shownName } from '@/kit/names';
import { stepsFrom, type StepState } from './first_steps';

export default function OverviewPage() {
  const overview = useOverview();
  const bots = useBots('', 0);
  return (
    <>
      <PageHead
        title="Overview"
        lead={
          overview.data && (
            <>
              Server <span className="mono">{overview.data.server_name}</span>, version {overview.data.version}, up for{' '}
              {sayDuration(overview.data.uptime_s)}.
            </>
          )
        }
      />
      {overview.isPending ? (
        <Loading rows={3} height={90} />
      ) : overview.error && !overview.data ? (
        <Problem
          error={overview.error}
          title="The overview could not be loaded"
          onRetry={() => void overview.refetch()}
        />
      ) : (
        <OverviewBody overview={overview.data} bots={bots.data?.items ?? []} />
      )}
    </>
  );
}

function OverviewBody({ overview, bots }: { overview: Overview; bots: Bot[] }) {
  const { counts } = overview;
  return (
    <>
      <div className="tiles">
        <Tile value={counts.bots_running} label={`of ${counts.bots} ${counts.bots === 1 ? 'bot' : 'bots'} running`} />
        <Tile
          value={overview.troubled.total}
          label={overview.troubled.total === 1 ? 'bot needs attention' : 'bots need attention'}
          bad={overview.troubled.total > 0}
        />
        <Tile value={counts.users} label={counts.users === 1 ? 'account' : 'accounts, those of bots included'} />
        <Health checks={overview.checks} />
      </div>
      <TroubledBots troubled={overview.troubled} />
      <FirstSteps overview={overview} bots={bots} />
      <section className="section">
        <h2>Connect a Matrix client</h2>
        <div className="panel panel-pad">
          <dl className="facts">
            <dt>Homeserver</dt>
            <dd>
              <HomeserverAddress value={overview.matrix_url} />
            </dd>
            <dt>Server name</dt>
            <dd>
              <Copyable value={overview.server_name} what="server name" />
            </dd>
          </dl>
          <ClientsNote />
        </div>
      </section>
    </>
  );
}

/** Which clients can be used today. */
function ClientsNote() {
  return (
    <p className="dim small">
      In Element (Web, Desktop, Classic), FluffyChat or Nheko choose another homeserver, enter this address, and sign in
      with a user made here. What Element X asks for is served, but nobody has tried the app itself yet. Bots answer in
      encrypted rooms, too.
    </p>
  );
}

function Health({ checks }: { checks: Overview['checks'] }) {
  const failed = checks.filter(({ ok }) => !ok);
  return (
    <div className="panel tile">
      <span className="state" data-tone={failed.length ? 'failed' : 'running'}>
        {failed.length ? (failed.length === 1 ? 'One thing is wrong' : `${failed.length} things are wrong`) : 'Healthy'}
      </span>
      <div className="dim small">
        {failed.length
          ? failed.map(({ name, detail }) => (
              <div key={name} data-check={name}>
                {sayCheck(name, false)}
                {detail && `: ${detail}`}
              </div>
            ))
          : `All ${checks.length} things that the server looks at are well.`}
      </div>
    </div>
  );
}

function Tile({ value, label, bad }: { value: number; label: string; bad?: boolean }) {
  return (
    <div className="panel tile">
      <strong className={bad ? 'bad' : undefined}>{value}</strong>
      <span className="dim small">{label}</span>
    </div>
  );
}

function TroubledBots({ troubled: { total, items } }: { troubled: Overview['troubled'] }) {
  if (total === 0) return null;
  return (
    <section className="section">
      <h2>Needs attention</h2>
      <ul className="cards" aria-label="Bots that need attention">
        {items.map((bot) => (
          <li key={bot.bot_id} className="panel card" data-bot={bot.bot_id}>
            <div className="card-head">
              <Link className="main-link" to={`/ui/bots/${encodeURIComponent(bot.bot_id)}`}>
                {shownName(bot.display_name, bot.bot_id)}
              </Link>
              <StateBadge state={bot.state} trouble={bot.trouble} />
            </div>
            <span className="dim small">{bot.trouble.text}</span>
          </li>
        ))}
      </ul>
      {total > items.length && (
        <p className="small">
          <Link to="/ui/bots?state=troubled">All {total.toLocaleString('en')} that need attention</Link>
        </p>
      )}
    </section>
  );
}

function FirstSteps({ overview, bots }: { overview: Overview; bots: Bot[] }) {
  const me = useMe();
  const steps = stepsFrom(overview);
  if (steps.every(({ state }) => state === 'done')) return null;
  const running = bots.find(({ state, rooms }) => isUp(state) && rooms === 0) ?? bots.find(({ state }) => isUp(state));
  const waiting = bots.find(({ actions }) => actions.includes('start'));
  return (
    <section className="section">
      <h2>From here to a bot that answers</h2>
      <ol className="panel steps">
        <Step state={steps[0]!.state} number={1} title="Make a user">
          <p>The account you will write from in your Matrix client. Its password is shown once, after it is made.</p>
          {mayDo(me, 'admin') ? (
            <Button component={Link} to="/ui/users?new" size="sm">
              New user
            </Button>
          ) : (
            <p>An administrator can do this.</p>
          )}
        </Step>
        <Step state={steps[1]!.state} number={2} title="Make a bot">
          <p>
            The brain <em>Echo</em> says back what it hears and needs nothing else: good for a first try.
          </p>
          {mayDo(me, 'operator') ? (
            <Button component={Link} to="/ui/new-bot" size="sm">
              New bot
            </Button>
          ) : (
            <p>An operator can do this.</p>
          )}
        </Step>
        <Step state={steps[2]!.state} number={3} title="Start it">
          <p>A stopped bot reads and answers nothing. Start it and watch its state turn to running.</p>
          <Button
            component={Link}
            to={waiting ? `/ui/bots/${encodeURIComponent(waiting.bot_id)}` : '/ui/bots'}
            size="sm"
          >
            Open {waiting ? shownName(waiting.display_name, waiting.bot_id) : 'the bots'}
          </Button>
        </Step>
        <Step state={steps[3]!.state} number={4} title="Invite it from your Matrix client">
          <p>
            Sign in to your client with the user and this homeserver, make a room, invite the bot by its id, and write
            to it. It joins by itself.{' '}
            {running && (
              <>
                Or <Link to={`/ui/bots/${encodeURIComponent(running.bot_id)}/chat`}>write to it here</Link> first.
              </>
            )}
          </p>
          <dl className="facts">
            <dt>Homeserver</dt>
            <dd>
              <HomeserverAddress value={overview.matrix_url} />
            </dd>
            {running && (
              <>
                <dt>Bot id</dt>
                <dd>
                  <Copyable value={running.user_id} what="bot id" />
                </dd>
              </>
            )}
          </dl>
        </Step>
      </ol>
    </section>
  );
}

function Step({
  state,
  number,
  title,
  children,
}: {
  state: StepState;
  number: number;
  title: string;
  children: React.ReactNode;
}) {
  return (
    <li className="step" data-step={state} aria-current={state === 'now' ? 'step' : undefined}>
      <span className="step-mark" aria-hidden="true">
        {state === 'done' ? <Icon name="check" /> : number}
      </span>
      <h3>
        {title}
        {state === 'done' && <span className="visually-hidden"> (done)</span>}
      </h3>
      {state === 'now' && <div className="step-body">{children}</div>}
    </li>
  );
}

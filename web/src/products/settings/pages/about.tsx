// What runs here, since when, and whether it is well.
import { useOverview } from '@/kit/api/overview';
import { sayCheck } from '@/kit/check_words';
import { Copyable } from '@/kit/copy';
import { Loading, Problem } from '@/kit/feedback';
import { HomeserverAddress } from '@/kit/homeserver_address';
import { Moment, sayDuration } from '@/kit/time';

export default function AboutPage() {
  const overview = useOverview();
  if (overview.isPending)
    return (
      <section className="section">
        <Loading rows={3} height={60} />
      </section>
    );
  if (overview.error && !overview.data)
    return (
      <section className="section">
        <Problem error={overview.error} title="This could not be loaded" onRetry={() => void overview.refetch()} />
      </section>
    );
  const { version, server_name, started_at, uptime_s, matrix_url, checks } = overview.data;
  return (
    <div className="two-columns">
      <section className="section" aria-label="Server">
        <div className="panel panel-pad">
          <dl className="facts">
            <dt>Version</dt>
            <dd>{version}</dd>
            <dt>Server name</dt>
            <dd>
              <Copyable value={server_name} what="server name" />
            </dd>
            <dt>Homeserver</dt>
            <dd>
              <HomeserverAddress value={matrix_url} />
            </dd>
            <dt>Started</dt>
            <dd>
              <Moment at={started_at} />, up for {sayDuration(uptime_s)}
            </dd>
          </dl>
          <p className="small dim">
            Free software under the Apache License 2.0. <a href="/ui/licenses.txt">Licences of what is built in</a>
          </p>
        </div>
      </section>
      <section className="section" aria-label="Health">
        <ul className="panel rows" aria-label="Checks">
          {checks.map(({ name, ok, detail }) => (
            <li key={name}>
              <div>
                <strong>{sayCheck(name, ok)}</strong>
                <div className="small dim">
                  <code>{name}</code>
                  {detail && `: ${detail}`}
                </div>
              </div>
              <span className="state" data-tone={ok ? 'running' : 'failed'}>
                {ok ? 'Well' : 'Fails'}
              </span>
            </li>
          ))}
        </ul>
        <p className="small dim">
          Also at <a href="/health">/health</a>, <a href="/metrics">/metrics</a> and, for the API,{' '}
          <a href="/docs">/docs</a>.
        </p>
      </section>
    </div>
  );
}

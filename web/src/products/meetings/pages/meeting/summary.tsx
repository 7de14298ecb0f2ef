// What a model made of what was said: a text, what was decided, what somebody is to do.
import { Button } from '@mantine/core';
import { Empty, Loading, Problem } from '@/kit/feedback';
import { Ago } from '@/kit/time';
import { hasEnded } from '../../api/meetings';
import { useSummary, useSumUp } from '../../api/summary';
import type { Meeting, Summary } from '../../api/types';

export function SummarySection({ meeting }: { meeting: Meeting }) {
  // Nothing is made before the end, and nothing of words that are gone.
  if (meeting.transcript_erased_at || (meeting.summary === 'none' && !hasEnded(meeting))) return null;
  return (
    <section className="section" aria-label="Summary">
      <div className="section-head">
        <h2>Summary</h2>
        <span className="small dim">made by a language model: check what matters in the transcript</span>
      </div>
      <div className="panel panel-pad">
        <Body meeting={meeting} />
      </div>
    </section>
  );
}

function Body({ meeting }: { meeting: Meeting }) {
  const found = useSummary(meeting);
  const sumUp = useSumUp(meeting.id);
  const make = (label: string) => (
    <Button loading={sumUp.isPending} onClick={() => sumUp.mutate()}>
      {label}
    </Button>
  );
  const refused = sumUp.error && <Problem error={sumUp.error} title="It could not be asked for" />;
  if (meeting.summary === 'pending') {
    return (
      <p role="status">
        {hasEnded(meeting) ? 'It is being made. This can take some minutes.' : 'It is made when the meeting has ended.'}
      </p>
    );
  }
  if (meeting.summary === 'none') {
    return (
      <>
        <Empty icon="call" title="No summary" action={make('Make a summary')}>
          Nobody asked for one, or nothing was said.
        </Empty>
        {refused}
      </>
    );
  }
  if (found.isPending) return <Loading rows={2} height={40} />;
  if (!found.data) {
    return <Problem error={found.error} title="The summary could not be loaded" onRetry={() => void found.refetch()} />;
  }
  if (!found.data.summary) {
    return (
      <>
        <p role="alert" className="break-anywhere">
          {found.data.why}
        </p>
        {make('Retry')}
        {refused}
      </>
    );
  }
  return <Minutes summary={found.data.summary} />;
}

function Minutes({ summary }: { summary: Summary }) {
  return (
    <>
      {summary.summary.split(/\n+/).map((paragraph, at) => (
        <p key={at} className="break-anywhere">
          {paragraph}
        </p>
      ))}
      <h3>Decisions</h3>
      {summary.decisions.length === 0 ? (
        <p className="dim">None.</p>
      ) : (
        <ul>
          {summary.decisions.map((decision, at) => (
            <li key={at} className="break-anywhere">
              {decision}
            </li>
          ))}
        </ul>
      )}
      <h3>Tasks</h3>
      {summary.tasks.length === 0 ? (
        <p className="dim">None.</p>
      ) : (
        <ul>
          {summary.tasks.map(({ who, what, due }, at) => (
            <li key={at} className="break-anywhere">
              {who && <strong>{who}: </strong>}
              {what}
              {due && <span className="dim"> ({due})</span>}
            </li>
          ))}
        </ul>
      )}
      {summary.left_out && <p className="small dim">{summary.left_out}</p>}
      <p className="small dim">
        Made <Ago at={summary.made_at} />
      </p>
    </>
  );
}

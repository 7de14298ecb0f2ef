// The requests that a task made to services, without secrets.
import { Loading, Problem } from '@/kit/feedback';
import { Ago } from '@/kit/time';
import { useCalls } from '../../api/records';
import type { ApiCall } from '../../api/types';
import { FoldedText } from '../../parts/folded';
import { More } from '../../parts/more';
import { seenText } from '../../parts/seen_text';

export function Calls({ taskId }: { taskId: string }) {
  const { query, items } = useCalls(taskId);
  return (
    <section className="section" aria-labelledby="calls">
      <h2 id="calls">Calls to services</h2>
      {query.isPending ? (
        <Loading rows={2} />
      ) : !items ? (
        <Problem error={query.error} title="The calls could not be loaded" onRetry={() => void query.refetch()} />
      ) : items.length === 0 ? (
        <p className="dim">No service was called.</p>
      ) : (
        <ul className="cards" aria-label="Calls to services">
          {items.map((call) => (
            <li key={call.call_id} className="panel card" data-call={call.call_id}>
              <OneCall call={call} />
            </li>
          ))}
        </ul>
      )}
      {items && <More query={query} what="calls" />}
    </section>
  );
}

function OneCall({ call }: { call: ApiCall }) {
  return (
    <>
      <div className="call-head">
        <span className="mono">
          <strong>{call.method}</strong> {seenText(call.url)}
        </span>
        <Answer call={call} />
      </div>
      <div className="small dim">
        Step {call.step} · {call.latency_ms !== undefined && `${call.latency_ms} ms · `}
        <Ago at={call.created_at} />
      </div>
      {call.error && <p className="bad small">{seenText(call.error)}</p>}
      {call.request && <FoldedText label="What was sent" text={call.request} />}
      {call.response && <FoldedText label="What came back" text={call.response} />}
    </>
  );
}

function Answer({ call: { status } }: { call: ApiCall }) {
  const tone = status === undefined ? 'warning' : status < 400 ? 'running' : 'failed';
  return (
    <span className="state" data-tone={tone}>
      {status === undefined ? 'No answer' : `Status ${status}`}
    </span>
  );
}

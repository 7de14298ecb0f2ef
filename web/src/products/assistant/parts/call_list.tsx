// Calls that would be made: what each does, and with which arguments exactly.
import { useOperation } from '../api/packs';
import type { PlannedCall } from '../api/types';
import { Folded } from './folded';
import { useSayAction } from './say_action';
import { seenText } from './seen_text';
import { Values } from './values';

interface Props {
  calls: PlannedCall[];
  /** Names the list for who cannot see it. */
  label: string;
  /** What steps before find is not known yet. */
  planned?: boolean;
}

/** Calls have the numbers that the assistant says; a choice or an answer between them has none. */
export function CallList({ calls, label, planned = false }: Props) {
  const numbers = calls.map((_, place) => calls.slice(0, place + 1).filter(({ action }) => action).length);
  return (
    <ol className="calls" aria-label={label}>
      {calls.map((call, place) => (
        <li key={`${call.path} ${place}`} data-action={call.action} value={call.action ? numbers[place] : undefined}>
          <OneCall call={call} planned={planned} />
        </li>
      ))}
    </ol>
  );
}

function OneCall({ call, planned }: { call: PlannedCall; planned: boolean }) {
  const { action, description, args, request } = call;
  const say = useSayAction();
  const operation = useOperation(action);
  if (!action) return <Asks question={description} planned={planned} />;
  return (
    <>
      <div className="call-head">
        <strong>{description || say(action)}</strong>
        <Marks writes={call.writes ?? operation?.writes} approval={call.needs_approval} />
      </div>
      <div className="small dim mono">
        {seenText(action)}
        {!request && operation && ` · ${operation.method} ${operation.path}`}
      </div>
      {request && (
        <div className="small call-request">
          Sent: <span className="mono">{seenText(request)}</span>
        </div>
      )}
      <Values of={args} planned={planned} />
      <Folded label="The whole, exactly" value={call} />
    </>
  );
}

/** Before anything has run nobody knows whether there is something to choose from. */
function Asks({ question, planned }: { question: string | undefined; planned: boolean }) {
  if (!question) return <strong>A choice or an answer</strong>;
  if (!planned) return <strong>{question}</strong>;
  return <span className="small dim">If there are several, it asks: “{question}”</span>;
}

function Marks({ writes, approval }: { writes: boolean | undefined; approval: boolean | undefined }) {
  return (
    <span className="call-marks">
      {writes !== undefined && (
        <span className="mark" data-mark={writes ? 'writes' : 'reads'}>
          {writes ? 'Changes something' : 'Only reads'}
        </span>
      )}
      {approval && (
        <span className="mark" data-mark="approval">
          Asks for approval first
        </span>
      )}
    </span>
  );
}

// Calls that would be made: what each does, and with which arguments exactly.
import { useOperation } from '../api/packs';
import type { PlannedCall } from '../api/types';
import { Folded } from './folded';
import { useSayAction } from './say_action';
import { seenText } from './seen_text';
import { Values } from './values';

/** `label` names the list for who cannot see it. */
export function CallList({ calls, label }: { calls: PlannedCall[]; label: string }) {
  return (
    <ol className="calls" aria-label={label}>
      {calls.map((call, place) => (
        <li key={`${call.path} ${place}`} data-action={call.action}>
          <OneCall call={call} />
        </li>
      ))}
    </ol>
  );
}

function OneCall({ call }: { call: PlannedCall }) {
  const { action, description, args } = call;
  const say = useSayAction();
  const operation = useOperation(action);
  if (!action) return <strong>{description || 'A choice or an answer'}</strong>;
  return (
    <>
      <div className="call-head">
        <strong>{description || say(action)}</strong>
        <Marks writes={call.writes ?? operation?.writes} approval={call.needs_approval} />
      </div>
      <div className="small dim mono">
        {seenText(action)}
        {operation && ` · ${operation.method} ${operation.path}`}
      </div>
      <Values of={args} />
      <Folded label="The whole, exactly" value={call} />
    </>
  );
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

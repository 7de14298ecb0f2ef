// Calls that would be made: what each does, and with which arguments exactly.
import type { PlannedCall } from '../api/types';
import { Folded } from './folded';
import { seenText } from './seen_text';
import { Values } from './values';
import { sayAction } from './words';

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
  if (!action) return <strong>{description || 'A choice or an answer'}</strong>;
  return (
    <>
      <div className="call-head">
        <strong>{description || sayAction(action)}</strong>
        <Marks call={call} />
      </div>
      <div className="small dim">
        <span className="mono">{seenText(action)}</span>
      </div>
      <Values of={args} />
      <Folded label="The whole, exactly" value={call} />
    </>
  );
}

function Marks({ call: { writes, needs_approval } }: { call: PlannedCall }) {
  if (writes === undefined) return null;
  return (
    <span className="call-marks">
      <span className="mark" data-mark={writes ? 'writes' : 'reads'}>
        {writes ? 'Changes something' : 'Only reads'}
      </span>
      {needs_approval && (
        <span className="mark" data-mark="approval">
          Asks for approval first
        </span>
      )}
    </span>
  );
}

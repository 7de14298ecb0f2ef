// A meeting's state as a word with a colour.
import type { MeetingState } from '../api/types';
import { stateNames } from './words';

const tones: Record<MeetingState, string> = {
  requested: 'idle',
  starting: 'moving',
  active: 'running',
  reconfiguring: 'moving',
  stopping: 'moving',
  completed: 'idle',
  failed: 'failed',
  error: 'failed',
};

export function MeetingStateBadge({ state }: { state: MeetingState }) {
  return (
    <span className="state" data-tone={tones[state]} data-state={state}>
      {stateNames[state]}
    </span>
  );
}

// A bot's state as a word with a colour.
import type { BotState } from '../api/types';

const tones: Record<BotState, 'running' | 'moving' | 'failed' | 'idle'> = {
  created: 'idle', starting: 'moving', running: 'running', stopping: 'moving', stopped: 'idle', failed: 'failed',
};

export function StateBadge({ state }: { state: BotState }) {
  return <span className="state" data-tone={tones[state]}>{state[0]!.toUpperCase() + state.slice(1)}</span>;
}

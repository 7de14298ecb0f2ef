// A bot's state as a word with a colour.
import type { BotState } from '../api/types';

type Tone = 'running' | 'moving' | 'failed' | 'idle';
const tones: Record<string, Tone> = {
  created: 'idle', starting: 'moving', running: 'running', degraded: 'moving', exited: 'moving', backing_off: 'moving', crash_loop: 'failed', stopping: 'moving', stopped: 'idle', failed: 'failed',
};

/** A state that is not known here is shown without a colour. */
export function toneOf(state: string): Tone {
  return tones[state] ?? 'idle';
}

/** It answers messages. */
export const isUp = (state: string) => state === 'running' || state === 'degraded';
/** Somebody should look at it. */
export const isTroubled = (state: string) => ['failed', 'crash_loop', 'backing_off', 'exited', 'degraded'].includes(state);

export function StateBadge({ state }: { state: BotState }) {
  return <span className="state" data-tone={toneOf(state)} data-state={state}>{state[0]!.toUpperCase() + state.slice(1).replaceAll('_', ' ')}</span>;
}

// A bot's state as a word with a colour; where something is wrong, that takes its place.
import type { Bot, BotState } from '@/kit/api/types';

export type Trouble = NonNullable<Bot['trouble']>;
type Tone = 'running' | 'moving' | 'warning' | 'failed' | 'idle';
const tones: Record<string, Tone> = {
  created: 'idle',
  starting: 'moving',
  running: 'running',
  degraded: 'failed',
  exited: 'warning',
  backing_off: 'warning',
  crash_loop: 'failed',
  stopping: 'moving',
  stopped: 'idle',
  failed: 'failed',
  completed: 'idle',
};

/** A state that is not known here is shown without a colour. */
export function toneOf(state: string): Tone {
  return tones[state] ?? 'idle';
}

/** It answers messages. */
export const isUp = (state: string) => state === 'running' || state === 'degraded';

/** What is wrong where the state alone does not say it. */
const words: Record<string, string> = { answer_failed: 'Last answer failed', check_failed: 'Start check failed' };

export function StateBadge({ state, trouble }: { state: BotState; trouble?: Trouble | undefined }) {
  const tone = trouble ? (trouble.serious ? 'failed' : 'warning') : toneOf(state);
  return (
    <span className="state" data-tone={tone} data-state={state} data-trouble={trouble?.code}>
      {(trouble && words[trouble.code]) ?? wordOf(state)}
    </span>
  );
}

const wordOf = (state: string) => state[0]!.toUpperCase() + state.slice(1).replaceAll('_', ' ');

// The states of a meeting and the arrows between them, as docs/meetings.md has them.
import type { Lifecycle } from '@/products/bots/parts/lifecycle_layout';
import type { MeetingState, Transition } from '../api/types';

export const states: MeetingState[] = [
  'requested',
  'starting',
  'active',
  'reconfiguring',
  'stopping',
  'completed',
  'failed',
  'error',
];

export const lifeTable: Lifecycle = {
  states,
  transitions: [
    { from: 'requested', event: 'start', to: 'starting' },
    { from: 'requested', event: 'stop', to: 'completed' },
    { from: 'starting', event: 'joined', to: 'active' },
    { from: 'starting', event: 'no_start', to: 'error' },
    { from: 'starting', event: 'end', to: 'stopping' },
    { from: 'active', event: 'end', to: 'stopping' },
    { from: 'active', event: 'change', to: 'reconfiguring' },
    { from: 'reconfiguring', event: 'followed', to: 'active' },
    { from: 'reconfiguring', event: 'end', to: 'stopping' },
    { from: 'stopping', event: 'gone', to: 'completed' },
    { from: 'stopping', event: 'gone_badly', to: 'failed' },
    { from: 'stopping', event: 'not_gone', to: 'error' },
  ],
};

/** The arrow that it came by last; nothing while it is where it began. */
export function lastArrow(transitions: readonly Transition[]) {
  const moves = transitions.filter(({ from, to }) => from && from !== to);
  const last = moves.at(-1);
  if (!last?.from) return undefined;
  const event = lifeTable.transitions.find(({ from, to }) => from === last.from && to === last.to)?.event;
  return { from: last.from, event: event ?? last.trigger, to: last.to };
}

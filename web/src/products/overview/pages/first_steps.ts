// Which of the four first steps are done, from the hints of the overview.
import type { Overview } from '@/kit/api/types';

export type StepState = 'done' | 'now' | 'later';
type StepCode = 'make_user' | 'make_bot' | 'start_bot' | 'invite_bot';
const order: StepCode[] = ['make_user', 'make_bot', 'start_bot', 'invite_bot'];

/** The first step the server hints at is the one to do now; those before it are done. */
export function stepsFrom(overview: Pick<Overview, 'hints'>): { code: StepCode; state: StepState }[] {
  const hinted = new Set<string>(overview.hints.map(({ code }) => code));
  const now = order.findIndex((code) => hinted.has(code));
  return order.map((code, place) => ({
    code,
    state: now === -1 || place < now ? 'done' : place === now ? 'now' : 'later',
  }));
}

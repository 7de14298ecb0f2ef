// Which of the four first steps are done, from the hints of the overview.
import type { Overview } from '@/kit/api/types';

export type StepState = 'done' | 'now' | 'later';
type StepCode = 'make_user' | 'make_bot' | 'start_bot' | 'invite_bot';
const order: StepCode[] = ['make_user', 'make_bot', 'start_bot', 'invite_bot'];

/** The first step the server hints at is the one to do now. A user and a bot can be made in any order: of the bot's steps, those before the hinted one are done. */
export function stepsFrom(overview: Pick<Overview, 'hints'>): { code: StepCode; state: StepState }[] {
  const hinted = new Set<string>(overview.hints.map(({ code }) => code));
  const now = order.find((code) => hinted.has(code));
  const next = order.findIndex((code) => code !== 'make_user' && hinted.has(code));
  return order.map((code, place) => {
    if (code === now) return { code, state: 'now' };
    const done = code === 'make_user' || next === -1 || place < next;
    return { code, state: done ? 'done' : 'later' };
  });
}

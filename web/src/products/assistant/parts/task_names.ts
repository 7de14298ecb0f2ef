// What a task is called in a list: what it does, and with what.
import type { Task } from '../api/types';
import { readable } from './readable';

const mostValues = 2;
const longest = 80;

/** To be said as an action is. */
export const actionOf = ({ service, intent }: Pick<Task, 'service' | 'intent'>) => `${service}.${intent}`;

/** A task that undoes what another one did: the server makes it, no pack has it. */
export const isUndo = ({ service, intent }: Pick<Task, 'service' | 'intent'>) =>
  service === 'system' && intent === 'undo';

interface Kept {
  action: string;
  why: string;
}

/** What a task that undoes leaves as it is. */
export function keptBy(task: Task): Kept[] {
  if (!isUndo(task) || !Array.isArray(task.inputs.kept)) return [];
  const text = (value: unknown) => (typeof value === 'string' ? value : '');
  return (task.inputs.kept as unknown[]).flatMap((one) => {
    const { action, why } = (one ?? {}) as Record<string, unknown>;
    return text(action) ? [{ action: text(action), why: text(why) }] : [];
  });
}

/** The first values that it was asked with, in short: "Shaw · Roof done". */
export function taskDetail({ inputs, ...task }: Pick<Task, 'inputs' | 'service' | 'intent'>): string {
  if (isUndo(task)) return '';
  const said = readable(inputs)
    .lines.filter(({ text }) => text !== 'nothing')
    .slice(0, mostValues)
    .map(({ text }) => text.replace(/\s+/g, ' '))
    .join(' · ');
  const letters = Array.from(said);
  return letters.length > longest ? `${letters.slice(0, longest - 1).join('')}…` : said;
}

// What a task is called in a list: what it does, and with what.
import type { Task } from '../api/types';
import { readable } from './readable';

const mostValues = 2;
const longest = 80;

/** To be said as an action is. */
export const actionOf = ({ service, intent }: Pick<Task, 'service' | 'intent'>) => `${service}.${intent}`;

/** The first values that it was asked with, in short: "Shaw · Roof done". */
export function taskDetail({ inputs }: Pick<Task, 'inputs'>): string {
  const said = readable(inputs)
    .lines.filter(({ text }) => text !== 'nothing')
    .slice(0, mostValues)
    .map(({ text }) => text.replace(/\s+/g, ' '))
    .join(' · ');
  const letters = Array.from(said);
  return letters.length > longest ? `${letters.slice(0, longest - 1).join('')}…` : said;
}

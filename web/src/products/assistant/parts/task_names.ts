// What a task is called in a list: what it does, and with what.
import type { Task } from '../api/types';
import { readable } from './readable';
import { sayAction } from './words';

const mostValues = 2;
const longest = 80;

export const taskName = ({ service, intent }: Pick<Task, 'service' | 'intent'>) => sayAction(`${service}.${intent}`);

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

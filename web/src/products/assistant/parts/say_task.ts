// What a task is called: what its pack says of the intent, or else the intent's name in words.
import { useQueries } from '@tanstack/react-query';
import { packQuery, usePacks } from '../api/packs';
import type { Pack, Task } from '../api/types';
import { seenText } from './seen_text';
import { actionOf, isUndo } from './task_names';
import { inWords, sayAction } from './words';

type Named = Pick<Task, 'service' | 'intent'>;
const longest = 120;
const knownMs = 5 * 60_000;

/** How `tasks` are called; their packs are asked for once each. */
export function useSayTask(tasks: Named[]): (task: Named) => string {
  const listed = usePacks().data?.items ?? [];
  const services = [...new Set(tasks.map(({ service }) => service))];
  const offered = services.filter((service) => listed.some((pack) => pack.service === service));
  const packs = useQueries({
    queries: offered.map((service) => ({ ...packQuery(service), staleTime: knownMs })),
  }).flatMap(({ data }) => data ?? []);
  return (task) => {
    if (isUndo(task)) return 'Undo what a task did';
    const title = listed.find((pack) => pack.service === task.service)?.title;
    const said = describe(
      packs.find((pack) => pack.service === task.service),
      task.intent,
    );
    return said ? `${title ?? inWords(task.service)}: ${said}` : sayAction(actionOf(task), title);
  };
}

function describe(pack: Pack | undefined, intent: string): string {
  const text =
    pack?.intents.find(({ name }) => name === intent)?.description ??
    pack?.operations.find(({ name }) => name === intent)?.summary ??
    '';
  const line = text.replace(/\s+/g, ' ').trim().replace(/\.$/, '');
  const letters = Array.from(line);
  return seenText(letters.length > longest ? `${letters.slice(0, longest - 1).join('')}…` : line);
}

// Whether a service can be used, in a word with a colour.
import type { PackRow } from '../api/types';

type Row = Pick<PackRow, 'enabled' | 'usable' | 'ready'>;

export function sayPackState({ enabled, usable, ready }: Row): { word: string; tone: string } {
  if (!usable) return { word: 'Has errors', tone: 'failed' };
  if (!enabled) return { word: 'Turned off', tone: 'idle' };
  return ready ? { word: 'Ready', tone: 'running' } : { word: 'Key missing', tone: 'warning' };
}

export function PackState({ pack }: { pack: Row }) {
  const { word, tone } = sayPackState(pack);
  return (
    <span className="state" data-tone={tone}>
      {word}
    </span>
  );
}

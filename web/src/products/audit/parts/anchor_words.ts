// What the anchors of the audit log say, in words.
import type { AnchorPlace, ChainReport } from '../api/anchors';
import type { Outcome } from '@/kit/outcome';

export const sayKind = (kind: string): string =>
  kind === 'time_stamp' ? 'Time stamps (RFC 3161)' : kind === 'room' ? 'A room elsewhere' : kind;

/** A place that failed once is tried again; one that is late has been failing for long. */
export function standingOf(place: AnchorPlace): { tone: 'running' | 'warning' | 'failed' | 'moving'; says: string } {
  if (place.late) return { tone: 'failed', says: 'Fails' };
  if (place.failing_since) return { tone: 'warning', says: 'Failed, is tried again' };
  if (!place.anchored_at) return { tone: 'moving', says: 'Nothing yet' };
  return { tone: 'running', says: 'Anchored' };
}

export interface Finding {
  outcome: Outcome;
  text: string;
  /** A moment that belongs behind the text. */
  at?: string;
}

type Anchor = ChainReport['anchors'][number];
const by: Record<string, string> = { time_stamp: 'a time stamp', room: 'a message in a room elsewhere' };
const nameOf = ({ kind }: Anchor): string => by[kind] ?? kind;

/** The newest good one of each kind says how far the log is covered; each wrong one is named. */
export function findingsOf({ anchors, whole }: Pick<ChainReport, 'anchors' | 'whole'>): Finding[] {
  const wrong = anchors.filter(({ state }) => state === 'contradicts' || state === 'unproven');
  const newest = new Map<string, Anchor>();
  for (const each of anchors) if (each.state === 'matches' || each.state === 'proven') newest.set(each.kind, each);
  const findings: Finding[] = wrong.map((each) => ({
    outcome: 'bad',
    text: `What was written down by ${nameOf(each)} of record ${each.last_id} is wrong: ${each.problem ?? 'it does not fit'}.`,
  }));
  for (const each of newest.values()) {
    const covers = `By ${nameOf(each)} everything is covered up to record ${each.last_id}`;
    if (each.state === 'proven')
      findings.push({ outcome: 'good', text: `${covers}, and its place confirms it:`, at: each.proven_at ?? each.at });
    else
      findings.push({
        outcome: 'unsure',
        text: `${covers}, but its place was not heard${each.problem ? ` (${each.problem})` : ''}:`,
        at: each.at,
      });
  }
  if (whole && newest.size === 0)
    findings.push({
      outcome: 'unsure',
      text: 'Nothing of it is written down outside: a log that was written anew as a whole would look the same.',
    });
  return findings;
}

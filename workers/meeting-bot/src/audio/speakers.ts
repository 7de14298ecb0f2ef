// Who speaks when: from the page's own signs where the platform has them, else from how loud a participant's track is.
import type { Level } from './capture.ts';

export interface Participant {
  readonly id: string;
  readonly name: string;
  readonly self: boolean;
  /** What the page shows; undefined: it shows nothing of the kind. */
  readonly speaking?: boolean | undefined;
  /** Ids of tracks or streams that carry this one's voice. */
  readonly tracks?: readonly string[] | undefined;
}
export interface Turn {
  readonly kind: 'SPEAKER_START' | 'SPEAKER_END';
  readonly id: string;
  readonly name: string;
  /** So many milliseconds before it was noticed. */
  readonly ago: number;
}

/** Below it is noise. */
export const audible = 0.003;
/** A pause inside a sentence ends no turn. */
const holdMs = 700;

export class Speakers {
  readonly #speaking = new Map<string, { name: string; last: number }>();

  /** What has changed, ends first. `at` in milliseconds. */
  look(participants: readonly Participant[], levels: readonly Level[], at: number): Turn[] {
    const loud = new Set<string>();
    for (const { track, stream, level } of levels) if (level > audible) loud.add(track).add(stream);
    const began: Turn[] = [];
    for (const one of participants) {
      if (one.self || !(one.speaking ?? one.tracks?.some((id) => loud.has(id)))) continue;
      const known = this.#speaking.get(one.id);
      if (known) known.last = at;
      else {
        this.#speaking.set(one.id, { name: one.name, last: at });
        began.push({ kind: 'SPEAKER_START', id: one.id, name: one.name, ago: 0 });
      }
    }
    const ended: Turn[] = [];
    for (const [id, { name, last }] of this.#speaking) {
      if (at - last < holdMs) continue;
      this.#speaking.delete(id);
      ended.push({ kind: 'SPEAKER_END', id, name, ago: at - last });
    }
    return [...ended, ...began];
  }

  /** Who speaks now: a session that begins is told. */
  current(): Turn[] {
    return [...this.#speaking].map(([id, { name }]) => ({ kind: 'SPEAKER_START', id, name, ago: 0 }));
  }
}

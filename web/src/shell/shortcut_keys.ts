// Which key does what. Single letters only work outside of fields, and can be turned off.
import type { Role } from '@/kit/api/types';

export type Command = { go: string } | { do: 'help' | 'search' | 'new' };

/** Where a key leads after `g`. */
export interface Place {
  key: string;
  to: string;
}

export const others: { keys: string[]; label: string; least?: Role }[] = [
  { keys: ['/'], label: 'Search this page' },
  { keys: ['n'], label: 'New bot', least: 'operator' },
  { keys: ['?'], label: 'This help' },
];
/** The second key of two must come this soon. */
export const chordMs = 1_200;

export interface Pressed {
  key: string;
  ctrlKey: boolean;
  altKey: boolean;
  metaKey: boolean;
  repeat: boolean;
  atMs: number;
}

/** Remembers the first key of two. Yields what a key asks for, or nothing. */
export class Keys {
  private began = -Infinity;

  constructor(private readonly places: readonly Place[]) {}

  press({ key, ctrlKey, altKey, metaKey, repeat, atMs }: Pressed): Command | undefined {
    if (ctrlKey || altKey || metaKey || repeat) return undefined;
    const second = atMs - this.began <= chordMs;
    this.began = -Infinity;
    if (second) {
      const place = this.places.find((one) => one.key === key);
      return place && { go: place.to };
    }
    switch (key) {
      case 'g':
        this.began = atMs;
        return undefined;
      case '?':
        return { do: 'help' };
      case '/':
        return { do: 'search' };
      case 'n':
        return { do: 'new' };
      default:
        return undefined;
    }
  }
}

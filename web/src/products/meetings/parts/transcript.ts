// A transcript as it is shown: segments in the order in which they were said, put together into what one person says
// without a break. Pure.
import type { Segment } from '../api/types';

export interface Transcript {
  /** In the order in which they were said. */
  segments: readonly Segment[];
  /** Of all that ever were here, in the order in which they began to speak: their place is their colour. */
  speakers: readonly string[];
}
export const emptyTranscript: Transcript = { segments: [], speakers: [] };

export const unknownSpeaker = 'Somebody';
export const speakerOf = ({ speaker }: Pick<Segment, 'speaker'>) => speaker?.trim() || unknownSpeaker;

const before = (a: Segment, b: Segment) =>
  Date.parse(a.said_at) - Date.parse(b.said_at) || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0);

/** Those that are known by their id take the place of what they were; what was taken back goes. */
export function takeSegments(transcript: Transcript, news: readonly Segment[]): Transcript {
  if (news.length === 0) return transcript;
  const byId = new Map(transcript.segments.map((segment) => [segment.id, segment]));
  for (const segment of news) {
    const known = byId.get(segment.id);
    // A page that was asked for earlier may come later than the stream.
    if (known && known.changed > segment.changed) continue;
    if (segment.retracted || segment.text.trim() === '') byId.delete(segment.id);
    else byId.set(segment.id, segment);
  }
  const segments = [...byId.values()].sort(before);
  const speakers = [...transcript.speakers];
  for (const segment of segments) {
    const name = speakerOf(segment);
    if (name !== unknownSpeaker && !speakers.includes(name)) speakers.push(name);
  }
  return { segments, speakers };
}

export interface Turn {
  key: string;
  speaker: string;
  at: string;
  segments: Segment[];
}

const silenceMs = 30_000;

/** What one person says without a break by another or a long silence. */
export function turnsOf(segments: readonly Segment[]): Turn[] {
  const turns: Turn[] = [];
  for (const segment of segments) {
    const last = turns.at(-1);
    const end = last?.segments.at(-1);
    const speaker = speakerOf(segment);
    if (last && end && last.speaker === speaker && Date.parse(segment.said_at) - Date.parse(end.until_at) < silenceMs) {
      last.segments.push(segment);
    } else {
      turns.push({ key: segment.id, speaker, at: segment.said_at, segments: [segment] });
    }
  }
  return turns;
}

/** Nothing of it has changed: segments are replaced, never changed. */
export const sameTurn = (a: Turn, b: Turn): boolean =>
  a.speaker === b.speaker &&
  a.segments.length === b.segments.length &&
  a.segments.every((segment, place) => segment === b.segments[place]);

/** 0…7 for a speaker; undefined for who is not known. */
export function colourOf(speakers: readonly string[], speaker: string): number | undefined {
  const place = speakers.indexOf(speaker);
  return place < 0 ? undefined : place % 8;
}

/** 1:02:03 from the beginning; 0:00 for what came before it. */
export function sayOffset(at: string, begin: string): string {
  const all = Math.max(0, Math.floor((Date.parse(at) - Date.parse(begin)) / 1000));
  const two = (number: number) => String(number).padStart(2, '0');
  const [hours, minutes, seconds] = [Math.floor(all / 3600), Math.floor((all % 3600) / 60), all % 60];
  return hours > 0 ? `${hours}:${two(minutes)}:${two(seconds)}` : `${minutes}:${two(seconds)}`;
}

/** The segments with all of these words, in any case. */
export function matching(segments: readonly Segment[], search: string): readonly Segment[] {
  const words = search.toLocaleLowerCase().split(/\s+/).filter(Boolean);
  if (words.length === 0) return segments;
  return segments.filter((segment) => {
    const text = `${speakerOf(segment)} ${segment.text}`.toLocaleLowerCase();
    return words.every((word) => text.includes(word));
  });
}

/** A text in pieces: those that are one of the words looked for, and those between them. */
export function marked(text: string, search: string): { text: string; hit: boolean }[] {
  const words = search.trim().split(/\s+/).filter(Boolean);
  if (words.length === 0) return [{ text, hit: false }];
  const any = new RegExp(`(${words.map((word) => word.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')).join('|')})`, 'giu');
  return text
    .split(any)
    .map((piece, place) => ({ text: piece, hit: place % 2 === 1 }))
    .filter((piece) => piece.text !== '');
}

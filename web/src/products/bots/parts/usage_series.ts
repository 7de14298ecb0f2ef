// The hours of a bot as something to draw: no hour left out, sums, and a scale that ends on a round number.
import type { UsageHour } from '@/kit/api/types';

const hourMs = 3_600_000;

/** Exactly `hours` entries up to the hour of `nowMs`; hours without messages are zero. */
export function fillHours(items: UsageHour[], hours: number, nowMs: number): UsageHour[] {
  const known = new Map(items.map((item) => [Math.floor(Date.parse(item.at) / hourMs), item]));
  const last = Math.floor(nowMs / hourMs);
  return Array.from({ length: hours }, (_, place) => {
    const hour = last - hours + 1 + place;
    return (
      known.get(hour) ?? {
        at: new Date(hour * hourMs).toISOString(),
        answered: 0,
        failed: 0,
        skipped: 0,
        latency_ms: 0,
        tokens_in: 0,
        tokens_out: 0,
      }
    );
  });
}

/** Neighbours put together until no more than `most` are left: a week has more hours than a drawing has room. */
export function condense(items: UsageHour[], most: number): UsageHour[] {
  const each = Math.ceil(items.length / most);
  if (each <= 1) return items;
  const out: UsageHour[] = [];
  for (let at = 0; at < items.length; at += each) out.push(sumOf(items.slice(at, at + each)));
  return out;
}

/** One entry for all; the latency is the mean over the messages that were answered. */
export function sumOf(items: UsageHour[]): UsageHour {
  const sum = {
    at: items[0]?.at ?? '',
    answered: 0,
    failed: 0,
    skipped: 0,
    latency_ms: 0,
    tokens_in: 0,
    tokens_out: 0,
  };
  let waited = 0;
  for (const item of items) {
    for (const name of ['answered', 'failed', 'skipped', 'tokens_in', 'tokens_out'] as const) sum[name] += item[name];
    waited += item.latency_ms * item.answered;
  }
  sum.latency_ms = sum.answered ? Math.round(waited / sum.answered) : 0;
  return sum;
}

/** The least of 1, 2, 5, 10, 20, 50 … that is not below the value. */
export function roundUp(value: number): number {
  if (value <= 1) return 1;
  const power = 10 ** Math.floor(Math.log10(value));
  return [1, 2, 5, 10].map((step) => step * power).find((top) => top >= value)!;
}

export function sayMs(ms: number): string {
  return ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(ms < 10_000 ? 1 : 0)} s`;
}

export function sayCount(value: number): string {
  if (value < 10_000) return value.toLocaleString('en');
  return value < 1_000_000
    ? `${(value / 1000).toFixed(value < 100_000 ? 1 : 0)} k`
    : `${(value / 1_000_000).toFixed(1)} M`;
}

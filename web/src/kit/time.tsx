// Moments, as "3 min ago" with the exact time on hover and for assistive technology.
import { useEffect, useState } from 'react';

const steps: [limitS: number, unit: Intl.RelativeTimeFormatUnit, seconds: number][] = [
  [3600, 'minute', 60],
  [86_400, 'hour', 3600],
  [30 * 86_400, 'day', 86_400],
  [365 * 86_400, 'month', 30 * 86_400],
  [Infinity, 'year', 365 * 86_400],
];
const relative = new Intl.RelativeTimeFormat('en', { numeric: 'always', style: 'short' });
const absolute = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'medium' });

/** "just now", "3 min. ago"; a clock that is a little ahead on the server counts as now. */
export function sayHowLongAgo(at: string, nowMs: number): string {
  const seconds = (nowMs - Date.parse(at)) / 1000;
  if (Number.isNaN(seconds)) return '';
  if (Math.abs(seconds) < 45) return 'just now';
  const [, unit, length] = steps.find(([limit]) => Math.abs(seconds) < limit - 30) ?? steps[4]!;
  return relative.format(-Math.round(seconds / length), unit);
}

export function sayDuration(seconds: number): string {
  const days = Math.floor(seconds / 86_400);
  const hours = Math.floor((seconds % 86_400) / 3600);
  const minutes = Math.floor((seconds % 3600) / 60);
  if (days > 0) return `${days} d ${hours} h`;
  if (hours > 0) return `${hours} h ${minutes} min`;
  return minutes > 0 ? `${minutes} min` : `${Math.max(0, Math.floor(seconds))} s`;
}

/** The time in milliseconds; ticks every 20 s. */
export function useNow(): number {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 20_000);
    return () => clearInterval(timer);
  }, []);
  return now;
}

export function Ago({ at }: { at: string }) {
  return (
    <time dateTime={at} title={absolute.format(new Date(at))} className="nowrap">
      {sayHowLongAgo(at, useNow())}
    </time>
  );
}

export function Moment({ at }: { at: string }) {
  return (
    <time dateTime={at} className="nowrap">
      {absolute.format(new Date(at))}
    </time>
  );
}

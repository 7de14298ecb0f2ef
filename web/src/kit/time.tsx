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
/** With the zone: "24 Nov 2026, 08:12:01 CET". */
const exact = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'long' });
const day = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium' });
const clock = new Intl.DateTimeFormat(undefined, { timeStyle: 'short' });
const seconds = new Intl.DateTimeFormat(undefined, {
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  hourCycle: 'h23',
});

/** The zone that all times here are told in: "Europe/Berlin". */
export const zoneHere = () => absolute.resolvedOptions().timeZone;
export const sayExactly = (at: string) => exact.format(new Date(at));
export const sayDay = (at: string) => day.format(new Date(at));
export const saySeconds = (at: string) => seconds.format(new Date(at));
export const isSameDay = (one: string, other: string) =>
  new Date(one).toDateString() === new Date(other).toDateString();

/** The hour and minute; with the day where that is not today. */
export function sayClock(at: string, nowMs: number): string {
  const when = new Date(at);
  const time = clock.format(when);
  return when.toDateString() === new Date(nowMs).toDateString() ? time : `${day.format(when)}, ${time}`;
}

/** "just now", "3 min. ago"; a clock that is a little ahead on the server counts as now. */
export function sayHowLongAgo(at: string, nowMs: number): string {
  const age = (nowMs - Date.parse(at)) / 1000;
  if (Number.isNaN(age)) return '';
  if (Math.abs(age) < 45) return 'just now';
  const [, unit, length] = steps.find(([limit]) => Math.abs(age) < limit - 30) ?? steps[4]!;
  return relative.format(-Math.round(age / length), unit);
}

/** "in 4 s", "in 3 min."; what is due: "now". */
export function sayHowSoon(at: string, nowMs: number): string {
  const ahead = (Date.parse(at) - nowMs) / 1000;
  if (Number.isNaN(ahead)) return '';
  if (ahead < 0.5) return 'now';
  if (ahead < 60) return `in ${Math.round(ahead)} s`;
  const [, unit, length] = steps.find(([limit]) => ahead < limit - 30) ?? steps[4]!;
  return relative.format(Math.round(ahead / length), unit);
}

export function sayDuration(lengthS: number): string {
  const days = Math.floor(lengthS / 86_400);
  const hours = Math.floor((lengthS % 86_400) / 3600);
  const minutes = Math.floor((lengthS % 3600) / 60);
  if (days > 0) return `${days} d ${hours} h`;
  if (hours > 0) return `${hours} h ${minutes} min`;
  return minutes > 0 ? `${minutes} min` : `${Math.max(0, Math.floor(lengthS))} s`;
}

/** The time in milliseconds; ticks every 20 s, or as often as said. */
export function useNow(everyMs = 20_000): number {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), everyMs);
    return () => clearInterval(timer);
  }, [everyMs]);
  return now;
}

export function Ago({ at }: { at: string }) {
  return (
    <time dateTime={at} title={sayExactly(at)} className="nowrap">
      {sayHowLongAgo(at, useNow())}
    </time>
  );
}

/** Of what is to come. */
export function Soon({ at }: { at: string }) {
  return (
    <time dateTime={at} title={sayExactly(at)} className="nowrap">
      {sayHowSoon(at, useNow(1_000))}
    </time>
  );
}

export function Moment({ at }: { at: string }) {
  return (
    <time dateTime={at} title={sayExactly(at)} className="nowrap">
      {absolute.format(new Date(at))}
    </time>
  );
}

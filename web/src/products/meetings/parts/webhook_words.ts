// What the events of webhooks and the states of what is sent are called.
import type { Delivery, NewWebhook, Webhook } from '../api/types';

export type Format = NonNullable<NewWebhook['format']>;

export const formatNames: Record<Format, string> = {
  envelope: 'Events in an envelope',
  legacy: 'As Vexa 0.6 sends them',
};

export const eventNames: Record<string, string> = {
  'meeting.started': 'The bot is in the call',
  'meeting.status_change': 'Each change of state',
  'meeting.completed': 'The meeting is over and all is done',
  'bot.failed': 'The bot failed',
  'transcription.ready': 'The transcript is complete',
  'recording.ready': 'A recording is complete',
  'meeting.summarized': 'The summary is written',
};

/** Vexa 0.6 knows no others. */
const legacyEvents = ['meeting.status_change', 'meeting.completed'];
export const eventsOf = (format: Format): string[] => (format === 'legacy' ? legacyEvents : Object.keys(eventNames));
export const usualEvents = (format: Format): string[] => (format === 'legacy' ? legacyEvents : ['meeting.completed']);

/** Those that are wanted; a program may have set others than those that occur. */
export const wantedEvents = ({ events }: Pick<Webhook, 'events'>): string[] =>
  Object.entries(events).flatMap(([name, wanted]) => (wanted === true ? [name] : []));

/** Whom the address belongs to: the rest of it may be long, and a secret. */
export function hostOf({ url }: Pick<Webhook, 'url'>): string {
  try {
    return new URL(url).host || url;
  } catch {
    return url;
  }
}

export const isTest = ({ meeting_id }: Pick<Delivery, 'meeting_id'>) => meeting_id === 0;

export const deliveryStates: Record<Delivery['state'], { name: string; tone: string }> = {
  waiting: { name: 'Waiting', tone: 'moving' },
  delivered: { name: 'Delivered', tone: 'running' },
  dead: { name: 'Given up', tone: 'failed' },
};

/** "2 tries, answer 503"; nothing before the first try. */
export function sayTries({ tries, status }: Pick<Delivery, 'tries' | 'status'>): string {
  if (tries === 0) return 'not tried yet';
  return `${tries === 1 ? '1 try' : `${tries} tries`}, ${status === 0 ? 'no answer' : `answer ${status}`}`;
}

/** For reading; what is no JSON stays as it is. */
export function layOut(body: string): string {
  try {
    return JSON.stringify(JSON.parse(body), null, 2);
  } catch {
    return body;
  }
}

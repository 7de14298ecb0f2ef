// What webhooks are told of, in words.
import type { Delivery, Webhook } from '../api/types';

/** In the order in which they happen. */
export const eventNames: Record<string, string> = {
  'meeting.started': 'A bot is in the call',
  'meeting.status_change': 'Every change of its state',
  'bot.failed': 'A bot could not get in, or broke off',
  'meeting.completed': 'The meeting is over',
  'transcription.ready': 'The transcript is whole',
  'recording.ready': 'A recording is whole',
  'meeting.summarized': 'There is a summary',
};

export const formatNames: Record<Webhook['format'], string> = {
  envelope: 'Troupe: one envelope for every event',
  legacy: 'Vexa 0.6: its two bodies',
};

/** What a webhook asks for when nobody says otherwise. */
export const usualEvents: readonly string[] = ['meeting.completed'];

/** The names that are switched on. */
export const eventsOf = ({ events }: Pick<Webhook, 'events'>): string[] =>
  Object.keys(events).filter((name) => events[name] === true);

/** As the server takes them: each by its name, true or false. */
export const asEvents = (wanted: readonly string[]): Record<string, boolean> =>
  Object.fromEntries(Object.keys(eventNames).map((name) => [name, wanted.includes(name)]));

export const sayEvents = (webhook: Pick<Webhook, 'events'>): string => {
  const names = eventsOf(webhook);
  return names.length === 0 ? 'nothing yet' : names.join(', ');
};

export const deliveryStates: Record<Delivery['state'], { name: string; tone: string }> = {
  waiting: { name: 'Waiting', tone: 'moving' },
  delivered: { name: 'Delivered', tone: 'running' },
  dead: { name: 'Given up', tone: 'failed' },
};

/** What became of the last try. */
export function sayDelivery({ state, tries, status, problem }: Delivery): string {
  const tried = tries === 1 ? '1 try' : `${tries} tries`;
  if (state === 'delivered') return `answered ${status}, ${tried}`;
  if (tries === 0) return 'not tried yet';
  return [status > 0 ? `answered ${status}` : undefined, problem, tried].filter(Boolean).join(', ');
}

// Delayed events, and what calls of many run over.
import { fresh, mine, note, public_ } from '../matrix_words.mjs';

const d = '/_matrix/client/unstable/org.matrix.msc4140';
const nobodys = { path: { delay_id: () => 'syd_attack' } };
/** Whoever has the id may, with a token or without. */
const managed = { ...public_, ...nobodys, good: [404] };

export const rows = {
  // One's own, into rooms that an attack before this one may have joined.
  [`GET ${d}/delayed_events`]: { ...mine, publicNames: 'and ids' },
  [`GET ${d}/delayed_events/{delay_id}`]: { ...mine, ...nobodys, good: [404] },
  [`PUT ${d}/rooms/{room_id}/delayed_event/{event_type}/{txn_id}`]: { ...mine, path: { event_type: () => 'm.room.message', txn_id: fresh('txn') },
    places: note, body: () => ({ delay_ms: 86_000_000, content: { msgtype: 'm.text', body: 'attack' } }) },
  [`POST ${d}/delayed_events/{delay_id}`]: { ...managed, body: () => ({ action: 'cancel' }) },
  ...Object.fromEntries(['cancel', 'restart', 'send'].map((what) => [`POST ${d}/delayed_events/{delay_id}/${what}`, managed])),
  'GET /_matrix/client/unstable/org.matrix.msc4143/rtc/transports': mine,
};

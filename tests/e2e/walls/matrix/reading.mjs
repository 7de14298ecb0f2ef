// Reading rooms, marks in them, presence.
import { both, c, event, inRoom, known, mine, ofEvent, room, self, v1 } from '../matrix_words.mjs';

const roomState = (method, type) => both(method, [`${c}/rooms/{room_id}/state/{event_type}`, `${c}/rooms/{room_id}/state/{event_type}/`],
  inRoom({ path: { event_type: () => type }, body: method === 'PUT' ? () => ({ name: 'attack' }) : undefined, by: 'admin' }));

export const rows = {
  [`GET ${c}/presence/{user_id}/status`]: { ...mine, places: self },
  [`PUT ${c}/presence/{user_id}/status`]: { ...mine, places: self, body: () => ({ presence: 'online', status_msg: 'attack' }) },
  [`GET ${c}/sync`]: [
    { ...mine, publicNames: true, places: { 'query.filter': 'filter' }, query: { timeout: () => '0' }, own: () => ({ 'query.filter': '' }) },
    { ...mine, publicNames: true, places: { 'query.filter': 'room' }, wrap: { 'query.filter': (id) => JSON.stringify({ room: { rooms: [id], include_leave: true, timeline: { rooms: [id] }, state: { rooms: [id] } } }) }, yes: 'a filter is no address', query: { full_state: () => 'true' }, moving: true },
    { ...mine, publicNames: true, control: false, places: { 'query.since': 'syncToken' }, query: { timeout: () => '0', full_state: () => 'true' } },
  ],
  [`POST ${c}/user/{user_id}/filter`]: { ...mine, places: self, body: () => ({ room: { timeline: { limit: 3 } } }) },
  [`GET ${c}/user/{user_id}/filter/{filter_id}`]: { ...mine, places: { ...self, 'path.filter_id': 'filter' } },
  [`GET ${c}/notifications`]: { ...mine, publicNames: true, control: false, places: { 'query.from': 'syncToken' }, query: { limit: () => '100' } },
  [`GET ${c}/rooms/{room_id}/messages`]: [
    inRoom({ query: { dir: () => 'b', limit: () => '100' } }),
    inRoom({ query: { dir: () => 'f', limit: () => '100' }, places: { ...room, 'query.from': 'syncToken' }, own: () => ({}) }),
    inRoom({ query: { dir: () => 'b' }, places: { ...room, 'query.filter': 'room' }, wrap: { 'query.filter': (id) => JSON.stringify({ rooms: [id], limit: 100 }) }, yes: 'a filter is no address', moving: true, control: false }),
  ],
  [`GET ${c}/rooms/{room_id}/event/{event_id}`]: ofEvent(),
  [`GET ${c}/rooms/{room_id}/initialSync`]: inRoom({ query: { limit: () => '100' } }),
  [`GET ${c}/events/{event_id}`]: { ...mine, places: { 'path.event_id': 'event' } },
  [`GET ${c}/rooms/{room_id}/context/{event_id}`]: ofEvent({ query: { limit: () => '100' } }),
  [`GET ${v1}/rooms/{room_id}/relations/{event_id}`]: ofEvent(),
  [`GET ${v1}/rooms/{room_id}/relations/{event_id}/{rel_type}`]: ofEvent({ path: { rel_type: () => 'm.thread' } }),
  [`GET ${v1}/rooms/{room_id}/relations/{event_id}/{rel_type}/{event_type}`]: ofEvent({ path: { rel_type: () => 'm.thread', event_type: () => 'm.room.message' } }),
  [`GET ${v1}/rooms/{room_id}/threads`]: inRoom({ query: { include: () => 'all' } }),
  [`GET ${v1}/rooms/{room_id}/timestamp_to_event`]: inRoom({ query: { ts: () => '1', dir: () => 'f' } }),
  [`GET ${c}/rooms/{room_id}/state`]: inRoom(),
  ...roomState('GET', 'm.room.name'),
  ...roomState('PUT', 'm.room.name'),
  [`GET ${c}/rooms/{room_id}/state/{event_type}/{state_key}`]: [
    inRoom({ path: { event_type: () => 'org.example.custom', state_key: () => 'key' } }),
    inRoom({ path: { event_type: () => 'm.room.member' }, places: { ...room, 'path.state_key': 'user' } }),
  ],
  [`PUT ${c}/rooms/{room_id}/state/{event_type}/{state_key}`]: [
    inRoom({ path: { event_type: () => 'org.example.custom', state_key: () => 'attack' }, body: () => ({ text: 'attack' }), by: 'admin' }),
    // Joining, inviting and banning by a state event.
    inRoom({ places: known, path: { event_type: () => 'm.room.member', state_key: (w, who) => who.id }, body: () => ({ membership: 'join' }) }),
    { ...mine, path: { room_id: (w) => w.roomId, event_type: () => 'm.room.member' }, places: { 'path.state_key': 'user' }, control: false, body: () => ({ membership: 'join' }) },
  ],
  [`GET ${c}/rooms/{room_id}/members`]: [inRoom(), inRoom({ places: { ...room, 'query.at': 'syncToken' } })],
  [`GET ${c}/rooms/{room_id}/joined_members`]: inRoom(),
  [`GET ${c}/joined_rooms`]: mine,
  [`PUT ${c}/rooms/{room_id}/typing/{user_id}`]: { ...mine, places: { ...room, ...self }, body: () => ({ typing: true, timeout: 1000 }) },
  [`POST ${c}/rooms/{room_id}/receipt/{receipt_type}/{event_id}`]: ofEvent({ path: { receipt_type: () => 'm.read' }, body: () => ({}) }),
  [`POST ${c}/rooms/{room_id}/read_markers`]: { ...mine, places: { ...room, body: 'event' }, wrap: { body: (id) => ({ 'm.fully_read': id, 'm.read': id }) } },
};

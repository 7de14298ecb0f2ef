// Synapse's admin API: rooms.
const a = '/_synapse/admin/v1';
const a2 = '/_synapse/admin/v2';
const admin = { role: 'admin' };
const inRoom = (more = {}) => ({ ...admin, places: { 'path.room_id': 'room' }, ...more });
const byAlias = (more = {}) => ({ ...admin, places: { 'path.room_id': 'roomOrAlias' }, ...more });
const ofEvent = { ...admin, places: { 'path.room_id': 'room', 'path.event_id': 'event' } };

export const rows = {
  [`GET ${a}/rooms`]: { ...admin, places: { 'query.search_term': 'words' } },
  [`GET ${a}/rooms/{room_id}`]: inRoom(),
  [`GET ${a}/rooms/{room_id}/members`]: inRoom(),
  [`GET ${a}/rooms/{room_id}/state`]: inRoom(),
  [`GET ${a}/rooms/{room_id}/messages`]: inRoom(),
  [`GET ${a}/rooms/{room_id}/hierarchy`]: inRoom({}),
  [`GET ${a}/rooms/{room_id}/timestamp_to_event`]: inRoom({ query: { ts: () => '0' } }),
  [`GET ${a}/rooms/{room_id}/context/{event_id}`]: ofEvent,
  [`GET ${a}/fetch_event/{event_id}`]: { ...admin, places: { 'path.event_id': 'event' } },
  [`GET ${a}/rooms/{room_id}/forward_extremities`]: byAlias(),
  [`DELETE ${a}/rooms/{room_id}/forward_extremities`]: byAlias(),
  [`GET ${a}/rooms/{room_id}/block`]: inRoom(),
  [`PUT ${a}/rooms/{room_id}/block`]: inRoom({ body: () => ({ block: true }), own: async (w) => ({ 'path.room_id': await w.room(w.member) }) }),
  [`POST ${a}/join/{room_id_or_alias}`]: { ...admin, places: { 'path.room_id_or_alias': 'roomOrAlias', 'body.user_id': 'user' }, body: () => ({}),
    own: async (w) => ({ 'path.room_id_or_alias': await w.room(w.member, [], { preset: 'public_chat' }) }) },
  [`POST ${a}/rooms/{room_id}/make_room_admin`]: byAlias({ body: () => ({}), own: async (w) => ({ 'path.room_id': await w.room(w.member) }) }),
  [`DELETE ${a}/rooms/{room_id}`]: inRoom({ body: () => ({}), own: spareRoom }),
  [`DELETE ${a2}/rooms/{room_id}`]: inRoom({ body: () => ({}), own: spareRoom, yes: 'what is left of a room can be removed, too' }),
  [`GET ${a2}/rooms/{room_id}/delete_status`]: inRoom({ good: [404] }),
  [`GET ${a2}/rooms/delete_status/{delete_id}`]: { ...admin, good: [404], path: { delete_id: () => 'attack' } },
  [`POST ${a}/purge_history/{room_id}`]: inRoom({ body: () => ({ purge_up_to_ts: 4e12 }), own: spareRoom }),
  [`POST ${a}/purge_history/{room_id}/{event_id}`]: { ...ofEvent, body: () => ({}) },
  [`GET ${a}/purge_history_status/{purge_id}`]: { ...admin, good: [404], path: { purge_id: () => 'attack' } },
};

async function spareRoom(w) {
  return { 'path.room_id': await w.room(w.member) };
}

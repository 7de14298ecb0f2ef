// What changes rooms, and the directory.
import { c, fresh, inRoom, known, meet, mine, ofEvent, public_, room, ruled } from '../matrix_words.mjs';

const lobby = { 'path.room_id': { kind: 'room', told: ruled, own: (w) => w.lobbyId } };
const text = () => ({ msgtype: 'm.text', body: 'attack' });

export const rows = {
  [`POST ${c}/createRoom`]: [
    { ...mine, body: () => ({ preset: 'private_chat' }) },
    { ...mine, control: false, places: { 'body.invite.0': { kind: 'user', open: meet } }, body: () => ({ preset: 'private_chat', invite: [] }) },
    { ...mine, control: false, places: { 'body.room_alias_name': { kind: 'aliasName', told: ruled } }, body: () => ({ preset: 'private_chat' }) },
  ],
  [`PUT ${c}/rooms/{room_id}/send/{event_type}/{txn_id}`]: inRoom({ path: { event_type: () => 'm.room.message', txn_id: fresh('txn') }, body: text }),
  [`PUT ${c}/rooms/{room_id}/redact/{event_id}/{txn_id}`]: ofEvent({ path: { txn_id: fresh('txn') }, body: () => ({}),
    own: async (w) => ({ 'path.event_id': await w.member.matrix.send(w.roomId, 'to be redacted') }) }),
  [`POST ${c}/rooms/{room_id}/upgrade`]: inRoom({ body: () => ({ new_version: '11' }), by: 'admin', own: async (w) => ({ 'path.room_id': await w.room(w.admin) }) }),
  [`POST ${c}/join/{room_id_or_alias}`]: { ...mine, places: { 'path.room_id_or_alias': { kind: 'roomOrAlias', told: ruled } }, body: () => ({}) },
  [`POST ${c}/rooms/{room_id}/join`]: { ...mine, places: { 'path.room_id': { kind: 'room', told: ruled } }, body: () => ({}) },
  [`POST ${c}/knock/{room_id_or_alias}`]: { ...mine, places: { 'path.room_id_or_alias': { kind: 'roomOrAlias', told: ruled } }, body: () => ({}), own: async (w) => ({ 'path.room_id_or_alias': (await knockable(w)) }) },
  [`POST ${c}/rooms/{room_id}/leave`]: inRoom({ body: () => ({}), own: async (w) => ({ 'path.room_id': await w.room(w.member) }) }),
  [`POST ${c}/rooms/{room_id}/forget`]: inRoom({ places: known, body: () => ({}), own: async (w) => { const id = await w.room(w.member); await w.member.matrix.request('POST', `${c}/rooms/${encodeURIComponent(id)}/leave`, {}); return { 'path.room_id': id }; } }),
  [`POST ${c}/rooms/{room_id}/invite`]: { ...mine, places: { ...lobby, 'body.user_id': { kind: 'user', open: meet } }, body: () => ({}), by: 'admin', own: async (w) => ({ 'body.user_id': (await w.person(w.fresh('guest'))).id }) },
  ...Object.fromEntries(['kick', 'ban', 'unban'].map((what) => [`POST ${c}/rooms/{room_id}/${what}`, {
    ...mine, places: { ...lobby, 'body.user_id': { kind: 'user', open: 'a room\'s moderators may shut out whom they like: Matrix has it so' } }, body: () => ({}), by: 'admin',
    own: async (w) => { const guest = await w.person(w.fresh('guest')); const id = await w.room(w.admin, [guest]);
      if (what === 'unban') await w.admin.matrix.request('POST', `${c}/rooms/${encodeURIComponent(id)}/ban`, { user_id: guest.id });
      return { 'path.room_id': id, 'body.user_id': guest.id }; } }])),
  [`GET ${c}/directory/room/{alias}`]: { ...public_, publicNames: 'and ids', places: { 'path.alias': { kind: 'alias', open: 'an alias is there to be found: Matrix has it so' } } },
  [`PUT ${c}/directory/room/{alias}`]: [
    { ...mine, places: { 'path.alias': { kind: 'alias', told: ruled } }, body: (w) => ({ room_id: w.roomId }), control: false },
    { ...mine, path: { alias: (w) => `#${w.fresh('alias')}:localhost` }, places: { 'body.room_id': { kind: 'room', told: ruled } }, body: () => ({}) },
  ],
  [`DELETE ${c}/directory/room/{alias}`]: { ...mine, places: { 'path.alias': { kind: 'alias', told: ruled } }, own: async (w) => { const alias = `#${w.fresh('alias')}:localhost`;
    await w.member.matrix.request('PUT', `${c}/directory/room/${encodeURIComponent(alias)}`, { room_id: w.roomId }); return { 'path.alias': alias }; } },
  [`GET ${c}/rooms/{room_id}/aliases`]: inRoom(),
  [`GET ${c}/directory/list/room/{room_id}`]: { ...public_, places: { 'path.room_id': { kind: 'room', open: ruled } } },
  [`PUT ${c}/directory/list/room/{room_id}`]: inRoom({ places: known, body: () => ({ visibility: 'private' }), by: 'admin' }),
  [`GET ${c}/publicRooms`]: public_,
  [`POST ${c}/publicRooms`]: { ...mine, places: { 'body.filter.generic_search_term': 'words' }, body: () => ({}) },
};

async function knockable(w) {
  return w.room(w.admin, [], { initial_state: [{ type: 'm.room.join_rules', state_key: '', content: { join_rule: 'knock' } }] });
}

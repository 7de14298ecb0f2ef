// Rooms as they are looked at from outside.
import { both, inRoom, meet, mine, v1 } from '../matrix_words.mjs';

const unstable = '/_matrix/client/unstable';
const summary = { ...mine, ifAny: true, places: { 'path.room_id_or_alias': 'roomOrAlias' } };

export const rows = {
  [`GET ${v1}/rooms/{room_id}/hierarchy`]: inRoom(),
  ...both('GET', [`${v1}/room_summary/{room_id_or_alias}`, `${unstable}/im.nheko.summary/summary/{room_id_or_alias}`,
    `${unstable}/im.nheko.summary/rooms/{room_id_or_alias}/summary`], summary),
  ...both('GET', [`${v1}/mutual_rooms`, `${unstable}/uk.half-shot.msc2666/user/mutual_rooms`],
    { ...mine, places: { 'query.user_id': { kind: 'user', open: meet, own: (w) => w.admin.id } } }),
};

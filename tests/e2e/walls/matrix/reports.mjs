// Reports of events, rooms and people, and what administrators see of them.
import { c, meet, mine, ofEvent } from '../matrix_words.mjs';

const body = () => ({ reason: 'attack' });
const id = { report_id: () => '900001' };
const admin = { role: 'admin' };

export const rows = {
  [`POST ${c}/rooms/{room_id}/report/{event_id}`]: ofEvent({ body: () => ({ reason: 'attack', score: -50 }) }),
  [`POST ${c}/rooms/{room_id}/report`]: { ...mine, body, places: { 'path.room_id': { kind: 'room', open: 'whoever knows the id of a room may report it without being in it: Matrix has it so' } } },
  [`POST ${c}/users/{user_id}/report`]: { ...mine, body, places: { 'path.user_id': { kind: 'user', open: meet } } },
  ...Object.fromEntries(['event', 'room', 'user'].flatMap((kind) => [
    [`GET /_synapse/admin/v1/${kind}_reports`, admin],
    [`GET /_synapse/admin/v1/${kind}_reports/{report_id}`, { ...admin, path: id, good: [404] }],
    [`DELETE /_synapse/admin/v1/${kind}_reports/{report_id}`, { ...admin, path: id, good: [404] }],
  ])),
};

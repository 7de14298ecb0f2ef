// What the rows of walls/matrix/ are put together from.
export const c = '/_matrix/client/v3';
export const v1 = '/_matrix/client/v1';
export const mine = { role: 'member' };
export const public_ = { role: 'nobody' };
export const ruled = 'a room\'s id is 43 random characters and an alias is public: whoever names one knows it already';
export const meet = 'people of one homeserver may invite, write to and find each other: Matrix has it so';
export const room = { 'path.room_id': 'room' };
export const known = { 'path.room_id': { kind: 'room', told: ruled } };
export const note = { 'path.room_id': { kind: 'room', open: 'a note of one\'s own about a room, which nobody else sees' } };
export const self = { 'path.user_id': 'self' };
export const event = { ...room, 'path.event_id': 'event' };
export const fresh = (what) => (w) => w.fresh(what);
export const both = (method, paths, entry) => Object.fromEntries(paths.map((path) => [`${method} ${path}`, entry]));
export const inRoom = (more = {}) => ({ ...mine, places: room, ...more });
/** An event id of another room in one's own, and one's own in another's. */
export const ofEvent = (more = {}) => ({ ...mine, ...more, places: { ...event, ...more.places } });
export const byPassword = (who) => ({ type: 'm.login.password', identifier: { type: 'm.id.user', user: who.id }, password: who.password });

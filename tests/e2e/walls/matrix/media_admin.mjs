// Synapse's admin API of uploads.
const a = '/_synapse/admin/v1';
const admin = { role: 'admin' };
const user = { 'path.user_id': 'user' };
const file = { server: () => 'localhost' };
const before = { before_ts: () => '50000000000' };
// What changes an upload is tried on one of the caller's own.
const own = async (w) => ({ 'path.media_id': await upload(w) });
const ofFile = (more = {}) => ({ ...admin, path: file, places: { 'path.media_id': 'media' }, ...more });
const spare = async (w) => ({ 'path.user_id': (await w.person(w.fresh('spare'))).id });

export const rows = {
  [`GET ${a}/users/{user_id}/media`]: { ...admin, places: user },
  [`DELETE ${a}/users/{user_id}/media`]: { ...admin, places: user, own: spare },
  [`GET ${a}/statistics/users/media`]: admin,
  [`GET ${a}/media/quarantine_changes`]: admin,
  [`GET ${a}/media/{server}/{media_id}`]: ofFile(),
  [`DELETE ${a}/media/{server}/{media_id}`]: ofFile({ own }),
  [`POST ${a}/media/quarantine/{server}/{media_id}`]: ofFile({ own }),
  [`POST ${a}/media/unquarantine/{server}/{media_id}`]: ofFile({ own }),
  [`POST ${a}/media/protect/{media_id}`]: { ...admin, places: { 'path.media_id': 'media' }, own },
  [`POST ${a}/media/unprotect/{media_id}`]: { ...admin, places: { 'path.media_id': 'media' }, own },
  [`POST ${a}/user/{user_id}/media/quarantine`]: { ...admin, places: user, own: spare },
  [`GET ${a}/room/{room_id}/media`]: { ...admin, places: { 'path.room_id': 'room' } },
  [`POST ${a}/room/{room_id}/media/quarantine`]: { ...admin, places: { 'path.room_id': 'room' }, own: async (w) => ({ 'path.room_id': await w.room(w.member) }) },
  // With a time at which nothing had been uploaded yet.
  [`POST ${a}/media/delete`]: { ...admin, query: before },
  [`POST ${a}/media/{server}/delete`]: { ...admin, path: file, query: before },
  [`POST ${a}/purge_media_cache`]: { ...admin, query: before },
};

async function upload(w) {
  const made = await w.member.matrix.raw('POST', '/_matrix/media/v3/upload', new TextEncoder().encode(w.fresh('a file')), { 'content-type': 'text/plain' });
  return made.body.content_uri.split('/').pop();
}

// The Matrix listener's operations, in the form that platform.mjs explains. Besides:
//   open         in a place: why everybody on a homeserver may do this to or with others (Matrix is so); only leaks are looked for
//   publicNames  shows the names that Matrix shows to everybody; 'and ids': ids that the caller may know, too
//   wrap         {place: (id) => value} where the id stands inside of something
//   fine         statuses from 500 on that are the specification's answer
//   moving       its answer goes with the time: only leaks are looked for
//   ends         the fitting request of a locked account succeeds: signing out is all it may do
const ruled = 'a room\'s id is 43 random characters and an alias is public: whoever names one knows it already';
const c = '/_matrix/client/v3';
const v1 = '/_matrix/client/v1';
const room = { 'path.room_id': 'room' };
const known = { 'path.room_id': { kind: 'room', told: ruled } };
const lobby = { 'path.room_id': { kind: 'room', told: ruled, own: (w) => w.lobbyId } };
const note = { 'path.room_id': { kind: 'room', open: 'a note of one\'s own about a room, which nobody else sees' } };
const self = { 'path.user_id': 'self' };
const meet = 'people of one homeserver may invite, write to and find each other: Matrix has it so';
const public_ = { role: 'nobody' };
const mine = { role: 'member' };
const text = () => ({ msgtype: 'm.text', body: 'attack' });
const fresh = (what) => (w) => w.fresh(what);
const backup = { auth_data: { public_key: 'attack', signatures: {} }, algorithm: 'm.megolm_backup.v1.curve25519-aes-sha2' };
const sessionData = { first_message_index: 0, forwarded_count: 0, is_verified: true, session_data: { ciphertext: 'attack', ephemeral: 'e', mac: 'm' } };

const both = (method, paths, entry) => Object.fromEntries(paths.map((path) => [`${method} ${path}`, entry]));
const inRoom = (more = {}) => ({ ...mine, places: room, ...more });
const event = { ...room, 'path.event_id': 'event' };
/** An event id of another room in one's own, and one's own in another's. */
const ofEvent = (more = {}) => ({ ...mine, ...more, places: { ...event, ...more.places } });
const byPassword = (who) => ({ type: 'm.login.password', identifier: { type: 'm.id.user', user: who.id }, password: who.password });
const roomState = (method, type) => both(method, [`${c}/rooms/{room_id}/state/{event_type}`, `${c}/rooms/{room_id}/state/{event_type}/`],
  inRoom({ path: { event_type: () => type }, body: method === 'PUT' ? () => ({ name: 'attack' }) : undefined, by: 'admin' }));
const download = (file) => ({ ...mine, path: { server: () => 'localhost', ...(file ? { file_name: () => 'file.txt' } : {}) },
  query: { timeout_ms: () => '1' }, publicNames: true, fine: [504], places: { 'path.media_id': { kind: 'media', open: 'whoever is signed in and knows the address of a file may fetch it: Matrix has it so' } } });

export const matrix = {
  'GET /': public_,
  'GET /health': public_,
  'GET /ready': public_,
  'GET /_synapse/metrics': { role: 'metrics' },
  'GET /_matrix/client/versions': public_,
  'GET /.well-known/matrix/client': public_,
  [`GET ${c}/capabilities`]: mine,
  [`GET ${c}/voip/turnServer`]: mine,
  [`GET ${c}/thirdparty/protocols`]: mine,
  [`GET ${c}/thirdparty/protocol/{protocol}`]: { ...mine, path: { protocol: () => 'irc' }, good: [404] },
  [`GET ${c}/thirdparty/location`]: mine,
  [`GET ${c}/thirdparty/location/{protocol}`]: { ...mine, path: { protocol: () => 'irc' }, good: [404] },
  [`GET ${c}/thirdparty/user`]: mine,
  [`GET ${c}/thirdparty/user/{protocol}`]: { ...mine, path: { protocol: () => 'irc' }, good: [404] },

  [`GET ${c}/login`]: public_,
  [`POST ${c}/login`]: [
    { ...public_, body: (w) => byPasswordLogin(w.second) },
    { ...public_, control: false, places: { 'body.identifier.user': 'user' }, body: () => ({ type: 'm.login.password', identifier: { type: 'm.id.user' }, password: 'a-wrong-password' }) },
  ],
  ...both('POST', [`${c}/refresh`, `${v1}/refresh`], { ...public_, good: [401, 403], body: () => ({ refresh_token: 'syr_0123456789' }) }),
  [`POST ${c}/logout`]: { ...mine, ends: true, keeps: 'it ends the session' },
  [`POST ${c}/logout/all`]: { ...mine, ends: true, keeps: 'it ends the session' },
  [`POST ${c}/register`]: { ...public_, good: [403], body: () => ({ username: 'attacker', password: 'a-password-of-twelve' }) },
  [`GET ${c}/register/available`]: { ...public_, good: [403], control: false, places: { 'query.username': { kind: 'name', told: 'the names of a homeserver are known to whoever may register' } } },
  [`GET ${v1}/register/m.login.registration_token/validity`]: { ...public_, good: [200, 403], query: { token: () => 'attack' } },
  'GET /_synapse/admin/v1/register': public_,
  'POST /_synapse/admin/v1/register': { ...public_, good: [400, 403], body: () => ({ nonce: 'attack', username: 'attacker', password: 'a-password-of-twelve', admin: true, mac: 'a'.repeat(40) }) },

  [`GET ${c}/account/whoami`]: mine,
  [`GET ${c}/account/3pid`]: mine,
  [`POST ${c}/account/password`]: { ...mine, good: [401], places: { 'body.auth.identifier.user': 'self' }, body: (w, who) => ({ new_password: 'a-password-of-twelve', auth: { ...byPassword(who), password: 'a-wrong-password' } }) },
  [`POST ${c}/account/deactivate`]: { ...mine, good: [401], places: { 'body.auth.identifier.user': 'self' }, body: (w, who) => ({ auth: { ...byPassword(who), password: 'a-wrong-password' } }) },
  [`POST ${c}/user/{user_id}/openid/request_token`]: { ...mine, places: self },
  'GET /_matrix/federation/v1/openid/userinfo': { ...public_, good: [401], query: { access_token: () => 'attack' } },
  [`GET ${c}/devices`]: mine,
  [`GET ${c}/devices/{device_id}`]: { ...mine, places: { 'path.device_id': 'device' } },
  [`PUT ${c}/devices/{device_id}`]: { ...mine, places: { 'path.device_id': 'device' }, body: () => ({ display_name: 'attack' }) },
  [`DELETE ${c}/devices/{device_id}`]: { ...mine, good: [401], yes: 'the answer asks for the password first, whatever the device', places: { 'path.device_id': 'device' }, body: (w, who) => ({ auth: { ...byPassword(who), password: 'a-wrong-password' } }) },
  [`POST ${c}/delete_devices`]: { ...mine, good: [401], places: { 'body.devices.0': 'device' }, body: (w, who) => ({ devices: [], auth: { ...byPassword(who), password: 'a-wrong-password' } }) },
  [`GET ${c}/profile/{user_id}`]: { ...public_, publicNames: true, places: { 'path.user_id': { kind: 'user', open: meet } } },
  [`GET ${c}/profile/{user_id}/{field}`]: { ...public_, publicNames: true, path: { field: () => 'displayname' }, places: { 'path.user_id': { kind: 'user', open: meet } } },
  [`PUT ${c}/profile/{user_id}/{field}`]: { ...mine, path: { field: () => 'displayname' }, places: self, body: () => ({ displayname: 'attacked' }) },
  [`DELETE ${c}/profile/{user_id}/{field}`]: { ...mine, path: { field: () => 'org.example.none' }, places: self, good: [200, 404] },
  [`POST ${c}/user_directory/search`]: { ...mine, publicNames: true, places: { 'body.search_term': { kind: 'words', open: meet } }, body: () => ({ limit: 50 }) },
  [`GET ${c}/pushers`]: mine,
  [`POST ${c}/pushers/set`]: [
    { ...mine, body: (w) => ({ app_id: 'attack', pushkey: w.fresh('push'), kind: 'http', lang: 'en', app_display_name: 'a', device_display_name: 'a', data: { url: 'https://push.example.org/_matrix/push/v1/notify' } }) },
    // Takes nothing of others away but what Matrix has it take: the same app and key, `append` false.
    { ...mine, control: false, body: (w) => ({ app_id: `${w.name}.none`, pushkey: 'none', kind: null }) },
  ],
  [`GET ${v1}/admin/lock/{user_id}`]: { role: 'admin', places: { 'path.user_id': 'user' } },
  [`PUT ${v1}/admin/lock/{user_id}`]: { role: 'admin', places: { 'path.user_id': 'user' }, body: () => ({ locked: true }), own: async (w) => ({ 'path.user_id': (await w.person(w.fresh('spare'))).id }) },
  [`GET ${c}/presence/{user_id}/status`]: { ...mine, places: self },
  [`PUT ${c}/presence/{user_id}/status`]: { ...mine, places: self, body: () => ({ presence: 'online', status_msg: 'attack' }) },

  [`GET ${c}/sync`]: [
    { ...mine, publicNames: true, places: { 'query.filter': 'filter' }, query: { timeout: () => '0' }, own: () => ({ 'query.filter': '' }) },
    { ...mine, publicNames: true, places: { 'query.filter': 'room' }, wrap: { 'query.filter': (id) => JSON.stringify({ room: { rooms: [id], include_leave: true, timeline: { rooms: [id] }, state: { rooms: [id] } } }) }, yes: 'a filter is no address', query: { full_state: () => 'true' }, moving: true },
    { ...mine, publicNames: true, control: false, places: { 'query.since': 'syncToken' }, query: { timeout: () => '0', full_state: () => 'true' } },
  ],
  [`POST ${c}/user/{user_id}/filter`]: { ...mine, places: self, body: () => ({ room: { timeline: { limit: 3 } } }) },
  [`GET ${c}/user/{user_id}/filter/{filter_id}`]: { ...mine, places: { ...self, 'path.filter_id': 'filter' } },
  [`GET ${c}/rooms/{room_id}/messages`]: [
    inRoom({ query: { dir: () => 'b', limit: () => '100' } }),
    inRoom({ query: { dir: () => 'f', limit: () => '100' }, places: { ...room, 'query.from': 'syncToken' }, own: () => ({}) }),
    inRoom({ query: { dir: () => 'b' }, places: { ...room, 'query.filter': 'room' }, wrap: { 'query.filter': (id) => JSON.stringify({ rooms: [id], limit: 100 }) }, yes: 'a filter is no address', moving: true, control: false }),
  ],
  [`GET ${c}/rooms/{room_id}/event/{event_id}`]: ofEvent(),
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
  [`GET ${c}/user/{user_id}/account_data/{type}`]: { ...mine, path: { type: () => 'org.example.secret' }, places: self },
  [`PUT ${c}/user/{user_id}/account_data/{type}`]: { ...mine, path: { type: () => 'org.example.attack' }, places: self, body: () => ({ text: 'attack' }) },
  [`GET ${c}/user/{user_id}/rooms/{room_id}/account_data/{type}`]: { ...mine, path: { type: () => 'org.example.secret' }, places: { ...self, ...known } },
  [`PUT ${c}/user/{user_id}/rooms/{room_id}/account_data/{type}`]: { ...mine, path: { type: () => 'org.example.attack' }, places: { ...self, ...note }, body: () => ({ text: 'attack' }) },
  [`GET ${c}/user/{user_id}/rooms/{room_id}/tags`]: { ...mine, path: { room_id: (w) => w.roomId }, places: self },
  [`PUT ${c}/user/{user_id}/rooms/{room_id}/tags/{tag}`]: { ...mine, path: { tag: () => 'u.attack' }, places: { ...self, ...note }, body: () => ({}) },
  [`DELETE ${c}/user/{user_id}/rooms/{room_id}/tags/{tag}`]: { ...mine, places: { ...self, ...note, 'path.tag': 'tag' }, yes: 'what is not there is gone' },
  [`PUT ${c}/rooms/{room_id}/typing/{user_id}`]: { ...mine, places: { ...room, ...self }, body: () => ({ typing: true, timeout: 1000 }) },
  [`POST ${c}/rooms/{room_id}/receipt/{receipt_type}/{event_id}`]: ofEvent({ path: { receipt_type: () => 'm.read' }, body: () => ({}) }),
  [`POST ${c}/rooms/{room_id}/read_markers`]: { ...mine, places: { ...room, body: 'event' }, wrap: { body: (id) => ({ 'm.fully_read': id, 'm.read': id }) } },

  [`POST ${c}/keys/upload`]: { ...mine, control: false, places: { 'body.device_keys.user_id': 'self' }, body: (w, who) => ({ device_keys: { device_id: who.device ?? 'NONE', algorithms: [], keys: {}, signatures: {} } }) },
  [`POST ${c}/keys/query`]: { ...mine, publicNames: true, places: { 'body.device_keys': { kind: 'user', open: meet } }, wrap: { 'body.device_keys': (id) => ({ [id]: [] }) }, body: () => ({}) },
  [`POST ${c}/keys/claim`]: { ...mine, places: { 'body.one_time_keys': { kind: 'user', open: meet } }, wrap: { 'body.one_time_keys': (id) => ({ [id]: { NONE: 'signed_curve25519' } }) }, body: () => ({}) },
  [`POST ${c}/keys/device_signing/upload`]: { ...mine, good: [200, 400, 401], control: false, places: { 'body.master_key.user_id': 'self' }, body: () => ({ master_key: { usage: ['master'], keys: { 'ed25519:attack': 'attack' } } }) },
  [`POST ${c}/keys/signatures/upload`]: { ...mine, control: false, places: { body: { kind: 'user', open: meet } }, wrap: { body: (id) => ({ [id]: { NONE: { user_id: id, device_id: 'NONE', keys: {}, algorithms: [], signatures: {} } } }) } },
  [`GET ${c}/keys/changes`]: { ...mine, publicNames: true, places: { 'query.from': 'syncToken' }, query: { to: (w) => w.syncToken } },
  [`PUT ${c}/sendToDevice/{event_type}/{txn_id}`]: { ...mine, path: { event_type: () => 'org.example.attack', txn_id: fresh('txn') }, places: { 'body.messages': { kind: 'user', open: meet } }, wrap: { 'body.messages': (id) => ({ [id]: { '*': { text: 'attack' } } }) }, body: () => ({}) },
  [`POST ${c}/room_keys/version`]: { ...mine, keeps: 'the version of the one who tries would grow to the victim\'s', body: () => backup, by: 'second' },
  ...both('GET', [`${c}/room_keys/version`, `${c}/room_keys/version/`], { ...mine }),
  [`GET ${c}/room_keys/version/{version}`]: { ...mine, places: { 'path.version': 'version' } },
  [`PUT ${c}/room_keys/version/{version}`]: { ...mine, places: { 'path.version': 'version' }, body: () => backup },
  [`DELETE ${c}/room_keys/version/{version}`]: { ...mine, places: { 'path.version': 'version' }, yes: 'what is not there is gone', own: async (w) => ({ 'path.version': (await w.member.matrix.request('POST', `${c}/room_keys/version`, backup)).version }) },
  ...Object.fromEntries(['', '/{room_id}', '/{room_id}/{session_id}'].flatMap((deep) => ['PUT', 'GET', 'DELETE'].map((method) => [`${method} ${c}/room_keys/keys${deep}`, {
    ...mine, publicNames: 'and ids', places: { 'query.version': 'version', ...(deep ? note : {}), ...(deep.includes('session') ? { 'path.session_id': { kind: 'backupSession', open: 'a name of one\'s own' } } : {}) },
    own: async (w) => { // into the newest backup, and out of it
      const { version } = await w.member.matrix.request('GET', `${c}/room_keys/version`);
      await w.member.matrix.request('PUT', `${c}/room_keys/keys/${encodeURIComponent(w.roomId)}/${w.backupSession}?version=${version}`, sessionData);
      return { 'query.version': version };
    },
    body: method !== 'PUT' ? undefined : (w) => (deep.includes('session') ? sessionData : deep ? { sessions: { [w.backupSession]: sessionData } } : { rooms: {} }) }]))),

  ...both('GET', ['', '/', '/global', '/global/', '/global/{kind}', '/global/{kind}/'].map((end) => `${c}/pushrules${end}`), { ...mine, path: { kind: () => 'content' } }),
  ...Object.fromEntries([['GET', ''], ['PUT', ''], ['GET', '/enabled'], ['PUT', '/enabled'], ['GET', '/actions'], ['PUT', '/actions'], ['DELETE', '']].map(([method, end]) =>
    [`${method} ${c}/pushrules/global/{kind}/{rule_id}${end}`, { ...mine, path: { kind: () => 'content', rule_id: fresh('rule') }, places: end === '' && method === 'PUT' ? {} : { 'path.rule_id': 'rule' },
      body: method !== 'PUT' ? undefined : () => (end === '/enabled' ? { enabled: true } : end === '/actions' ? { actions: ['notify'] } : { pattern: 'attack', actions: ['notify'] }) }])),

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

  [`GET ${v1}/media/config`]: mine,
  'GET /_matrix/media/v3/config': mine,
  [`GET ${v1}/media/download/{server}/{media_id}`]: download(),
  [`GET ${v1}/media/download/{server}/{media_id}/{file_name}`]: download(true),
  [`GET ${v1}/media/thumbnail/{server}/{media_id}`]: { ...download(), query: { width: () => '10', height: () => '10', timeout_ms: () => '1' }, good: [200, 400, 404] },
  'GET /_matrix/media/v3/download/{server}/{media_id}': { ...download(), optional: true },
  'GET /_matrix/media/v3/download/{server}/{media_id}/{file_name}': { ...download(true), optional: true },
  'GET /_matrix/media/v3/thumbnail/{server}/{media_id}': { ...download(), optional: true, query: { width: () => '10', height: () => '10', timeout_ms: () => '1' }, good: [200, 400, 404] },
  'POST /_matrix/media/v3/upload': { ...mine, headers: () => ({ 'content-type': 'text/plain' }), body: () => 'attack' },
  'PUT /_matrix/media/v3/upload/{server}/{media_id}': { ...mine, path: { server: () => 'localhost' }, headers: () => ({ 'content-type': 'text/plain' }), body: () => 'attack',
    places: { 'path.media_id': { kind: 'media', told: 'a file\'s address is random and known only to whom it was given' } },
    own: async (w) => ({ 'path.media_id': (await w.member.matrix.request('POST', '/_matrix/media/v3/create')).content_uri.split('/').pop() }) },
  'POST /_matrix/media/v3/create': mine,
};

function byPasswordLogin(who) {
  return { type: 'm.login.password', identifier: { type: 'm.id.user', user: who.local }, password: who.password };
}
async function knockable(w) {
  return w.room(w.admin, [], { initial_state: [{ type: 'm.room.join_rules', state_key: '', content: { join_rule: 'knock' } }] });
}

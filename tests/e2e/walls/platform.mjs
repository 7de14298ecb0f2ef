// The platform listener's operations: who may, what stands in their places, and a request that would succeed.
//
// An entry says
//   role      the least role: nobody, member, operator, admin (metrics: whoever may scrape)
//   routeRole what the route itself asks for, where the handler asks for more
//   scope     what a key must have, if anything; scopeInHandler: the handler asks for it, not the route
//   places    where an id can stand: 'path.x', 'query.x', 'body.x.0', 'header.x' → a kind of kinds.mjs, or {kind, told:
//             why whoever asks may learn that it is taken}
//   path, query, headers, body   what else a fitting request has: (world) => value
//   same      {place: the place whose value it repeats}
//   own       (world) => {place: value} of what may perish, for operations that end something
//   unscoped  a key that is limited to scopes may not, whatever its scopes
//   good      statuses of success (200)
//   excused   (answer) => whether another one says nothing about who may
//   control   false: no fitting request of this kind exists, only the attack
//   by        whose session the fitting request needs, where the least role will not do
//   server    only an administrator of the default tenant may
//   optional  the credential is looked at by the handler: no caller is 401, never 400
//   ifAny     nobody may ask, too; a credential that is there must be good
//   yes       why the answer to what is not there may be a success
//   stream    answers with events
//   sameSite  makes a session: a request from another site is refused
//   keeps     why nobody living tries it in passing: it would end the caller's own session
const password = 'a-password-of-twelve';
const form = (fields) => (w) => new URLSearchParams(Object.entries(fields(w)));
const at = (kind) => ({ 'path.bot_id': kind ?? 'bot' });
const unique = 'user names and bot ids are unique on a homeserver, whoever asks';

const bots = { scope: 'bots' };
const users = { scope: 'users' };
const admin = { role: 'admin', scope: 'admin' };
const filters = { 'query.search': 'words' };
const assistant = { role: 'member', scope: 'assistant' };
const ofTask = { ...assistant, places: { 'path.task_id': 'task' } };
const meetings = { role: 'member', scope: 'bots' };
const ofMeeting = { ...meetings, places: { 'path.meeting_id': 'meeting' } };
const ofWebhook = { ...meetings, places: { 'path.webhook_id': 'webhook' } };
const ofConversation = { ...assistant, places: { 'path.conversation_id': 'conversation' } };
/** Vexa's dialect stands at the root and below /vexa. */
const dialect = (method, path, entry) => ({ [`${method} ${path}`]: entry, [`${method} /vexa${path}`]: entry });
const ofCall = { ...meetings, path: { platform: () => 'jitsi' }, places: { 'path.native_meeting_id': 'call' } };
/** What a bot in a call is told. */
const acted = [202, 404, 409, 501];
/** One secret opens these, and no caller has it. */
const shut = (method, path, names = {}) => dialect(method, path, { role: 'nobody', routeRole: 'admin', good: [403], path: names, ...(method === 'GET' || method === 'DELETE' ? {} : { body: () => ({}) }) });
/** A webhook that may be deleted. */
const spareWebhook = async (w, who) => ({ 'path.webhook_id': await w.webhook(who ?? w.member) });
/** A task that may be ended. */
const spareTask = async (w, who) => ({ 'path.task_id': (await w.task(who ?? w.member)).task_id });
/** A conversation that may be deleted. */
const spareConversation = async (w, who) => ({ 'path.conversation_id': (await w.task(who ?? w.member)).conversation_id });

/** A bot that may be stopped or deleted. */
const spareBot = async (w) => ({ 'path.bot_id': (await w.bot()).bot_id });
const sparePerson = async (w) => ({ 'path.user_id': (await w.person(w.fresh('spare'))).local });

const spareRoom = async (w) => ({ 'path.room_id': await w.room(w.member) });
const spareFile = async (w) => {
  const made = await w.member.matrix.raw('POST', '/_matrix/media/v3/upload', new TextEncoder().encode(w.fresh('a file')), { 'content-type': 'text/plain' });
  return { 'path.media_id': made.body.content_uri.split('/').pop() };
};

/** One that can be played. */
const spareSound = async (w) => {
  const made = await w.member.matrix.raw('POST', '/_matrix/media/v3/upload', new TextEncoder().encode(w.fresh('a sound')), { 'content-type': 'audio/ogg' });
  return { 'path.media_id': made.body.content_uri.split('/').pop() };
};

const sparePack = async (w) => ({ 'path.service': await w.pack(w.fresh('spare').replaceAll('-', '_')) });

/** Only the last ten are remembered. */
const freshImport = async (w) => ({ 'path.import_id': await w.import(`${w.fresh('row')},,,\n`) });

/** A busy machine's disk is slow now and then, which /health says for a minute. */
const isSlowDisk = ({ status, text }) => status === 503 && text.startsWith('{"status":"unhealthy"')
  && Object.entries(JSON.parse(text).checks).every(([name, { ok }]) => ok || ['slow_disk', 'slow_media_disk'].includes(name));

const seed = (method, path, entry) => ({ [`${method} ${path}`]: entry,
  [`${method} ${path.includes('user') ? '/users' : '/bots'}${path}`]: entry });

export const platform = {
  // Open to everybody: nothing of a tenant may come of them without its secret.
  'GET /': { role: 'nobody' },
  'GET /ui': { role: 'nobody' },
  'GET /ui/': { role: 'nobody' },
  'GET /ui/{path*}': { role: 'nobody', path: { path: () => 'bots' } },
  'GET /docs': { role: 'nobody' },
  'GET /api/openapi.json': { role: 'nobody' },
  'GET /health': { role: 'nobody', excused: isSlowDisk },
  'GET /ready': { role: 'nobody' },
  'GET /metrics': { role: 'metrics' },
  'GET /login': { role: 'nobody' },
  'POST /login': [
    { role: 'nobody', sameSite: true, keeps: 'signing in ends the session before', good: [302], body: (w) => new URLSearchParams({ username: w.second.local, password: w.second.password }) },
    { role: 'nobody', sameSite: true, control: false, yes: 'the page is shown again', places: { 'body.username': 'account' }, body: () => new URLSearchParams({ username: '', password }) },
  ],
  'POST /api/v1/session': [
    { role: 'nobody', sameSite: true, keeps: 'signing in ends the session before', body: (w) => ({ user: w.second.local, password: w.second.password }) },
    { role: 'nobody', sameSite: true, control: false, places: { 'body.user': 'account' }, body: () => ({ password }) },
  ],
  'GET /api/v1/session/providers': { role: 'nobody' },
  // The walls' server has no provider: they lead back to the sign-in page with the reason.
  'GET /api/v1/session/providers/{provider_id}': { role: 'nobody', good: [303], path: { provider_id: () => 'oidc-attack' } },
  'GET /api/v1/session/arrival': { role: 'nobody', good: [303], query: { state: () => 'attack', loginToken: () => 'attack' } },
  'POST /webhook/{hook}': { role: 'nobody', good: [202], places: { 'path.hook': 'hook' }, body: () => ({ text: 'attack' }), own: (w) => ({ 'path.hook': w.hooked.path.split('/').pop() }) },
  'PUT /webhook/{hook}': { role: 'nobody', good: [202], places: { 'path.hook': 'hook' }, body: () => ({ text: 'attack' }), own: (w) => ({ 'path.hook': w.hooked.path.split('/').pop() }) },
  'GET /webhook/{hook}': { role: 'nobody', good: [405], places: { 'path.hook': 'hook' } },
  // The token in the path is the credential, and it lives as long as one question.
  'POST /api/v1/turns/{token}/reply': { role: 'nobody', good: [404], places: { 'path.token': 'hook' }, body: () => ({ text: 'attack' }) },
  // The same with a bot's token and session.
  ...Object.fromEntries(['status_change', 'lifecycle', 'started', 'joining', 'awaiting_admission', 'exited'].map((word) => [`POST /bots/internal/callback/{token}/${word}`,
    { role: 'nobody', good: [404], places: { 'path.token': 'hook' }, body: () => ({ connection_id: 'attack', status: 'active' }) }])),
  'POST /bots/internal/callback/{token}/matrix_device': { role: 'nobody', good: [404], places: { 'path.token': 'hook' }, body: () => ({ connection_id: 'attack', device_id: 'ATTACK' }) },
  'POST /bots/internal/callback/{token}/consent': { role: 'nobody', good: [404], places: { 'path.token': 'hook' },
    body: () => ({ connection_id: 'attack', user_id: '@attack:example.org', declined: true }) },
  'POST /bots/internal/callback/{token}/notice': { role: 'nobody', good: [404], places: { 'path.token': 'hook' }, body: () => ({ connection_id: 'attack', notice: 'off' }) },
  'PUT /bots/internal/recording/{token}/{part}/{number}': { role: 'nobody', good: [404], path: { part: () => 'p1', number: () => '0' }, places: { 'path.token': 'hook' },
    query: { until_ms: () => '1000' }, body: () => 'attack' },
  // The signature is the credential; the walls' server has no Slack app.
  'POST /api/slack/events': { role: 'nobody', good: [404], body: () => ({ text: 'attack' }) },

  'GET /api/v1/session': { role: 'member' },
  'DELETE /api/v1/session': { role: 'member', good: [204], keeps: 'it ends the session' },
  'GET /logout': { role: 'member', optional: true, deadStatus: 302, good: [302], keeps: 'it ends the session' },

  'GET /api/v1/overview': { role: 'member', ...bots },
  'GET /api/v1/live': { role: 'member', ...bots, stream: true, places: { 'query.since': 'eventNumber', 'header.last-event-id': 'eventNumber' } },

  'GET /api/v1/users': { role: 'operator', ...users, places: filters, query: { limit: () => '1000' } },
  'GET /api/v1/users/export': { role: 'operator', ...users, places: filters },
  'POST /api/v1/users': [
    { role: 'admin', ...users, good: [201], body: (w) => ({ username: w.fresh('made'), password }) },
    { role: 'admin', ...users, control: false, places: { 'body.username': { kind: 'name', told: unique } }, body: () => ({ password, role: 'admin' }) },
  ],
  'GET /api/v1/users/{user_id}': { role: 'operator', ...users, places: { 'path.user_id': 'account' } },
  'PATCH /api/v1/users/{user_id}': [
    { role: 'admin', ...users, places: { 'path.user_id': 'account' }, body: () => ({ display_name: 'attacked' }) },
    { role: 'admin', ...users, places: { 'path.user_id': 'account' }, body: () => ({ role: 'operator' }), own: sparePerson },
    { role: 'admin', ...users, places: { 'path.user_id': 'account' }, body: () => ({ role: 'admin' }), own: sparePerson, unscoped: true },
    // Not even one's own people may be sent to another tenant, nor others' taken.
    { role: 'admin', ...users, server: true, places: { 'path.user_id': 'account' }, body: (w) => ({ tenant_id: w.tenantId }) },
    { role: 'admin', ...users, server: true, control: false, places: { 'body.tenant_id': 'tenant' }, path: { user_id: (w) => w.second.local }, numbers: ['body.tenant_id'], body: () => ({}) },
  ],
  'POST /api/v1/users/{user_id}/deactivate': { role: 'admin', ...users, places: { 'path.user_id': 'account' }, same: { 'body.confirm': 'path.user_id' }, body: () => ({}), own: sparePerson },
  'POST /api/v1/users/{user_id}/lock': { role: 'admin', ...users, places: { 'path.user_id': 'account' }, own: sparePerson },
  'POST /api/v1/users/{user_id}/unlock': { role: 'admin', ...users, places: { 'path.user_id': 'account' }, own: sparePerson },
  // A member may do these for himself; the places here are always somebody else's.
  'POST /api/v1/users/{user_id}/password': [
    { role: 'admin', ...users, scopeInHandler: true, routeRole: 'member', good: [200], places: { 'path.user_id': 'account' }, body: () => ({ generate: true }), own: sparePerson },
    { role: 'admin', ...users, scopeInHandler: true, routeRole: 'member', good: [204], places: { 'path.user_id': 'account' }, body: () => ({ password, current_password: password }), own: sparePerson },
  ],
  'GET /api/v1/users/{user_id}/sessions': { role: 'admin', ...users, scopeInHandler: true, routeRole: 'member', places: { 'path.user_id': 'account' }, own: (w) => ({ 'path.user_id': w.second.local }) },
  'DELETE /api/v1/users/{user_id}/sessions': { role: 'admin', ...users, scopeInHandler: true, routeRole: 'member', good: [204], places: { 'path.user_id': 'account' }, own: sparePerson },
  'DELETE /api/v1/users/{user_id}/sessions/{device_id}': {
    role: 'admin', ...users, scopeInHandler: true, routeRole: 'member', good: [204], places: { 'path.user_id': 'account', 'path.device_id': 'session' },
    own: async (w) => { const spare = await w.person(w.fresh('spare')); return { 'path.user_id': spare.local, 'path.device_id': spare.device }; } },
  'POST /api/v1/users/import': [
    { role: 'admin', ...users, good: [202, 409], query: { dry_run: () => 'true' }, headers: () => ({ 'content-type': 'text/csv' }), body: (w) => `username\n${w.fresh('row')}\n` },
    { role: 'admin', ...users, control: false, places: { 'query.join': 'roomOrAlias' }, headers: () => ({ 'content-type': 'text/csv' }), body: (w) => `username\n${w.second.local}\n` },
  ],
  'GET /api/v1/users/import': { role: 'admin', ...users },
  'GET /api/v1/users/import/{import_id}': { role: 'admin', ...users, places: { 'path.import_id': 'import' }, own: freshImport },
  'DELETE /api/v1/users/import/{import_id}': { role: 'admin', ...users, good: [202, 409], places: { 'path.import_id': 'import' }, own: freshImport },

  'POST /api/v1/users/import/{import_id}/passwords': { role: 'admin', ...users, places: { 'path.import_id': 'import' },
    own: async (w) => ({ 'path.import_id': await w.import(`${w.fresh('row')},,,\n`, '?generate=true') }) },

  'GET /api/v1/settings': { ...admin, server: true },
  'GET /api/v1/tenants': { ...admin, server: true },
  'POST /api/v1/tenants': { ...admin, server: true, good: [201], body: (w) => ({ name: w.fresh('tenant') }) },
  'PATCH /api/v1/tenants/{tenant_id}': { ...admin, server: true, places: { 'path.tenant_id': 'tenant' }, body: (w) => ({ name: w.fresh('renamed') }) },
  // The homeserver itself: for administrators of the server alone.
  'GET /api/v1/homeserver/rooms': { ...admin, server: true, places: { 'query.search': 'words', 'query.member': 'user' }, query: { limit: () => '1000' } },
  'GET /api/v1/homeserver/rooms/{room_id}': { ...admin, server: true, places: { 'path.room_id': 'room' } },
  'GET /api/v1/homeserver/rooms/{room_id}/members': { ...admin, server: true, places: { 'path.room_id': 'room' } },
  'POST /api/v1/homeserver/rooms/{room_id}/block': { ...admin, server: true, places: { 'path.room_id': 'room' }, body: () => ({ blocked: false }) },
  'POST /api/v1/homeserver/rooms/{room_id}/delete': { ...admin, server: true, good: [202], places: { 'path.room_id': 'room' }, same: { 'body.confirm': 'path.room_id' }, body: () => ({}), own: spareRoom },
  'GET /api/v1/homeserver/deletions': { ...admin, server: true },
  'GET /api/v1/homeserver/deletions/{delete_id}': { ...admin, server: true, path: { delete_id: () => 'no-such-deletion' }, good: [404] },
  'POST /api/v1/homeserver/deletions/{delete_id}/cancel': { ...admin, server: true, path: { delete_id: () => 'no-such-deletion' }, good: [404] },
  'GET /api/v1/homeserver/media': { ...admin, server: true, places: { 'query.user_id': 'user' }, query: { limit: () => '1000' } },
  'GET /api/v1/homeserver/media/{media_id}/preview': { ...admin, server: true, places: { 'path.media_id': 'media' }, own: spareSound },
  'POST /api/v1/homeserver/media/{media_id}/quarantine': { ...admin, server: true, places: { 'path.media_id': 'media' }, own: spareFile },
  'POST /api/v1/homeserver/media/{media_id}/release': { ...admin, server: true, places: { 'path.media_id': 'media' } },
  'POST /api/v1/homeserver/media/{media_id}/delete': { ...admin, server: true, good: [204], places: { 'path.media_id': 'media' }, same: { 'body.confirm': 'path.media_id' }, body: () => ({}), own: spareFile },
  'GET /api/v1/homeserver/media-usage': { ...admin, server: true, places: { 'query.search': 'words' }, query: { limit: () => '1000' } },
  'POST /api/v1/homeserver/media-usage/{user_id}/quarantine': { ...admin, server: true, places: { 'path.user_id': 'user' }, own: async (w) => ({ 'path.user_id': (await w.person(w.fresh('spare'))).id }) },
  'GET /api/v1/homeserver/registration': { ...admin, server: true },
  'GET /api/v1/homeserver/registration/tokens': { ...admin, server: true },
  'POST /api/v1/homeserver/registration/tokens': { ...admin, server: true, good: [201], body: (w) => ({ token: w.fresh('token') }) },
  'PATCH /api/v1/homeserver/registration/tokens/{token}': { ...admin, server: true, path: { token: () => 'no-such-token' }, good: [404], body: () => ({ uses_allowed: 1 }) },
  'DELETE /api/v1/homeserver/registration/tokens/{token}': { ...admin, server: true, path: { token: () => 'no-such-token' }, good: [404] },
  'GET /api/v1/homeserver/providers': { ...admin, server: true },
  'POST /api/v1/homeserver/providers/{provider_id}/test': { ...admin, server: true, path: { provider_id: () => 'oidc-attack' }, good: [404] },
  'PUT /api/v1/homeserver/identities/{provider_id}/{subject}': { ...admin, server: true, path: { provider_id: () => 'oidc-attack', subject: () => 'nobody' }, good: [404], places: { 'body.user_id': 'user' }, body: () => ({}) },
  'DELETE /api/v1/homeserver/identities/{provider_id}/{subject}': { ...admin, server: true, path: { provider_id: () => 'oidc-attack', subject: () => 'nobody' }, good: [404] },
  'GET /api/v1/homeserver/reports': { ...admin, server: true, places: { 'query.reporter': 'words', 'query.about': 'words', 'query.room_id': 'words' } },
  'GET /api/v1/homeserver/reports/{kind}/{report_id}': { ...admin, server: true, path: { kind: () => 'event', report_id: () => '900001' }, good: [404] },
  'DELETE /api/v1/homeserver/reports/{kind}/{report_id}': { ...admin, server: true, path: { kind: () => 'event', report_id: () => '900001' }, good: [404] },

  'GET /api/v1/audit': { ...admin, places: { 'query.search': 'words', 'query.actor': 'words', 'query.target': 'words' }, query: { limit: () => '1000' } },
  'GET /api/v1/audit/lines': { ...admin },
  'GET /api/v1/audit/verify': { ...admin },
  'GET /api/v1/audit/anchors': { ...admin },
  'GET /api/v1/audit/anchoring': { ...admin },
  'GET /api/v1/audit/export': { ...admin, places: { 'query.search': 'words', 'query.actor': 'words', 'query.target': 'words' } },

  'GET /api/v1/bots': { role: 'member', ...bots, places: filters, query: { limit: () => '1000' } },
  'POST /api/v1/bots': [
    { role: 'operator', ...bots, good: [201], body: (w) => ({ bot_id: w.fresh('bot'), brain: { kind: 'echo', config: {} } }) },
    { role: 'operator', ...bots, control: false, places: { 'body.bot_id': { kind: 'bot', told: unique } }, body: () => ({ brain: { kind: 'echo', config: {} } }) },
    // The account of a bot that has no row: its rooms and its name are not whoever asks first.
    { role: 'operator', ...bots, control: false, places: { 'body.bot_id': { kind: 'orphan', told: unique } }, body: () => ({ brain: { kind: 'echo', config: {} } }) },
    { role: 'admin', routeRole: 'operator', ...bots, server: true, good: [201], body: (w) => ({ bot_id: w.fresh('bot'), brain: { kind: 'program', config: { command: ['/bin/true'] } } }) },
  ],
  'GET /api/v1/bots/{bot_id}': { role: 'member', ...bots, places: at() },
  'PATCH /api/v1/bots/{bot_id}': [
    { role: 'operator', ...bots, places: at(), body: () => ({ display_name: 'attacked' }) },
    { role: 'operator', ...bots, places: at(), body: () => ({ brain: { kind: 'echo', config: { prefix: 'attacked' } } }), own: spareBot },
  ],
  'DELETE /api/v1/bots/{bot_id}': { role: 'operator', ...bots, good: [204], places: at(), same: { 'query.confirm': 'path.bot_id' }, own: spareBot },
  'POST /api/v1/bots/{bot_id}/start': { role: 'operator', ...bots, places: at() },
  'POST /api/v1/bots/{bot_id}/stop': { role: 'operator', ...bots, places: at(), own: spareBot },
  'POST /api/v1/bots/{bot_id}/restart': { role: 'operator', ...bots, places: at() },
  'GET /api/v1/bots/{bot_id}/history': { role: 'member', ...bots, places: at() },
  'GET /api/v1/bots/{bot_id}/rooms': { role: 'member', ...bots, places: at() },
  'GET /api/v1/brains': { role: 'member', ...bots },
  'GET /api/v1/lifecycle': { role: 'member', ...bots },
  'GET /api/v1/bots/{bot_id}/logs': { role: 'operator', ...bots, places: at() },
  'GET /api/v1/bots/{bot_id}/usage': { role: 'member', ...bots, places: at() },
  'GET /api/v1/bots/{bot_id}/turns/{event_id}/record': { role: 'operator', ...bots, places: at(), path: { event_id: () => '$nothing-kept' }, good: [404] },
  'GET /api/v1/bots/{bot_id}/logs/live': { role: 'operator', ...bots, stream: true, places: { ...at(), 'header.last-event-id': 'eventNumber' } },
  'POST /api/v1/brains/{kind}/test': { role: 'operator', ...bots, places: { 'body.bot_id': 'adviser' }, path: { kind: () => 'openai' },
    body: (w) => ({ config: { base_url: w.land.model.url, model: 'stand-in' } }) },
  'POST /api/v1/bots/{bot_id}/chat': { role: 'member', ...bots, places: at(), body: () => ({ text: 'attack' }) },
  'GET /api/v1/bots/{bot_id}/chat': { role: 'member', ...bots, places: at() },
  'GET /api/v1/bots/{bot_id}/chat/live': { role: 'member', ...bots, stream: true, places: { ...at(), 'query.since': 'eventNumber', 'header.last-event-id': 'eventNumber' } },
  'GET /api/v1/bots/{bot_id}/hooks': { role: 'operator', ...bots, places: at() },
  'POST /api/v1/bots/{bot_id}/hooks': { role: 'operator', ...bots, good: [201], places: { ...at(), 'body.room_id': 'room' }, body: () => ({ name: 'attack' }) },
  'DELETE /api/v1/bots/{bot_id}/hooks/{hook_id}': { role: 'operator', ...bots, good: [204], places: { ...at(), 'path.hook_id': 'hook' },
    own: async (w) => ({ 'path.hook_id': (await w.hook(w.talker, w.roomId)).hook_id }) },

  'GET /api/v1/spending': { role: 'operator', ...bots },
  'GET /api/v1/spending/calls': { role: 'operator', ...bots, places: { 'query.bot_id': 'words', 'query.person': 'words' } },

  // Tasks, approvals and conversations are one person's: nobody of another tenant has any of them, whatever the role.
  'GET /api/v1/meetings': meetings,
  'POST /api/v1/meetings': { ...meetings, good: [201, 429], body: (w) => ({ link: `https://meet.jit.si/${w.fresh('call')}` }) },
  'GET /api/v1/meetings/{meeting_id}': ofMeeting,
  'GET /api/v1/meetings/{meeting_id}/history': ofMeeting,
  'POST /api/v1/meetings/{meeting_id}/stop': { ...ofMeeting, good: [202] },
  'DELETE /api/v1/meetings/{meeting_id}': { ...ofMeeting, good: [200, 202] },
  'GET /api/v1/meetings/{meeting_id}/transcript': ofMeeting,
  'GET /api/v1/meetings/{meeting_id}/live': { ...ofMeeting, stream: true, places: { ...ofMeeting.places, 'query.since': 'eventNumber', 'header.last-event-id': 'eventNumber' } },
  'GET /api/v1/meetings/{meeting_id}/thread': { ...ofMeeting, good: [200, 404] },
  'GET /api/v1/meetings/{meeting_id}/summary': { ...ofMeeting, good: [404] },
  // The walls' server has no model.
  'POST /api/v1/meetings/{meeting_id}/summary': { ...ofMeeting, good: [409] },
  'GET /api/v1/meetings/{meeting_id}/participants': ofMeeting,
  'GET /api/v1/meetings/{meeting_id}/recordings': ofMeeting,
  'GET /api/v1/meetings/{meeting_id}/recordings/{recording_id}': { ...ofMeeting, path: { recording_id: () => '1' }, good: [404] },
  'DELETE /api/v1/meetings/{meeting_id}/recordings/{recording_id}': { ...ofMeeting, path: { recording_id: () => '1' }, good: [404] },
  'GET /api/v1/meetings/retention': meetings,
  'PUT /api/v1/meetings/retention': { ...meetings, role: 'operator', body: () => ({ transcript_days: 365 }) },
  'POST /api/v1/meetings/{meeting_id}/reconfigure': { ...ofMeeting, good: [202, 409], body: () => ({ language: 'es' }) },
  'GET /api/v1/transcripts/search': { ...meetings, query: { q: () => 'words' } },
  'GET /api/v1/meetings/webhooks': meetings,
  'POST /api/v1/meetings/webhooks': { ...meetings, good: [201, 429], body: (w) => ({ url: `https://hooks.example/${w.fresh('hook')}` }) },
  'GET /api/v1/meetings/webhooks/{webhook_id}': ofWebhook,
  'PATCH /api/v1/meetings/webhooks/{webhook_id}': { ...ofWebhook, body: () => ({ enabled: false }) },
  'DELETE /api/v1/meetings/webhooks/{webhook_id}': { ...ofWebhook, good: [204], own: spareWebhook },
  'POST /api/v1/meetings/webhooks/{webhook_id}/test': { ...ofWebhook, good: [202, 409] },
  'GET /api/v1/meetings/webhooks/{webhook_id}/deliveries': ofWebhook,
  'GET /api/v1/meetings/webhooks/{webhook_id}/deliveries/{delivery_id}': { ...ofWebhook, path: { delivery_id: () => '1' }, good: [404] },
  'POST /api/v1/meetings/webhooks/{webhook_id}/deliveries/{delivery_id}/replay': { ...ofWebhook, path: { delivery_id: () => '1' }, good: [404] },
  // WebSockets; whoever asks without an upgrade gets no further. They ask for their keys themselves: vexa_ws.test.mjs, meeting_whisper.test.mjs.
  ...Object.fromEntries(['/ws', '/vexa/ws', '/bots/internal/whisper'].map((path) => [`GET ${path}`, { role: 'nobody', good: [400, 426] }])),
  ...dialect('POST', '/bots', { ...meetings, good: [201, 429], body: (w) => ({ meeting_url: `https://meet.jit.si/${w.fresh('call')}` }) }),
  ...dialect('DELETE', '/bots/{platform}/{native_meeting_id}', { ...ofCall, good: [202] }),
  ...dialect('PUT', '/bots/{platform}/{native_meeting_id}/config', { ...ofCall, good: [409], body: () => ({ language: 'es' }) }),
  // What no bot does is 501, and where no bot is in the call there is nobody to be told.
  ...dialect('POST', '/bots/{platform}/{native_meeting_id}/speak', { ...ofCall, good: acted, body: () => ({ text: 'attack' }) }),
  ...dialect('POST', '/bots/{platform}/{native_meeting_id}/chat', { ...ofCall, good: acted, body: () => ({ text: 'attack' }) }),
  ...dialect('POST', '/bots/{platform}/{native_meeting_id}/screen', { ...ofCall, good: acted, body: () => ({ type: 'url', url: 'https://example.org/attack' }) }),
  ...dialect('PUT', '/bots/{platform}/{native_meeting_id}/avatar', { ...ofCall, good: acted, body: () => ({ url: 'https://example.org/attack.png' }) }),
  ...dialect('GET', '/bots/{platform}/{native_meeting_id}/chat', { ...ofCall, good: acted, fine: [501] }),
  ...['DELETE /speak', 'DELETE /screen', 'DELETE /avatar'].map((act) => act.split(' ')).map(([method, what]) =>
    dialect(method, `/bots/{platform}/{native_meeting_id}${what}`, { ...ofCall, good: acted })).reduce((a, b) => ({ ...a, ...b })),
  ...dialect('GET', '/bots/status', meetings),
  ...dialect('GET', '/bots/id/{meeting_id}', ofMeeting),
  ...dialect('GET', '/meetings', meetings),
  'GET /vexa/bots': meetings,
  ...dialect('PATCH', '/meetings/{platform}/{native_meeting_id}', { ...ofCall, body: () => ({ data: { name: 'attack' } }) }),
  ...dialect('DELETE', '/meetings/{platform}/{native_meeting_id}', { ...ofCall, good: [200, 404, 409] }),
  ...dialect('GET', '/transcripts/{platform}/{native_meeting_id}', { ...ofCall, good: [200, 404] }),
  ...dialect('POST', '/transcripts/{platform}/{native_meeting_id}/share', { ...ofCall, good: [200, 404, 409] }),
  ...dialect('DELETE', '/transcripts/{platform}/{native_meeting_id}/share', { ...ofCall, good: [200, 404] }),
  // The link is the credential.
  ...Object.fromEntries(['', '/vexa'].map((prefix) => [`GET ${prefix}/public/transcripts/{share_id}`, { role: 'nobody', good: [404], path: { share_id: () => 'attack.txt' } }])),
  ...dialect('GET', '/recordings', meetings),
  ...['GET /recordings/{recording_id}', 'DELETE /recordings/{recording_id}', 'GET /recordings/{recording_id}/master', 'GET /recordings/{recording_id}/media/{media_file_id}/download',
    'GET /recordings/{recording_id}/media/{media_file_id}/raw'].map((operation) => dialect(...operation.split(' '),
    { ...meetings, path: { recording_id: () => '1', ...(operation.includes('media_file_id') && { media_file_id: () => '1' }) }, good: [404] })).reduce((a, b) => ({ ...a, ...b })),
  ...dialect('GET', '/recording-config', meetings),
  ...dialect('PUT', '/recording-config', { ...meetings, body: () => ({ enabled: false }) }),
  ...dialect('PUT', '/user/webhook', { ...meetings, body: () => ({ webhook_url: '' }) }),
  ...shut('POST', '/admin/users'),
  ...shut('GET', '/admin/users'),
  ...shut('GET', '/admin/users/email/{email}', { email: () => 'ann@example.org' }),
  ...shut('GET', '/admin/users/{user_id}', { user_id: () => '1' }),
  ...shut('PATCH', '/admin/users/{user_id}', { user_id: () => '1' }),
  ...shut('POST', '/admin/users/{user_id}/tokens', { user_id: () => '1' }),
  ...shut('DELETE', '/admin/tokens/{token_id}', { token_id: () => '1' }),
  ...['/admin/stats/meetings-users', '/admin/analytics/users', '/admin/analytics/meetings'].map((path) => shut('GET', path)).reduce((a, b) => ({ ...a, ...b })),
  ...shut('GET', '/admin/analytics/meetings/{meeting_id}/telematics', { meeting_id: () => '1' }),
  ...shut('GET', '/admin/analytics/users/{user_id}/details', { user_id: () => '1' }),
  'GET /api/v1/tasks': { ...assistant, places: { 'query.conversation_id': 'words', 'query.service': 'words' } },
  'POST /api/v1/tasks': [
    { ...assistant, good: [201], body: () => ({ service: 'slack', intent: 'list_channels', inputs: {} }) },
    { ...assistant, control: false, places: { 'body.conversation_id': 'conversation' }, body: () => ({ service: 'slack', intent: 'list_channels', inputs: {} }) },
  ],
  'GET /api/v1/tasks/{task_id}': ofTask,
  // To run one is to call a service: the assistant's own tests do.
  'POST /api/v1/tasks/{task_id}/execute': { ...ofTask, control: false, query: { wait_s: () => '0' } },
  'POST /api/v1/tasks/{task_id}/answer': { ...ofTask, control: false, body: () => ({ text: 'attack' }) },
  'POST /api/v1/tasks/{task_id}/cancel': { ...ofTask, own: spareTask },
  'POST /api/v1/tasks/{task_id}/fork': { ...ofTask, good: [201], body: () => ({ from_step: 1 }) },
  // What has not run cannot be undone.
  'POST /api/v1/tasks/{task_id}/undo': { ...ofTask, control: false },
  'GET /api/v1/tasks/{task_id}/steps': ofTask,
  'GET /api/v1/tasks/{task_id}/questions': ofTask,
  'GET /api/v1/tasks/{task_id}/approvals': ofTask,
  'GET /api/v1/tasks/{task_id}/calls': ofTask,
  'GET /api/v1/tasks/{task_id}/commands': ofTask,
  'GET /api/v1/tasks/{task_id}/exchanges': ofTask,
  // To have a file is to have called a service: the assistant's own tests do.
  'GET /api/v1/tasks/{task_id}/files/{file_id}': { ...ofTask, control: false, path: { file_id: () => '1-1' } },
  'GET /api/v1/tasks/{task_id}/live': { ...ofTask, stream: true },
  'GET /api/v1/approvals': { ...assistant },
  'GET /api/v1/approvals/{approval_id}': { ...assistant, path: { approval_id: () => 'no-such-approval' }, good: [404] },
  'POST /api/v1/approvals/{approval_id}/approve': { ...assistant, path: { approval_id: () => 'no-such-approval' }, good: [404], body: () => ({ digest: 'attack' }) },
  'POST /api/v1/approvals/{approval_id}/reject': { ...assistant, path: { approval_id: () => 'no-such-approval' }, good: [404], body: () => ({ digest: 'attack' }) },
  'GET /api/v1/conversations': { ...assistant },
  'POST /api/v1/conversations': [
    { ...assistant, good: [201], body: () => ({ text: 'list slack channels' }) },
    { ...assistant, control: false, places: { 'body.task_id': 'task' }, body: () => ({ text: 'yes' }) },
  ],
  'GET /api/v1/conversations/{conversation_id}': ofConversation,
  'PUT /api/v1/conversations/{conversation_id}': { ...ofConversation, own: spareConversation, body: () => ({ title: 'attack' }) },
  'DELETE /api/v1/conversations/{conversation_id}': { ...ofConversation, own: spareConversation, good: [204] },
  'GET /api/v1/lessons': { ...assistant },
  // A choice bears the id of the task that asked; the tasks here asked nothing.
  'DELETE /api/v1/lessons/{lesson_id}': { ...assistant, control: false, places: { 'path.lesson_id': 'task' } },
  'POST /api/v1/files': { ...assistant, good: [201], query: { name: () => 'attack.txt' }, headers: () => ({ 'content-type': 'text/plain' }), body: (w) => w.fresh('a file') },
  'GET /api/v1/conversations/{conversation_id}/messages': ofConversation,
  'POST /api/v1/conversations/{conversation_id}/messages': { ...ofConversation, body: () => ({ text: 'list slack channels' }) },
  // The face of an earlier assistant's clients.
  'POST /api/chat': { ...assistant, optional: true, moving: true, yes: 'an unknown conversation begins a new one', places: { 'body.conversationId': 'conversation' }, body: () => ({ message: 'list slack channels' }) },
  'POST /api/execute': { ...assistant, optional: true, control: false, places: { 'body.taskId': 'task' }, body: () => ({ confirm: true }) },
  'GET /api/conversations': { ...assistant, optional: true },
  'POST /mcp': { ...assistant, places: { 'query.services': 'words' }, body: () => ({ jsonrpc: '2.0', id: 1, method: 'tools/list' }) },
  // Packs that come with the program are everybody's; what is added, and all keys, belong to a tenant.
  'GET /api/v1/packs': { ...assistant, query: { limit: () => '1000' } },
  'GET /api/v1/packs/{service}': { ...assistant, places: { 'path.service': 'pack' } },
  'POST /api/v1/packs': { ...admin, good: [201], body: (w) => w.packFiles(w.fresh('made').replaceAll('-', '_')) },
  'PUT /api/v1/packs/{service}': [
    { ...admin, places: { 'path.service': 'pack' }, body: (w) => ({ secrets: { key: `${w.canary}-a-key-of-the-shop` } }) },
    { ...admin, places: { 'path.service': 'pack' }, body: () => ({ base_url: 'https://attacked.example', enabled: true }), own: sparePack },
  ],
  'DELETE /api/v1/packs/{service}': { ...admin, good: [204], places: { 'path.service': 'pack' }, own: sparePack },
  'POST /api/v1/packs/{service}/test': { ...admin, places: { 'path.service': 'pack' }, own: sparePack },
  'POST /api/v1/packs/reload': { ...admin },
  // The shop takes keys; a sign-in that nobody has begun is finished by nobody.
  'POST /api/v1/packs/{service}/sign-in': { ...admin, good: [400], places: { 'path.service': 'pack' }, body: () => ({}) },
  'POST /api/v1/packs/{service}/sign-in/finish': { ...admin, good: [404], places: { 'path.service': 'pack' }, body: () => ({ address: 'https://attack.example/?code=attack&state=attack' }) },
  'GET /api/v1/packs/{service}/sign-in/arrival': { role: 'nobody', routeRole: 'optional', yes: 'a page says that nothing began here', places: { 'path.service': 'pack' },
    query: { state: () => 'attack', code: () => 'attack' } },

  'GET /api/v1/keys': { role: 'member', scope: 'admin' },
  'POST /api/v1/keys': { role: 'member', scope: 'admin', good: [201], body: (w) => ({ name: w.fresh('key'), role: 'member', scopes: ['admin'], expires_in_days: 1 }) },
  'DELETE /api/v1/keys/{key_id}': { role: 'member', scope: 'admin', good: [204], places: { 'path.key_id': 'key' },
    own: async (w) => ({ 'path.key_id': String((await w.key(w.member, { name: 'spare' })).id) }) },

  'POST /api/v1/rooms': { ...admin, good: [201], places: { 'body.creator': 'account', 'body.invite.0': 'account' }, body: () => ({ name: 'attack', invite: [] }), own: (w) => ({ 'body.invite.0': w.second.id }) },
  'GET /api/v1/rooms': { ...admin, places: { 'query.user_id': 'account' } },
  'GET /api/v1/rooms/{room_id}': { ...admin, places: { 'path.room_id': 'roomOrAlias' } },
  'POST /api/v1/rooms/{room_id}/send': { ...admin, places: { 'path.room_id': 'roomOrAlias', 'body.sender': 'account' }, body: () => ({ text: 'attack' }) },
  'POST /api/v1/rooms/{room_id}/invite': { ...admin, good: [204], places: { 'path.room_id': 'roomOrAlias', 'body.sender': 'account', 'body.user_id': 'account' }, body: () => ({}),
    own: async (w) => ({ 'body.user_id': (await w.person(w.fresh('guest'))).local, 'body.sender': w.admin.local }) },
  'POST /api/v1/rooms/{room_id}/join': { ...admin, good: [204], places: { 'path.room_id': 'roomOrAlias', 'body.user_id': 'account' }, body: () => ({}) },
  'GET /api/v1/rooms/{room_id}/messages': { ...admin, places: { 'path.room_id': 'roomOrAlias', 'query.user_id': 'account' } },

  // Seed 000's first face, and its double mounts.
  ...seed('POST', '/create_bot', [
    { role: 'operator', ...bots, body: (w) => ({ bot_id: w.fresh('bot'), homeserver: '', user_id: '', password, flowise_url: '' }) },
    { role: 'operator', ...bots, control: false, places: { 'body.user_id': { kind: 'account', told: unique } }, body: (w) => ({ bot_id: w.fresh('bot'), homeserver: '', password, flowise_url: '' }) },
    { role: 'operator', ...bots, control: false, places: { 'body.user_id': { kind: 'orphanAccount', told: unique } }, body: (w) => ({ homeserver: '', bot_id: w.fresh('bot'), password: '', flowise_url: '' }) },
  ]),
  ...seed('POST', '/start_bot', { role: 'operator', ...bots, places: { 'body.bot_id': 'bot' }, body: () => ({}) }),
  ...seed('POST', '/stop_bot', { role: 'operator', ...bots, yes: 'the original says yes to bots that are not there', places: { 'body.bot_id': 'bot' }, body: () => ({}), own: async (w) => ({ 'body.bot_id': (await w.bot()).bot_id }) }),
  'GET /bots': { role: 'operator', ...bots },
  'GET /bots/bots': { role: 'operator', ...bots },
  ...seed('POST', '/create_user', [
    { role: 'operator', ...users, body: (w) => ({ username: w.fresh('made'), password, user_type: 'user' }) },
    { role: 'operator', ...users, control: false, places: { 'body.username': { kind: 'name', told: unique } }, body: () => ({ password, user_type: 'user' }) },
  ]),
  ...seed('POST', '/create_regular_user', [
    { role: 'operator', ...users, body: (w) => ({ username: w.fresh('made'), password }) },
    { role: 'operator', ...users, control: false, places: { 'body.username': { kind: 'name', told: unique } }, body: () => ({ password }) },
  ]),
  ...seed('POST', '/create_bot_user', [
    { role: 'operator', ...users, body: (w) => ({ username: w.fresh('made'), password }) },
    { role: 'operator', ...users, control: false, places: { 'body.username': { kind: 'name', told: unique } }, body: () => ({ password }) },
  ]),
  'GET /users': { role: 'operator', ...users },
  'GET /users/users': { role: 'operator', ...users },

  // Its later face: forms.
  'GET /api/bots': { role: 'operator', optional: true, ...bots },
  'POST /api/bots': [
    { role: 'operator', optional: true, ...bots, body: form((w) => ({ bot_user_id: w.fresh('bot'), flowise_url: '', bot_password: password })) },
    { role: 'operator', optional: true, ...bots, control: false, places: { 'body.bot_user_id': { kind: 'account', told: unique } }, body: form(() => ({ bot_user_id: '', flowise_url: '', bot_password: password })) },
    { role: 'operator', optional: true, ...bots, control: false, places: { 'body.bot_user_id': { kind: 'orphanAccount', told: unique } }, body: form(() => ({ bot_user_id: '', flowise_url: '', bot_password: '' })) },
  ],
  'POST /api/bot/{id}/action': ['start', 'stop', 'delete'].map((action) => ({
    role: 'operator', optional: true, ...bots, places: { 'path.id': 'botNumber' }, control: action !== 'delete',
    body: (w) => new URLSearchParams({ action, password: w.admin.password }), by: 'admin' })),
  'GET /api/bot/{id}/logs': { role: 'operator', optional: true, yes: 'the original answers 200 {success: false} to bots that are not there', ...bots, places: { 'path.id': 'botNumber' } },
  'POST /api/create_user': [
    { role: 'operator', optional: true, ...users, body: form((w) => ({ username: w.fresh('made'), password })) },
    { role: 'operator', optional: true, ...users, control: false, places: { 'body.username': { kind: 'name', told: unique } }, body: form(() => ({ username: '', password })) },
    { role: 'admin', optional: true, ...users, body: form((w) => ({ username: w.fresh('made'), password, is_admin: 'on' })), unscoped: true },
  ],
};

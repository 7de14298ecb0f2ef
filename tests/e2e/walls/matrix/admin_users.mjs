// Synapse's admin API: accounts, their devices and what is theirs; registration tokens.
import { c, mine, self } from '../matrix_words.mjs';

const v1 = '/_synapse/admin/v1';
const v2 = '/_synapse/admin/v2';
const admin = { role: 'admin' };
const user = { 'path.user_id': 'user' };
const device = { ...user, 'path.device_id': 'device' };
/** Somebody of whom nothing is needed any more. */
const spare = async (w) => ({ 'path.user_id': (await w.person(w.fresh('spare'))).id });
const spareDevice = async (w) => ({ ...await spare(w), 'path.device_id': 'NO_SUCH_DEVICE' });

export const rows = {
  [`GET ${v2}/users`]: admin,
  'GET /_synapse/admin/v3/users': admin,
  [`GET ${v2}/users/{user_id}`]: { ...admin, places: user },
  [`PUT ${v2}/users/{user_id}`]: { ...admin, places: user, body: () => ({ displayname: 'attack' }), own: spare },
  [`GET ${v1}/username_available`]: { ...admin, query: { username: (w) => w.fresh('name') } },
  [`GET ${v1}/auth_providers/{provider}/users/{external_id}`]: { ...admin, good: [404], path: { provider: () => 'attack', external_id: () => 'attack' } },
  [`GET ${v1}/threepid/{medium}/users/{address}`]: { ...admin, good: [404], path: { medium: () => 'email', address: () => 'attack@example.org' } },
  [`POST ${v1}/deactivate/{user_id}`]: { ...admin, places: user, body: () => ({}), own: spare },
  [`PUT ${v1}/suspend/{user_id}`]: { ...admin, places: user, body: () => ({ suspend: true }), own: spare },
  [`POST ${v1}/reset_password/{user_id}`]: { ...admin, places: user, body: () => ({ new_password: 'a-password-of-twelve' }), own: spare },
  [`GET ${v1}/users/{user_id}/admin`]: { ...admin, places: user },
  [`PUT ${v1}/users/{user_id}/admin`]: { ...admin, places: user, body: () => ({ admin: false }), own: spare },
  [`POST ${v1}/users/{user_id}/login`]: { ...admin, places: user, body: () => ({}), own: spare },
  [`GET ${v2}/users/{user_id}/devices`]: { ...admin, places: user },
  [`POST ${v2}/users/{user_id}/devices`]: { ...admin, good: [201], places: user, body: () => ({ device_id: 'ATTACK' }), own: spare },
  [`GET ${v2}/users/{user_id}/devices/{device_id}`]: { ...admin, places: device },
  [`PUT ${v2}/users/{user_id}/devices/{device_id}`]: { ...admin, places: device, body: () => ({ display_name: 'attack' }) },
  [`DELETE ${v2}/users/{user_id}/devices/{device_id}`]: { ...admin, places: device, own: spareDevice },
  [`POST ${v2}/users/{user_id}/delete_devices`]: { ...admin, places: { ...user, 'body.devices.0': 'device' }, body: () => ({ devices: [] }), own: async (w) => ({ ...await spare(w), 'body.devices.0': 'NO_SUCH_DEVICE' }) },
  [`GET ${v1}/users/{user_id}/override_ratelimit`]: { ...admin, places: user },
  [`POST ${v1}/users/{user_id}/override_ratelimit`]: { ...admin, places: user, body: () => ({ messages_per_second: 0 }), own: spare },
  [`DELETE ${v1}/users/{user_id}/override_ratelimit`]: { ...admin, places: user, own: spare },
  ...Object.fromEntries(['joined_rooms', 'memberships', 'accountdata', 'pushers'].map((what) => [`GET ${v1}/users/{user_id}/${what}`, { ...admin, places: user }])),
  ...Object.fromEntries(['sent_invite_count', 'cumulative_joined_room_count'].map((what) => [`GET ${v1}/users/{user_id}/${what}`, { ...admin, places: user, query: { from_ts: () => '0' } }])),
  [`POST ${v1}/users/{user_id}/_allow_cross_signing_replacement_without_uia`]: { ...admin, good: [404], places: user, own: spare },
  [`POST ${v1}/user/{user_id}/redact`]: { ...admin, places: user, body: () => ({ rooms: [] }), own: spare },
  [`GET ${v1}/user/redact_status/{redact_id}`]: { ...admin, good: [404], path: { redact_id: () => 'no-such-redaction' } },
  [`POST ${v1}/users/{user_id}/shadow_ban`]: { ...admin, places: user, own: spare },
  [`DELETE ${v1}/users/{user_id}/shadow_ban`]: { ...admin, places: user, own: spare },
  [`POST ${v1}/account_validity/validity`]: { ...admin, places: { 'body.user_id': 'user' }, body: () => ({ expiration_ts: 4_000_000_000_000 }), own: async (w) => ({ 'body.user_id': (await spare(w))['path.user_id'] }) },
  [`GET ${v1}/registration_tokens`]: admin,
  [`POST ${v1}/registration_tokens/new`]: { ...admin, body: () => ({ uses_allowed: 0 }) },
  [`GET ${v1}/registration_tokens/{token}`]: { ...admin, good: [404], path: { token: () => 'no-such-token' } },
  [`PUT ${v1}/registration_tokens/{token}`]: { ...admin, good: [404], path: { token: () => 'no-such-token' }, body: () => ({}) },
  [`DELETE ${v1}/registration_tokens/{token}`]: { ...admin, good: [404], path: { token: () => 'no-such-token' } },
  [`GET ${v1}/whois/{user_id}`]: { ...admin, places: user },
  [`GET ${c}/admin/whois/{user_id}`]: { ...mine, places: self },
};

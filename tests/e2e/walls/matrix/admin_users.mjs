// Synapse's admin API: accounts, their devices and what is theirs.
import { c, mine, self } from '../matrix_words.mjs';

const v1 = '/_synapse/admin/v1';
const v2 = '/_synapse/admin/v2';
const admin = { role: 'admin' };
const user = { 'path.user_id': 'user' };
/** Somebody of whom nothing is needed any more. */
const spare = async (w) => ({ 'path.user_id': (await w.person(w.fresh('spare'))).id });

export const rows = {
  [`GET ${v2}/users`]: admin,
  'GET /_synapse/admin/v3/users': admin,
  [`GET ${v2}/users/{user_id}`]: { ...admin, places: user },
  [`PUT ${v2}/users/{user_id}`]: { ...admin, places: user, body: () => ({ displayname: 'attack' }), own: spare },
  [`GET ${v1}/username_available`]: { ...admin, query: { username: (w) => w.fresh('name') } },
  [`GET ${v1}/auth_providers/{provider}/users/{external_id}`]: { ...admin, good: [404], path: { provider: () => 'attack', external_id: () => 'attack' } },
  [`GET ${v1}/threepid/{medium}/users/{address}`]: { ...admin, good: [404], path: { medium: () => 'email', address: () => 'attack@example.org' } },
  [`POST ${v1}/deactivate/{user_id}`]: { ...admin, places: user, body: () => ({}), own: spare },
  [`POST ${v1}/reset_password/{user_id}`]: { ...admin, places: user, body: () => ({ new_password: 'a-password-of-twelve' }), own: spare },
  [`GET ${v1}/users/{user_id}/admin`]: { ...admin, places: user },
  [`PUT ${v1}/users/{user_id}/admin`]: { ...admin, places: user, body: () => ({ admin: false }), own: spare },
  [`POST ${v1}/users/{user_id}/login`]: { ...admin, places: user, body: () => ({}), own: spare },
  [`GET ${v1}/whois/{user_id}`]: { ...admin, places: user },
  [`GET ${c}/admin/whois/{user_id}`]: { ...mine, places: self },
};

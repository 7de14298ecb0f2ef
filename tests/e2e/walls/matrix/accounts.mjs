// Signing in and up, accounts, devices, profiles.
import { both, byPassword, c, meet, mine, public_, self, v1 } from '../matrix_words.mjs';

export const rows = {
  [`GET ${c}/login`]: public_,
  [`POST ${c}/login`]: [
    { ...public_, body: (w) => byPasswordLogin(w.second) },
    { ...public_, control: false, places: { 'body.identifier.user': 'user' }, body: () => ({ type: 'm.login.password', identifier: { type: 'm.id.user' }, password: 'a-wrong-password' }) },
  ],
  [`POST ${v1}/login/get_token`]: { ...mine, good: [401], places: { 'body.auth.identifier.user': 'self' }, body: (w, who) => ({ auth: { ...byPassword(who), password: 'a-wrong-password' } }) },
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
  ...both('POST', [`${c}/account/3pid`, `${c}/account/3pid/add`, `${c}/account/3pid/bind`], { ...mine, good: [400], body: () => ({ sid: 'attack', client_secret: 'attack', id_server: 'localhost' }) }),
  ...both('POST', [`${c}/account/3pid/unbind`, `${c}/account/3pid/delete`], { ...mine, body: () => ({ medium: 'email', address: 'attack@example.org' }) }),
  ...both('POST', ['register', 'account/password', 'account/3pid'].flatMap((what) => ['email', 'msisdn'].map((medium) => `${c}/${what}/${medium}/requestToken`)),
    { ...public_, good: [400, 403], body: () => ({ client_secret: 'attack', email: 'attack@example.org', send_attempt: 1 }) }),
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
  [`GET ${v1}/admin/lock/{user_id}`]: { role: 'admin', places: { 'path.user_id': 'user' } },
  [`GET ${v1}/admin/suspend/{user_id}`]: { role: 'admin', places: { 'path.user_id': 'user' } },
  [`PUT ${v1}/admin/suspend/{user_id}`]: { role: 'admin', places: { 'path.user_id': 'user' }, body: () => ({ suspended: true }), own: async (w) => ({ 'path.user_id': (await w.person(w.fresh('spare'))).id }) },
  [`PUT ${v1}/admin/lock/{user_id}`]: { role: 'admin', places: { 'path.user_id': 'user' }, body: () => ({ locked: true }), own: async (w) => ({ 'path.user_id': (await w.person(w.fresh('spare'))).id }) },
};

function byPasswordLogin(who) {
  return { type: 'm.login.password', identifier: { type: 'm.id.user', user: who.local }, password: who.password };
}

// Every kind of caller on either listener, with the credential it comes with.
//   door    nobody, dead (no longer a credential), two (two credentials), cross (a cookie from another site's page), live
//   world   whose people it belongs to; role; scopes of a key (none: all)
//   server  an administrator of the default tenant, who sees all tenants
import { apiToken, devToken } from './world.mjs';

const key = (token) => ({ authorization: `Bearer ${token}` });
const cookie = (person) => ({ cookie: person.cookie });
export const scopes = ['bots', 'users', 'admin', 'metrics', 'assistant'];

export async function platformCallers(land) {
  const { aster, house, dead } = land;
  const scoped = await Promise.all(scopes.map(async (scope) => ({ name: `admin's key for ${scope}`, door: 'live', world: aster, role: 'admin', scopes: [scope],
    headers: key((await aster.key(aster.admin, { name: scope, scopes: [scope] })).token) })));
  const live = (name, world, role, headers, more = {}) => ({ name, door: 'live', world, role, headers, ...more });
  const gone = (name, headers) => ({ name, door: 'dead', world: aster, headers });
  return [
    { name: 'nobody', door: 'nobody', world: aster, headers: {} },
    gone('an unknown key', key('trp_0123456789abcdefghijklmnopqrstuvwxyzABCDEFG')),
    gone('another scheme', { authorization: 'Basic YWRtaW46YWRtaW4=' }),
    gone('an expired key', key(dead.expiredKey.token)),
    gone('a revoked key', key(dead.revokedKey.token)),
    gone('a session that was ended', { cookie: dead.endedCookie }),
    gone('a session that expired', { cookie: dead.expiredCookie }),
    gone('a locked admin, cookie', cookie(dead.locked)),
    gone('a locked admin, key', key(dead.locked.key.token)),
    gone('a deactivated admin, cookie', cookie(dead.closed)),
    gone('a deactivated admin, key', key(dead.closed.key.token)),
    gone('a Matrix token of an admin', key(aster.admin.token)),
    gone('a bot with its Matrix token', key(aster.robot.token)),
    gone('a program with its token', key(land.programToken)),
    { name: 'cookie and key at once', door: 'two', world: aster, headers: { ...cookie(aster.admin), ...key(aster.adminKey.token) } },
    { name: 'two keys at once', door: 'two', world: aster, headers: { 'x-api-key': aster.memberKey.token, ...key(aster.adminKey.token) } },
    { name: 'an admin from another site', door: 'cross', world: aster, role: 'admin', headers: { ...cookie(aster.admin), 'sec-fetch-site': 'cross-site' } },
    { name: 'an admin from a sister site', door: 'cross', world: aster, role: 'admin', headers: { ...cookie(aster.admin), 'sec-fetch-site': 'same-site', origin: 'http://evil.localhost' } },
    { name: 'an admin with a foreign Origin', door: 'cross', world: aster, role: 'admin', headers: { ...cookie(aster.admin), origin: 'https://evil.example' } },
    live('a member, cookie', aster, 'member', cookie(aster.member)),
    live('a member, key', aster, 'member', key(aster.memberKey.token)),
    live('an operator, cookie', aster, 'operator', cookie(aster.operator)),
    live('an operator, key', aster, 'operator', key(aster.operatorKey.token)),
    live('a tenant\'s admin, cookie', aster, 'admin', cookie(aster.admin)),
    live('a tenant\'s admin, key', aster, 'admin', key(aster.adminKey.token)),
    live('a tenant\'s admin, X-API-Key', aster, 'admin', { 'x-api-key': aster.adminKey.token }),
    ...scoped,
    live('the house\'s member', house, 'member', cookie(house.member)),
    live('the house\'s operator', house, 'operator', cookie(house.operator)),
    live('the house\'s operator, key', house, 'operator', key(house.operatorKey.token)),
    live('AUTH_DEV_TOKEN', house, 'admin', key(devToken), { scopes: ['assistant'], server: true }),
    live('a server admin, cookie', house, 'admin', cookie(house.admin), { server: true }),
    live('a server admin\'s key', house, 'admin', key(apiToken), { server: true }),
  ];
}

export function matrixCallers(land) {
  const { aster, house, dead } = land;
  const live = (name, who, world, more = {}) => ({ name, door: 'live', world, who, headers: key(who.token), ...more });
  const gone = (name, token, more = {}) => ({ name, door: 'dead', world: aster, who: aster.member, headers: key(token), ...more });
  return [
    { name: 'nobody', door: 'nobody', world: aster, who: aster.member, headers: {} },
    gone('an unknown token', 'syt_0123456789abcdefghijklmnop'),
    { ...gone('another scheme', ''), headers: { authorization: 'Basic YWRtaW46YWRtaW4=' } },
    gone('a platform key', aster.adminKey.token),
    { ...gone('a console\'s cookie', ''), headers: cookie(aster.admin), door: 'nobody' },
    gone('a token that was logged out', dead.endedLogin.token),
    gone('a token that expired', dead.expiredLogin.token),
    gone('a deactivated admin', dead.closed.token, { who: dead.closed }),
    gone('a locked admin', dead.locked.token, { who: dead.locked, locked: true }),
    { name: 'two tokens at once', door: 'two', world: aster, who: aster.admin, headers: key(aster.admin.token), query: { access_token: aster.member.token } },
    live('a member', aster.member, aster),
    live('an operator', aster.operator, aster),
    live('a tenant\'s admin', aster.admin, aster),
    live('a bot', aster.robot, aster),
    live('a program', { ...house.robot, token: land.programToken, id: '@bot_house-program:localhost', local: 'bot_house-program' }, house),
    live('the house\'s member', house.member, house),
    live('a guest', land.guest, house),
    live('a server admin', house.admin, house, { server: true }),
  ];
}

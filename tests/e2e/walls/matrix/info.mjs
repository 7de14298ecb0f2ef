// What the server says of itself and of bridges.
import { c, mine, public_, room, v1 } from '../matrix_words.mjs';

export const rows = {
  'GET /': public_,
  'GET /health': public_,
  'GET /_troupe/files/{token}': { ...public_, path: { token: () => 'none' }, good: [404] },
  'GET /ready': public_,
  'GET /_synapse/metrics': { role: 'metrics' },
  'GET /_matrix/client/versions': public_,
  'GET /.well-known/matrix/client': public_,
  'GET /.well-known/matrix/support': { ...public_, good: [404] },
  'GET /_matrix/federation/v1/version': public_,
  'POST /_matrix/key/v2/query': { ...public_, good: [403], body: () => ({ server_keys: {} }) },
  [`GET ${c}/capabilities`]: mine,
  [`GET ${c}/voip/turnServer`]: mine,
  [`GET ${c}/thirdparty/protocols`]: mine,
  [`GET ${c}/thirdparty/protocol/{protocol}`]: { ...mine, path: { protocol: () => 'irc' }, good: [404] },
  [`GET ${c}/thirdparty/location`]: mine,
  [`GET ${c}/thirdparty/location/{protocol}`]: { ...mine, path: { protocol: () => 'irc' }, good: [404] },
  [`GET ${c}/thirdparty/user`]: mine,
  [`GET ${c}/thirdparty/user/{protocol}`]: { ...mine, path: { protocol: () => 'irc' }, good: [404] },
  [`POST ${v1}/appservice/{service_id}/ping`]: { ...mine, path: { service_id: () => 'irc' }, good: [403], body: () => ({}) },
  [`PUT ${c}/directory/list/appservice/{network_id}/{room_id}`]: { ...mine, path: { network_id: () => 'irc' }, places: room, good: [403], body: () => ({ visibility: 'public' }) },
};

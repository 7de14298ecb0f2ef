// Signing in on a page: what clients and browsers ask for without any credential, and what nobody gets without one.
import { public_, v1 } from '../matrix_words.mjs';

const root = '/_matrix/client/oauth';
const form = (fields) => () => new URLSearchParams(fields);
const refused = { ...public_, good: [401] };

export const rows = {
  [`GET ${v1}/auth_metadata`]: public_,
  'GET /_matrix/client/unstable/org.matrix.msc2965/auth_metadata': public_,
  'GET /_matrix/client/unstable/org.matrix.msc2965/auth_issuer': public_,
  'GET /.well-known/openid-configuration': public_,
  [`GET ${root}/keys`]: public_,
  [`POST ${root}/register`]: { ...public_, good: [201], body: () => ({ client_uri: 'https://example.com', redirect_uris: ['https://example.com/done'] }) },
  [`POST ${root}/token`]: { ...refused, body: form({ grant_type: 'authorization_code', client_id: 'attack', code: 'attack' }) },
  [`POST ${root}/revoke`]: { ...public_, body: form({ token: 'attack' }) },
  [`POST ${root}/device`]: { ...refused, body: form({ client_id: 'attack', scope: 'attack' }) },
  // Pages: a form that no page of ours has shown is refused, whoever sends it.
  [`GET ${root}/authorize`]: { ...public_, good: [400] },
  [`POST ${root}/authorize`]: { ...public_, good: [403], body: form({ step: 'allow' }) },
  [`GET ${root}/sign_up`]: { ...public_, good: [403] },
  [`POST ${root}/sign_up`]: { ...public_, good: [403], body: form({ step: 'make', user: 'attacker', password: 'a-password-of-twelve', again: 'a-password-of-twelve' }) },
  [`GET ${root}/link`]: public_,
  [`POST ${root}/link`]: { ...public_, good: [403], body: form({ step: 'allow' }) },
  [`GET ${root}/account`]: public_,
  [`POST ${root}/account`]: { ...public_, good: [403], body: form({ step: 'end', device_id: 'attack' }) },
};

// Single sign-on: the walls' server has no provider, so there is nowhere to go and nothing to come back from.
import { c, public_ } from '../matrix_words.mjs';

const client = () => 'https://app.example.com/done';
const nowhere = { ...public_, good: [404] };
const form = (fields) => () => new URLSearchParams(fields);

export const rows = {
  [`GET ${c}/login/sso/redirect`]: { ...nowhere, query: { redirectUrl: client } },
  [`GET ${c}/login/sso/redirect/{idpId}`]: { ...nowhere, path: { idpId: () => 'oidc-attack' }, query: { redirectUrl: client } },
  [`GET ${c}/auth/m.login.sso/fallback/web`]: { ...nowhere, query: { session: () => 'attack' } },
  [`POST ${c}/auth/m.login.sso/fallback/web`]: { ...public_, good: [403], body: form({ session: 'attack', idp: 'oidc-attack' }) },
  'GET /_matrix/client/oauth/elsewhere': { ...nowhere, query: { idp: () => 'oidc-attack', to: () => 'account' } },
  'GET /_synapse/client/pick_idp': { ...nowhere, query: { redirectUrl: client } },
  'GET /_synapse/client/sso/console/{idpId}': { ...nowhere, path: { idpId: () => 'oidc-attack' }, query: { redirectUrl: client } },
  'GET /_synapse/client/oidc/callback': { ...public_, good: [403], query: { code: () => 'attack', state: () => 'attack' } },
  'GET /_synapse/client/sso/continue': { ...public_, good: [403], query: { sign_in: () => 'attack' } },
  // Forms that no page of ours has shown are refused, whoever sends them.
  'POST /_synapse/client/sso/continue': { ...public_, good: [403], body: form({ sign_in: 'attack', step: 'leave' }) },
  'POST /_synapse/client/oidc/backchannel_logout': { ...public_, good: [400], body: form({ logout_token: 'attack' }) },
};

// Push rules and pushers.
import { both, c, fresh, mine, public_ } from '../matrix_words.mjs';

export const rows = {
  'GET /_matrix/push/v1/notify': public_,
  // Whoever calls: a key that is no address is rejected without a call.
  'POST /_matrix/push/v1/notify': { ...public_, body: () => ({ notification: { devices: [{ app_id: 'attack', pushkey: 'none' }] } }) },
  [`GET ${c}/pushers`]: mine,
  [`POST ${c}/pushers/set`]: [
    { ...mine, body: (w) => ({ app_id: 'attack', pushkey: w.fresh('push'), kind: 'http', lang: 'en', app_display_name: 'a', device_display_name: 'a', data: { url: 'https://push.example.org/_matrix/push/v1/notify' } }) },
    // Takes nothing of others away but what Matrix has it take: the same app and key, `append` false.
    { ...mine, control: false, body: (w) => ({ app_id: `${w.name}.none`, pushkey: 'none', kind: null }) },
  ],
  ...both('GET', ['', '/', '/global', '/global/', '/global/{kind}', '/global/{kind}/'].map((end) => `${c}/pushrules${end}`), { ...mine, path: { kind: () => 'content' } }),
  ...Object.fromEntries([['GET', ''], ['PUT', ''], ['GET', '/enabled'], ['PUT', '/enabled'], ['GET', '/actions'], ['PUT', '/actions'], ['DELETE', '']].map(([method, end]) =>
    [`${method} ${c}/pushrules/global/{kind}/{rule_id}${end}`, { ...mine, path: { kind: () => 'content', rule_id: fresh('rule') }, places: end === '' && method === 'PUT' ? {} : { 'path.rule_id': 'rule' },
      body: method !== 'PUT' ? undefined : () => (end === '/enabled' ? { enabled: true } : end === '/actions' ? { actions: ['notify'] } : { pattern: 'attack', actions: ['notify'] }) }])),
};

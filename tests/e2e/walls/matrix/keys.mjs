// Keys, to-device messages, key backups.
import { both, c, fresh, meet, mine, note } from '../matrix_words.mjs';

const backup = { auth_data: { public_key: 'attack', signatures: {} }, algorithm: 'm.megolm_backup.v1.curve25519-aes-sha2' };
const sessionData = { first_message_index: 0, forwarded_count: 0, is_verified: true, session_data: { ciphertext: 'attack', ephemeral: 'e', mac: 'm' } };

export const rows = {
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
};

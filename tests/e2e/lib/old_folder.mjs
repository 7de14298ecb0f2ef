// A data folder as an older program left it (tests/golden/data_040d10d): where it is, the services its bots ask, and all
// that clients can read from it. Its program looked at it by the same functions, and what it saw lies beside it.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { Flowise } from './flowise.mjs';
import { OpenAi } from './openai.mjs';
import { MatrixUser } from './troupe.mjs';
import { Webhook } from './webhook.mjs';

export const golden = join(import.meta.dirname, '../../golden/data_040d10d');
export const v3 = '/_matrix/client/v3';
export const at = (...parts) => parts.map(encodeURIComponent).join('/');

/** A folder of the caller's with the old data in it; and what the old program saw and handed out. */
export function unpack() {
  const data = mkdtempSync(join(tmpdir(), 'troupe-old-'));
  execFileSync('tar', ['-xzf', join(golden, 'data.tar.gz'), '-C', data]);
  const read = (name) => readFileSync(join(golden, name));
  return { data, known: JSON.parse(read('known.json')), seen: JSON.parse(gunzipSync(read('seen.json.gz'))) };
}

/**
 * The services behind the bots. Their addresses are in the bots' settings, and a secret goes to no other address than it
 * was typed for: so their ports are fixed, below those that the kernel gives away.
 */
export async function openServices() {
  const services = {
    model: await OpenAi.start({ port: 24811, wordMs: 1 }),
    flow: await Flowise.start({ port: 24812, key: 'flow-key', tokenMs: 1 }),
    hook: await Webhook.start({ port: 24813, thinkMs: 1 }),
  };
  services.stop = () => Promise.all([services.model.stop(), services.flow.stop(), services.hook.stop()]);
  return services;
}

/** Everybody who signed in there, by the token of then. */
export function people(troupe, known) {
  return Object.fromEntries(Object.entries(known.people).map(([name, one]) =>
    [name, Object.assign(new MatrixUser(), one, { base: troupe.matrix })]));
}

// What tells the hour of the look, the process that answers or the place in its memory, and nothing that is stored.
const passing = new Set(['age', 'next_batch', 'prev_batch', 'start', 'end', 'last_seen_ts', 'last_seen_ip', 'last_seen_at',
  'last_used_at', 'presence', 'request_id']);
// Of bots also what they are doing at the moment.
const passingOfBots = new Set([...passing, 'state', 'since', 'status_detail', 'actions', 'task', 'queue', 'backoff', 'updated_at', 'warning']);

/** The same for each look. What happened after the folder was packed (the start before the look) is left out. */
function steady(value, known, gone = passing) {
  if (Array.isArray(value)) return value.filter((one) => !(Date.parse(one?.at) > known.packedMs)).map((one) => steady(one, known, gone));
  if (!value || typeof value !== 'object') return value;
  const out = Object.fromEntries(Object.keys(value).sort().filter((key) => !gone.has(key)).map((key) => [key, steady(value[key], known, gone)]));
  if (Array.isArray(out.state?.events)) out.state.events.sort((a, b) => (a.event_id < b.event_id ? -1 : 1));
  return out;
}
const digest = (bytes) => createHash('sha256').update(bytes).digest('hex');

/** All that a person reads over the Matrix listener. */
async function lookAs(user, known) {
  const get = async (path) => {
    const { status, body } = await user.raw('GET', path);
    return { status, body };
  };
  const seen = { sync: await user.sync({ timeout: 0, filter: { room: { timeline: { limit: 20 } } } }) };
  for (const path of ['account/whoami', 'devices', 'joined_rooms', 'pushrules/', 'pushers', 'publicRooms', 'room_keys/version',
    `profile/${at(user.id)}`, ...known.reads.map((path) => path.replaceAll('{me}', at(user.id)))]) seen[path] = await get(`${v3}/${path}`);
  seen['keys/query'] = (await user.raw('POST', `${v3}/keys/query`, { device_keys: { [known.people.anna.id]: [] } })).body;
  for (const [name, room] of Object.entries(known.rooms)) {
    const base = `${v3}/rooms/${at(room)}`;
    const mine = { members: await get(`${base}/members`) };
    if (mine.members.status === 200) {
      mine.state = (await user.request('GET', `${base}/state`)).sort((a, b) => (a.event_id < b.event_id ? -1 : 1));
      mine.history = await user.history(room);
      mine.aliases = await get(`${base}/aliases`);
      mine.threads = await get(`/_matrix/client/v1/rooms/${at(room)}/threads`);
      mine.tags = await get(`${v3}/user/${at(user.id)}/rooms/${at(room)}/tags`);
      for (const event of known.related) mine[event] = await get(`/_matrix/client/v1/rooms/${at(room)}/relations/${at(event)}`);
    }
    seen[name] = mine;
  }
  for (const path of known.files) {
    const { status, bytes, headers } = await user.raw('GET', `/_matrix/client/v1/media/${path}`);
    seen[path] = { status, type: headers.get('content-type'), digest: digest(bytes) };
  }
  return seen;
}

/** Everything that can be read without changing anything, as far as it was stored. */
export async function look(troupe, known) {
  const seen = {};
  for (const [name, user] of Object.entries(people(troupe, known))) seen[name] = steady(await lookAs(user, known), known);
  const read = async (name, path, headers) => {
    const { status, body } = await troupe.api('GET', path, undefined, headers);
    seen[name] = steady({ status, body }, known, path.includes('/bots') ? passingOfBots : passing);
  };
  for (const path of known.platform) await read(path, path);
  for (const path of known.otherTenant) await read(`${path} of the other tenant`, path, { authorization: `Bearer ${known.keys.zoe}` });
  return seen;
}

/** Sentences about what was there before and is another now or gone. More members than before are no loss. */
export function losses(before, now, where = '') {
  if (Array.isArray(before) && Array.isArray(now)) {
    if (before.length !== now.length) return [`${where} has ${now.length} entries in place of ${before.length}`];
    return before.flatMap((one, i) => losses(one, now[i], `${where}[${i}]`));
  }
  if (before && now && typeof before === 'object' && typeof now === 'object') {
    return Object.keys(before).flatMap((key) => (key in now ? losses(before[key], now[key], `${where}.${key}`) : [`${where}.${key} is gone`]));
  }
  return before === now ? [] : [`${where} is ${JSON.stringify(now)} in place of ${JSON.stringify(before)}`];
}

// What is unread is counted event by event while the program runs and from the database after a start: both say the same
// to people with all kinds of push rules, whatever was said, redacted, read and left in between.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { chance } from './lib/chance.mjs';
import { Troupe } from './lib/troupe.mjs';

const v3 = '/_matrix/client/v3';
const enc = encodeURIComponent;
const rounds = Number(process.env.TROUPE_UNREAD_ROUNDS ?? 3);
let troupe;
before(async () => { troupe = await Troupe.start(); });
after(() => troupe?.stop());

const filter = { room: { timeline: { limit: 1, unread_thread_notifications: true } } };
/** What a first /sync and a new sliding connection say of each room. */
async function told(user) {
  const synced = await user.sync({ filter });
  const slid = await user.request('POST', '/_matrix/client/unstable/org.matrix.simplified_msc3575/sync',
    { conn_id: 'counts', lists: { all: { ranges: [[0, 9]], timeline_limit: 1, required_state: [] } } });
  return {
    classic: Object.fromEntries(Object.entries(synced.rooms.join).map(([id, room]) => [id, [room.unread_notifications, room.unread_thread_notifications ?? {}]])),
    sliding: Object.fromEntries(Object.entries(slid.rooms).map(([id, room]) => [id, [room.notification_count, room.highlight_count]])),
  };
}

test('counts are the same before and after a restart', async () => {
  const { next, pick, below } = chance(Number(process.env.TROUPE_UNREAD_SEED ?? 7));
  const people = [];
  for (const name of ['anna', 'bert', 'cleo', 'dirk', 'emil']) people.push(await troupe.user(name));
  const [anna, bert, cleo, dirk, emil] = people;
  const rooms = [];
  for (let i = 0; i < 3; ++i) rooms.push(await anna.createRoom({ preset: 'public_chat' }));
  for (const room of rooms) for (const user of people.slice(1)) await user.join(room);
  const rule = (user, path, body) => user.request('PUT', `${v3}/pushrules/global/${path}`, body);
  const mutes = { actions: [], conditions: [{ kind: 'event_match', key: 'room_id', pattern: rooms[0] }] };
  await rule(bert, 'content/word', { pattern: 'banana', actions: ['notify', { set_tweak: 'highlight' }] });
  await rule(bert, `override/${enc(rooms[0])}`, mutes);
  await bert.request('PUT', `${v3}/user/${enc(bert.id)}/account_data/m.ignored_user_list`, { ignored_users: { [emil.id]: {} } });
  await rule(cleo, 'override/.m.rule.reaction/actions', { actions: ['notify'] });
  await rule(cleo, `room/${enc(rooms[1])}`, { actions: ['notify'] });
  await rule(dirk, 'override/.m.rule.suppress_notices/enabled', { enabled: false });
  await rule(dirk, `sender/${enc(anna.id)}`, { actions: ['notify', { set_tweak: 'highlight' }] });
  await rule(emil, 'override/.m.rule.member_event/actions', { actions: ['notify'] });
  await rule(emil, 'override/.m.rule.suppress_edits/enabled', { enabled: false });

  const said = new Map(rooms.map((room) => [room, []]));
  const words = ['hello', 'banana', 'anna', 'bert hi', 'CLEO!', 'dirk, emil', '@room'];
  let number = 0;
  const at = (room, rest) => `${v3}/rooms/${enc(room)}/${rest}`;
  const send = async (user, room, type, content) => {
    const sent = await user.raw('PUT', at(room, `send/${type}/${++number}`), content);
    if (sent.status === 400) return; // chance began a thread where none may begin
    assert.equal(sent.status, 200, JSON.stringify(sent.body));
    const relation = content['m.relates_to'];
    said.get(room).push({ id: sent.body.event_id, thread: relation?.rel_type === 'm.thread' ? relation.event_id : undefined });
  };
  const text = (more = {}) => ({ msgtype: 'm.text', body: pick(words), ...more });
  const about = (rel_type, event_id) => ({ 'm.relates_to': { rel_type, event_id, ...(rel_type === 'm.annotation' && { key: `${++number}` }) } });
  const acts = {
    say: (user, room) => send(user, room, 'm.room.message', text()),
    name: (user, room) => send(user, room, 'm.room.message', text({ 'm.mentions': { user_ids: [pick(people).id] } })),
    notice: (user, room) => send(user, room, 'm.room.message', text({ msgtype: 'm.notice' })),
    react: (user, room, event) => send(user, room, 'm.reaction', about('m.annotation', event.id)),
    edit: (user, room, event) => send(user, room, 'm.room.message', text({ 'm.new_content': text(), ...about('m.replace', event.id) })),
    answer: (user, room, event) => send(user, room, 'm.room.message', text(about('m.thread', event.thread ?? event.id))),
    encrypt: (user, room) => send(user, room, 'm.room.encrypted', { algorithm: 'x' }),
    topic: (user, room) => anna.request('PUT', at(room, 'state/m.room.topic/'), { topic: `${++number}` }),
    picture: (user, room) => user.request('PUT', at(room, `state/m.room.member/${enc(user.id)}`),
      { membership: 'join', displayname: user.id.slice(1, 5), avatar_url: `mxc://localhost/${++number}` }),
    redact: (user, room, event) => user.raw('PUT', at(room, `redact/${enc(event.id)}/${++number}`), {}), // may be somebody else's
    read: (user, room, event) => user.raw('POST', at(room, `receipt/${pick(['m.read', 'm.read.private'])}/${enc(event.id)}`),
      below(0.5) ? {} : { thread_id: event.thread ?? 'main' }), // a reaction in a thread belongs to that
    comeBack: async (user, room) => {
      await user.request('POST', at(room, 'leave'), {});
      await user.join(room);
    },
    sync: (user) => told(user),
  };
  const often = ['say', 'say', 'say', 'say', 'answer', 'answer', 'redact', 'redact', 'read', 'read', ...Object.keys(acts)];
  for (const room of rooms) await acts.say(anna, room);

  for (let round = 0; round < rounds; ++round) {
    for (let i = 0; i < 80; ++i) {
      const room = pick(rooms);
      await acts[pick(often)](pick(people), room, pick(said.get(room).slice(-25)));
      if (next() < 0.2) await told(pick(people));
    }
    const then = [];
    for (const user of people) then.push(await told(user));
    await troupe.restart();
    for (const [i, user] of people.entries()) assert.deepEqual(await told(user), then[i], `${user.id} in round ${round}`);
  }
});

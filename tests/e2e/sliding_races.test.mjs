// Sliding sync in both shapes beside people who talk, redact, leave, forget, are banned and come back, while answers get
// lost: every client ends with the room as it is, nothing twice, nothing missing, and nothing from while it was out.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { chance } from './lib/chance.mjs';
import { Troupe } from './lib/troupe.mjs';

const v3 = '/_matrix/client/v3';
const enc = encodeURIComponent;
const pause = (ms) => new Promise((r) => setTimeout(r, ms));
const seed = Number(process.env.TROUPE_RACES_SEED ?? 1);
const lasts = Number(process.env.TROUPE_RACES_MS ?? 8000);
let troupe;
before(async () => { troupe = await Troupe.start(); });
after(() => troupe?.stop());

const extensions = Object.fromEntries(['account_data', 'receipts', 'typing', 'e2ee', 'to_device'].map((name) => [name, { enabled: true }]));
const memberKey = (user) => `m.room.member\0${user}`;

/** A client that keeps what it was shown. With `loses` some answers do not reach it, and it asks again. */
class Client {
  constructor(user, shape, limit, loses) {
    Object.assign(this, { user, shape, limit, loses, rooms: new Map(), seen: new Map(), twice: [] });
    this.name = `${user.id} ${shape}${loses ? ' lossy' : ''}`;
  }
  ask(timeout) {
    if (this.shape === 'v4') {
      return this.user.request('POST', '/_matrix/client/v4/sync', { ...(this.pos && { pos: this.pos }), timeout, conn_id: this.name.slice(-12),
        lists: { all: { timeline_limit: this.limit, range: [0, 99], required_state: { include: [{}] } } }, extensions });
    }
    const query = new URLSearchParams({ timeout, ...(this.pos && { pos: this.pos }) });
    return this.user.request('POST', `/_matrix/client/unstable/org.matrix.simplified_msc3575/sync?${query}`, { conn_id: this.name.slice(-12),
      lists: { all: { timeline_limit: this.limit, ranges: [[0, 99]], required_state: [['*', '*']] } }, extensions });
  }
  take(answer) {
    this.pos = answer.pos;
    for (const [id, part] of Object.entries(answer.rooms)) {
      if (part.invite_state || part.stripped_state) {
        this.rooms.set(id, { invited: true, state: new Map(), timeline: [] });
        continue;
      }
      let room = this.rooms.get(id);
      if (!room || room.invited || part.initial) this.rooms.set(id, room = { state: new Map(), timeline: [] });
      if (part.limited || part.unstable_expanded_timeline || part.expanded_timeline) room.timeline = [];
      for (const event of part.required_state ?? []) room.state.set(`${event.type}\0${event.state_key}`, event.event_id);
      for (const event of part.timeline ?? []) {
        if (room.timeline.includes(event.event_id)) this.twice.push(event.event_id);
        room.timeline.push(event.event_id);
        this.seen.set(event.event_id, { room: id, event });
        if (event.state_key !== undefined) room.state.set(`${event.type}\0${event.state_key}`, event.event_id);
      }
      room.joined = part.joined_count ?? room.joined;
    }
  }
  async loop(race, { below }) {
    while (race.runs) {
      const answer = await this.ask(500);
      if (!this.loses || !below(0.3)) this.take(answer);
    }
  }
  /** Asks until two answers in a row had waited in vain. */
  async becomeQuiet() {
    for (let quiet = 0, round = 0; quiet < 2; ++round) {
      assert.ok(round < 20, `${this.name} is answered without news`);
      const began = Date.now();
      const answer = await this.ask(300);
      quiet = Object.keys(answer.rooms).length === 0 && Date.now() - began >= 290 ? quiet + 1 : 0;
      this.take(answer);
    }
  }
}

test('racing membership, redactions and lost answers', async () => {
  const owner = await troupe.user('owner');
  const people = [];
  for (const name of ['ann', 'ben', 'cleo', 'dirk']) people.push(await troupe.user(name));
  const rooms = [];
  for (const visibility of ['joined', 'shared', 'joined']) {
    rooms.push(await owner.createRoom({ preset: 'public_chat', initial_state: [
      { type: 'm.room.history_visibility', state_key: '', content: { history_visibility: visibility } }] }));
  }
  const race = { runs: true };
  const at = (room, rest) => `${v3}/rooms/${enc(room)}/${rest}`;
  let number = 0;
  const say = (user, room) => user.raw('PUT', at(room, `send/m.room.message/${++number}`), { msgtype: 'm.text', body: `${number}` });
  const lives = async (user, { next, pick, below }) => {
    while (race.runs) {
      const room = pick(rooms);
      const what = next();
      if (what < 0.15) await user.raw('POST', at(room, 'join'), {});
      else if (what < 0.25) await user.raw('POST', at(room, 'leave'), {});
      else if (what < 0.3) await user.raw('POST', at(room, 'forget'), {});
      else if (what < 0.4) await user.raw('PUT', at(room, `state/m.room.member/${enc(user.id)}`), { membership: 'join', displayname: `n${++number}` });
      else {
        const said = await say(user, room);
        if (said.status === 200 && below(0.3)) await user.raw('PUT', at(room, `redact/${enc(said.body.event_id)}/${++number}`), {});
      }
    }
  };
  const rules = async ({ next, pick }) => {
    while (race.runs) {
      const room = pick(rooms);
      const user_id = pick(people).id;
      const what = next();
      if (what < 0.6) await owner.raw('POST', at(room, pick(['ban', 'unban', 'unban', 'kick', 'invite'])), { user_id });
      else if (what < 0.8) await owner.raw('PUT', at(room, `state/org.example.x/${number % 5}`), { n: ++number });
      else await say(owner, room);
    }
  };
  const clients = people.flatMap((user) => [new Client(user, 'unstable', 5, false), new Client(user, 'unstable', 3, true), new Client(user, 'v4', 4, true)]);
  const work = [...people.map((user, i) => lives(user, chance(seed + i))), rules(chance(seed + 100)), ...clients.map((c, i) => c.loop(race, chance(seed + 200 + i)))];
  setTimeout(() => { race.runs = false; }, lasts);
  await Promise.all(work);
  await pause(100);
  await Promise.all(clients.map((client) => client.becomeQuiet()));

  for (const [index, room] of rooms.entries()) {
    const history = [];
    for (let from; ;) {
      const page = await owner.messages(room, from ? { from } : {});
      history.unshift(...page.chunk.reverse());
      if (!(from = page.end)) break;
    }
    const place = new Map(history.map((event, i) => [event.event_id, i]));
    for (const client of clients) {
      const me = client.user.id;
      let membership = 'none';
      let bounded = false; // by the room's history visibility, which is not its first event
      const open = new Set(); // what was said while they were in, and what happened to themselves
      for (const event of history) {
        const own = event.type === 'm.room.member' && event.state_key === me;
        if (own) membership = event.content.membership;
        if (own || membership === 'join' || !bounded) open.add(event.event_id);
        bounded ||= event.type === 'm.room.history_visibility';
      }
      if (index !== 1) {
        for (const [id, { room: where, event }] of client.seen) assert.ok(where !== room || open.has(id), `${client.name} was shown ${event.type} of a time when it was out`);
      }
      const shown = client.rooms.get(room);
      if (membership === 'join') {
        assert.ok(shown && !shown.invited, `${client.name} knows the room`);
        const state = await client.user.request('GET', at(room, 'state'));
        assert.deepEqual(new Map([...shown.state].sort()), new Map(state.map((e) => [`${e.type}\0${e.state_key}`, e.event_id]).sort()), client.name);
        assert.equal(shown.joined, state.filter((e) => e.type === 'm.room.member' && e.content.membership === 'join').length, client.name);
        assert.deepEqual(shown.timeline, history.slice(place.get(shown.timeline[0])).map((e) => e.event_id), `${client.name}: the timeline has no gap`);
      } else if (membership === 'invite') {
        assert.ok(shown?.invited, `${client.name} shows the invitation`);
      } else if (shown) {
        assert.ok(!shown.invited, `${client.name} shows an invitation that is over`);
        const own = history[place.get(shown.state.get(memberKey(me)))];
        assert.notEqual(own?.content.membership, 'join', `${client.name} knows that it is out`);
      }
    }
  }
  for (const client of clients) assert.deepEqual(client.twice, [], client.name);
});

// Everything that a server has acknowledged to its clients, and whether it is all still there. For tests that take the
// power away, fill the disk or put an older database in place: whatever happens, what was answered with 200 stays.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { OpenAi } from './openai.mjs';
import { MatrixUser, until } from './troupe.mjs';

const room = (id) => `/_matrix/client/v3/rooms/${encodeURIComponent(id)}`;
const digest = (bytes) => createHash('sha256').update(bytes).digest('hex');

/** What was acknowledged, each with the position of the disk's journal by then. */
export class Acknowledged {
  /** `position()`: how far the disk's journal has come. */
  constructor(troupe, position = () => 0) {
    Object.assign(this, { troupe, position, list: [], unsure: [], users: [], number: 0 });
  }
  note(kind, what) { this.list.push({ kind, at: this.position(), ...what }); }

  /** The stand-in for a model, which knows whether the bot's key is the right one. */
  async openModel() { this.model = await OpenAi.start(); }
  async close() { await this.model?.stop(); }

  async user(name) {
    const password = `password-of-${name}`;
    const made = await this.troupe.api('POST', '/api/v1/users', { username: name, password });
    if (made.status >= 300) throw new Error(`user ${name}: ${made.status}`);
    this.note('account', { name, password });
    return this.login(name, password);
  }
  async login(name, password) {
    const user = await MatrixUser.login(this.troupe.matrix, name, password);
    this.note('token', { user: user.id, token: user.token });
    this.users.push(user);
    return user;
  }
  async createRoom(user, body) {
    const id = await user.createRoom(body);
    this.note('room', { user, room: id });
    return id;
  }
  async join(user, roomId) {
    await user.join(roomId);
    this.note('join', { user, room: roomId });
  }
  /** Sends a message; what gets no answer may be there once or not at all. */
  async send(user, roomId, bytes = 20) {
    const txn = `txn-${this.number++}`;
    const body = `${txn} ${'x'.repeat(bytes)}`;
    const message = { user, room: roomId, txn, body };
    this.unsure.push(message);
    message.event = await user.send(roomId, body, txn);
    this.unsure.splice(this.unsure.indexOf(message), 1);
    this.note('event', message);
    return message.event;
  }
  async upload(user, bytes) {
    const data = Buffer.alloc(bytes);
    for (let i = 0; i < bytes; i += 8) data.writeDoubleLE(Math.random(), Math.min(i, bytes - 8));
    const answer = await user.raw('POST', '/_matrix/media/v3/upload?filename=a.bin', new Uint8Array(data), { 'content-type': 'application/octet-stream' });
    if (answer.status !== 200) throw new Error(`upload: ${answer.status}`);
    this.note('media', { user, uri: answer.body.content_uri, digest: digest(data) });
  }
  async toDevice(from, to) {
    const text = `note-${this.number++}`;
    await from.request('PUT', `/_matrix/client/v3/sendToDevice/org.example.note/${text}`, { messages: { [to.id]: { [to.device]: { text } } } });
    this.note('toDevice', { user: to, text });
  }
  async receipt(user, roomId, event) {
    await user.request('POST', `${room(roomId)}/receipt/m.read/${encodeURIComponent(event)}`, {});
    this.note('receipt', { user, room: roomId, event });
  }
  async accountData(user) {
    const value = this.number++;
    await user.request('PUT', `/_matrix/client/v3/user/${encodeURIComponent(user.id)}/account_data/org.example.n${value % 5}`, { value });
    this.note('accountData', { user, type: `org.example.n${value % 5}`, value });
  }
  /** A bot whose key for its model is sealed in the database, and a room with it. */
  async bot(user, name) {
    const key = `sk-${name}-${Math.random()}`;
    const made = await this.troupe.api('POST', '/api/v1/bots', { bot_id: name,
      brain: { kind: 'openai', config: { base_url: this.model.url, model: 'stand-in', api_key: key } } });
    assert.equal(made.status, 201, JSON.stringify(made.body));
    assert.ok((await this.troupe.api('POST', `/api/v1/bots/${name}/start`)).status < 300);
    const id = made.body.bot.user_id;
    this.note('bot', { name, id, key });
    const roomId = await this.createRoom(user, { preset: 'private_chat', invite: [id] });
    await until(async () => (await user.request('GET', `${room(roomId)}/joined_members`)).joined[id], 'the bot to join', 90_000);
    this.note('talk', { name, user, room: roomId, id });
  }

  /**
   * Looks at everything that was acknowledged up to a position. Yields {lost, doubled}: sentences. Repeats what was sent,
   * as clients do, the unanswered too.
   */
  async check({ upTo = Infinity, troupe = this.troupe, bots = true } = {}) {
    const lost = [], doubled = [];
    const known = this.list.filter((one) => one.at <= upTo);
    const of = (kind) => known.filter((one) => one.kind === kind);
    const here = (user) => Object.assign(new MatrixUser(), user, { base: troupe.matrix });
    const alive = new Set();
    for (const { user, token } of of('token')) {
      const answer = await here({ token }).raw('GET', '/_matrix/client/v3/account/whoami');
      if (answer.status !== 200 || answer.body.user_id !== user) lost.push(`token of ${user}: ${answer.status}`);
      else alive.add(token);
    }
    for (const { name, password } of of('account')) {
      if (known.some((one) => one.kind === 'token' && alive.has(one.token) && one.user.startsWith(`@${name}:`))) continue;
      const answer = await here({}).raw('POST', '/_matrix/client/v3/login', { type: 'm.login.password', identifier: { type: 'm.id.user', user: name }, password });
      if (answer.status !== 200) lost.push(`account ${name}: ${answer.status}`);
    }
    const events = of('event');
    const rooms = new Map(of('room').map((one) => [one.room, one.user]));
    const order = new Map(); // event → its place in its room
    for (const [roomId, owner] of rooms) {
      const mine = events.filter((one) => one.room === roomId);
      const answer = await here(owner).raw('GET', `${room(roomId)}/state/m.room.create`);
      if (answer.status !== 200) {
        lost.push(`room ${roomId}: ${answer.status}, with ${mine.length} events`);
        continue;
      }
      // Some of what was acknowledged and all of what was not is sent again.
      const repeated = [...mine.slice(-12), ...mine.filter((_, i) => i % 23 === 0)];
      for (const { user, txn, body, event } of repeated) {
        const again = await here(user).send(roomId, body, txn).catch((error) => error);
        if (again instanceof Error) lost.push(`a repeat of ${txn}: ${again.message}`);
        else if (again !== event) doubled.push(`${txn} was ${event}, repeated it is ${again}`);
      }
      // Who had not been told by then that they are in the room may not be in it.
      const members = new Set([owner, ...of('join').filter((one) => one.room === roomId).map((one) => one.user)]);
      for (const { user, txn, body } of [...this.unsure.filter((one) => one.room === roomId), ...this.list.filter((one) => one.kind === 'event' && one.room === roomId && one.at > upTo)]) {
        if (alive.has(user.token) && members.has(user)) await here(user).send(roomId, body, txn).catch((error) => lost.push(`an unanswered ${txn}: ${error.message}`));
      }
      const history = (await here(owner).history(roomId)).filter((e) => e.type === 'm.room.message');
      for (const [i, { event_id: id }] of history.entries()) order.set(id, i);
      for (const { txn, event } of mine) if (!order.has(event)) lost.push(`event ${txn} ${event}`);
      const bodies = new Map();
      for (const { sender, content } of history) if (content.body?.startsWith('txn-')) bodies.set(sender + content.body, (bodies.get(sender + content.body) ?? 0) + 1);
      for (const [body, times] of bodies) if (times > 1) doubled.push(`${body.slice(0, 60)} is there ${times} times`);
      for (const { event, txn } of [...mine.slice(0, 5), ...mine.slice(-5)]) {
        const one = await here(owner).raw('GET', `${room(roomId)}/event/${encodeURIComponent(event)}`);
        if (one.status !== 200) lost.push(`event ${txn} by its id: ${one.status}`);
      }
    }
    for (const one of of('media')) {
      const [, server, id] = /^mxc:\/\/([^/]+)\/(.+)$/.exec(one.uri);
      const answer = await here(one.user).raw('GET', `/_matrix/client/v1/media/download/${server}/${id}`);
      if (answer.status !== 200) lost.push(`media ${one.uri}: ${answer.status}`);
      else if (digest(answer.bytes) !== one.digest) lost.push(`media ${one.uri}: other bytes`);
    }
    const people = new Map(known.filter((one) => ['toDevice', 'receipt', 'accountData'].includes(one.kind)).map((one) => [one.user.token, one.user]));
    for (const user of people.values()) {
      const notes = of('toDevice').filter((one) => one.user === user);
      const data = new Map(of('accountData').filter((one) => one.user === user).map((one) => [one.type, one.value]));
      let answer;
      try {
        answer = await here(user).sync();
      } catch (error) {
        lost.push(`sync of ${user.id}: ${error.message}; ${notes.length} to-device messages, ${data.size} account data`);
        continue;
      }
      const got = (answer.to_device?.events ?? []).map((e) => e.content.text);
      // A sync carries so many at most: the rest comes with its token.
      for (let more = answer; more.to_device?.events?.length >= 50;) {
        more = await here(user).sync({ since: more.next_batch, timeout: 0 });
        got.push(...(more.to_device?.events ?? []).map((e) => e.content.text));
      }
      for (const { text } of notes) {
        const times = got.filter((other) => other === text).length;
        if (times === 0) lost.push(`to-device ${text} for ${user.id}`);
        if (times > 1) doubled.push(`to-device ${text} came ${times} times`);
      }
      // A receipt only moves on, so an older one changes nothing; and a later one that was not acknowledged may be there.
      for (const roomId of new Set(of('receipt').filter((one) => one.user === user).map((one) => one.room))) {
        const furthest = Math.max(...of('receipt').filter((one) => one.user === user && one.room === roomId).map((one) => order.get(one.event) ?? -1));
        const seen = (answer.rooms?.join?.[roomId]?.ephemeral?.events ?? []).flatMap((e) => Object.entries(e.content))
          .filter(([, kinds]) => kinds['m.read']?.[user.id]).map(([id]) => order.get(id) ?? -1);
        if (!seen.some((at) => at >= furthest)) lost.push(`the receipt of ${user.id} at event ${furthest} of ${roomId}: ${JSON.stringify(seen)}`);
      }
      const values = new Map((answer.account_data?.events ?? []).map((e) => [e.type, e.content.value]));
      for (const [type, value] of data) if (!(values.get(type) >= value)) lost.push(`account data ${type} of ${user.id}: ${values.get(type)} in place of ${value}`);
    }
    if (bots) for (const talk of of('talk')) await this.ask(here(talk.user), talk, of('bot').find((one) => one.name === talk.name), lost, troupe);
    return { lost, doubled };
  }

  /** Whether the bot still has its key: it answers, and its model was shown it. */
  async ask(user, { room: roomId, name, id }, { key }, lost, troupe) {
    const asked = this.model.requests.length;
    try {
      const question = await user.send(roomId, 'json please', `ask-${this.number++}`);
      await until(async () => (await user.messages(roomId, { limit: '20' })).chunk.some((e) => e.sender === id && e.type === 'm.room.message'
        && e.content['org.troupe.bot']?.answers === question), `an answer of ${name}`, 90_000);
      const keys = this.model.requests.slice(asked).map((one) => one.headers.authorization);
      if (!keys.includes(`Bearer ${key}`)) lost.push(`the key of ${name}: its model was shown ${JSON.stringify(keys)}`);
    } catch (error) {
      const now = await troupe.api('GET', `/api/v1/bots/${name}`);
      lost.push(`bot ${name}: ${error.message.slice(0, 200)}; it is ${JSON.stringify(now.body).slice(0, 400)}`);
    }
  }
}

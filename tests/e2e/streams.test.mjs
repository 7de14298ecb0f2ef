// An answer that grows (MSC4471): what it costs the room, where everybody follows its stream and where nobody does, and
// what is left of it after a kill. Bots' commands (MSC4391).
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, before, test } from 'node:test';
import { essay, OpenAi } from './lib/openai.mjs';
import { MatrixUser, Troupe, until } from './lib/troupe.mjs';

const name = 'org.matrix.msc4471.stream';
let troupe;
let model;
let serial = 0;

before(async () => {
  troupe = await Troupe.start();
  model = await OpenAi.start({ wordMs: 60 });
});
after(async () => {
  await troupe?.stop();
  await model?.stop();
});

/** A running bot and a room with it and a person of its own. */
async function botIn() {
  const person = await troupe.user(`reader${++serial}`);
  const bot_id = `essayist${serial}`;
  const made = await troupe.api('POST', '/api/v1/bots', { bot_id,
    brain: { kind: 'openai', config: { base_url: model.url, model: 'stand-in', api_key: 'none' } } });
  assert.equal(made.status, 201, JSON.stringify(made.body));
  assert.equal((await troupe.api('POST', `/api/v1/bots/${bot_id}/start`)).status, 200);
  const user = `@bot_${bot_id}:localhost`;
  const room = await person.createRoom({ invite: [user], preset: 'trusted_private_chat', is_direct: true });
  await until(async () => (await person.request('GET', `/_matrix/client/v3/rooms/${encodeURIComponent(room)}/joined_members`)).joined[user],
    'the bot to join');
  return { person, bot_id, user, room };
}

/** A client that is there, and follows streams when it knows them. */
class Client {
  constructor(person, room, { follows }) {
    Object.assign(this, { person, room, follows, streams: new Map(), seen: [], over: false });
  }
  async start() {
    this.since = (await this.person.sync({ timeout: 0 })).next_batch;
    this.running = this.run();
    return this;
  }
  async stop() {
    this.over = true;
    await this.running;
  }
  async run() {
    while (!this.over) {
      let answer;
      try {
        answer = await this.person.sync({ timeout: 1000, since: this.since });
      } catch (error) {
        if (error.status && error.status < 500) throw error;
        await new Promise((r) => setTimeout(r, 100)); // the server was killed
        continue;
      }
      this.since = answer.next_batch;
      for (const event of answer.to_device?.events ?? []) this.hear(event);
      for (const event of answer.rooms?.join?.[this.room]?.timeline?.events ?? []) {
        this.seen.push(event);
        const described = event.content?.[name];
        if (this.follows && described && !event.content['m.relates_to']?.rel_type) {
          await this.subscribe(event, described).catch((error) => { if (error.status && error.status < 500) throw error; }); // it was killed
        }
      }
    }
  }
  async subscribe(event, { device_id }) {
    this.streams.set(event.event_id, { text: event.content.body, seq: 0, updates: 0 });
    await this.person.request('PUT', `/_matrix/client/v3/sendToDevice/${name}.subscribe/s${Math.random()}`, { messages: { [event.sender]: {
      [device_id]: { room_id: this.room, event_id: event.event_id, subscriber_device_id: this.person.device } } } });
    this.streams.get(event.event_id).asked = true;
  }
  /** How many streams it has asked for, and how many updates the one with the most has had. */
  get asked() { return [...this.streams.values()].filter((stream) => stream.asked).length; }
  get updates() { return Math.max(0, ...[...this.streams.values()].map((stream) => stream.updates)); }
  hear({ type, content }) {
    if (type !== `${name}.update`) return;
    const stream = this.streams.get(content.event_id);
    assert.ok(stream, 'an update of what nobody asked for');
    if (content.seq <= stream.seq) return;
    assert.ok(content.op === 'replace' || content.seq === stream.seq + 1, 'nothing is missing');
    stream.seq = content.seq;
    stream.updates += 1;
    stream.text = content.op === 'replace' ? content.content.body : stream.text + content.content.body;
    stream.shown = [...(stream.shown ?? []), stream.text];
  }
}

/** The bot's durable events in a room, oldest first. */
async function events({ person, room, user }) {
  return (await person.history(room)).filter((event) => event.sender === user && event.type === 'm.room.message');
}

function newest(all) {
  const messages = new Map();
  for (const { event_id, content } of all) {
    const relation = content['m.relates_to'];
    if (relation?.rel_type === 'm.replace') messages.set(relation.event_id, content['m.new_content'].body);
    else messages.set(event_id, content.body);
  }
  return [...messages.values()];
}

async function answered(bot, count = 1) {
  await until(async () => newest(await events(bot)).filter((text) => text === essay).length === count, 'the whole answer');
  return events(bot);
}

/** The events of one more answer. */
async function ask(bot) {
  const before = await events(bot);
  await bot.person.send(bot.room, 'essay');
  return (await answered(bot, newest(before).length + 1)).slice(before.length);
}

/**
 * One of a few answers that was edited on its way: a busy machine may be late for it. Each costs what it may. The rest of
 * each is said when `ready` says so.
 */
async function askUntilEdited(bot, ready = () => true) {
  try {
    for (let tries = 0; tries < 5; ++tries) {
      const had = (await events(bot)).length;
      model.before = (_, n) => n !== 20 || until(async () => ready() && (await events(bot)).length >= had + 2, 'an edit on the way', 20_000).catch(() => {});
      const all = await ask(bot);
      assert.ok(all.length >= 2 && all.length <= 6, `${all.length} events`);
      if (all.length > 2) return all;
    }
  } finally {
    model.before = () => {};
  }
  throw new Error('five answers came without an edit on the way');
}

const bytes = (all) => all.reduce((sum, { unsigned, ...event }) => sum + JSON.stringify(event).length, 0);

test('where the client follows the stream an answer is two events', async () => {
  const bot = await botIn();
  const client = await new Client(bot.person, bot.room, { follows: true }).start();
  model.before = (_, n) => n !== 1 || until(() => client.asked > 0, 'the client to ask for the stream').catch(() => {});
  await ask(bot); // from now on the server knows what this client is
  await until(() => client.updates >= 1, 'a first update');
  // The model goes on when the client has asked for the stream. Between two of its requests a busy machine's client may be
  // missed all the same: one of a few answers then.
  let all;
  for (let tries = 0; tries < 5 && all?.length !== 2; ++tries) {
    const had = client.asked;
    model.before = (_, n) => n !== 1 || until(() => client.asked > had, 'the client to ask for the stream').catch(() => {});
    all = await ask(bot);
    assert.ok(all.length <= 6, `${all.length} events`);
  }
  model.before = () => {};
  await until(() => client.seen.some(({ event_id }) => event_id === all.at(-1).event_id), 'the end to come by /sync');
  await client.stop();
  assert.equal(all.length, 2, JSON.stringify(all, null, 1));
  assert.ok(bytes(all) <= 7000, `${bytes(all)} bytes`);
  assert.equal(all[1].content['m.new_content'][name], undefined, 'the stream is over');
  for (const { shown = [] } of client.streams.values()) {
    for (const text of shown) assert.ok(essay.startsWith(text), text);
  }
});

test('where no client knows streams an answer is at most six events, and grows all the same', async () => {
  const bot = await botIn();
  const client = await new Client(bot.person, bot.room, { follows: false }).start();
  const all = await askUntilEdited(bot);
  await client.stop();
  assert.ok(all.slice(1, -1).every(({ content }) => content['m.new_content'][name]), 'the stream goes on meanwhile');
});

test('a room with both kinds of clients is no worse than one with the older kind', async () => {
  const bot = await botIn();
  const tablet = await MatrixUser.login(troupe.matrix, bot.person.id, bot.person.password);
  const plain = await new Client(tablet, bot.room, { follows: false }).start();
  const knows = await new Client(bot.person, bot.room, { follows: true }).start();
  await askUntilEdited(bot, () => knows.asked > 0);
  await until(() => knows.updates >= 1, 'an update');
  await plain.stop();
  await knows.stop();
});

test('killed at any update, one whole answer is left', async () => {
  for (const at of [0, 1, 3, 7]) {
    const bot = await botIn();
    const client = await new Client(bot.person, bot.room, { follows: true }).start();
    // The model says as much as it takes for the updates, and no more until the kill.
    let killed = false;
    model.before = (_, n) => n === 0 || until(() => killed || (client.updates < at && client.updates >= Math.floor((n - 1) / 5)), `update ${at}`).catch(() => {});
    await bot.person.send(bot.room, 'essay');
    await until(() => client.streams.size > 0 && client.updates >= at, `update ${at}`);
    await troupe.kill();
    killed = true;
    await troupe.launch();
    const all = await answered(bot);
    await client.stop();
    assert.deepEqual(newest(all), [essay], `killed at update ${at}`);
    assert.ok(all.length <= 12, `${all.length} events over two lives`);
  }
});

test('a room is told of the bot\'s commands, and a client may say one', async () => {
  const bot = await botIn();
  const state = await until(async () => {
    const all = await bot.person.request('GET', `/_matrix/client/v3/rooms/${encodeURIComponent(bot.room)}/state`);
    const found = all.filter(({ type }) => type === 'org.matrix.msc4391.command_description');
    return found.length === 3 && found;
  }, 'the descriptions');
  assert.deepEqual(state.map(({ content }) => content.command).sort(), ['help', 'reset', 'status']);
  for (const { state_key, content, sender } of state) {
    assert.equal(sender, bot.user);
    assert.equal(state_key, createHash('sha256').update(content.command + bot.user).digest('base64'));
    assert.ok(content.description['m.text'][0].body);
  }
  await bot.person.request('PUT', `/_matrix/client/v3/rooms/${encodeURIComponent(bot.room)}/send/m.room.message/c1`, {
    msgtype: 'm.text', body: '/help', 'm.mentions': { user_ids: [bot.user] },
    'org.matrix.msc4391.command': { command: 'help', arguments: {} } });
  await until(async () => newest(await events(bot)).some((text) => text.includes('!reset')), 'the help');
  await troupe.restart();
  const versions = (all) => all.filter(({ type }) => type === 'org.matrix.msc4391.command_description').length;
  assert.equal(versions(await bot.person.history(bot.room)), 3, 'a start tells nothing twice');
});

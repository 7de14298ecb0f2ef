// Several language models behind one bot: switched within an answer, and paid for by limits, in the real program.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Follower, messagesOf } from './lib/follower.mjs';
import { ModelStandIn } from './lib/model_stand_in.mjs';
import { Troupe, until } from './lib/troupe.mjs';

let troupe;
let anna;
let follower;
let serial = 0;
const models = {};

/** Models that have no past: breakers remember. */
async function freshModels() {
  for (const name of ['near', 'far']) {
    await models[name]?.stop();
    models[name] = await ModelStandIn.start(name);
  }
}

before(async () => {
  models.shared = await ModelStandIn.start('shared');
  troupe = await Troupe.start({ env: {
    TROUPE_ASSISTANT_MODELS: JSON.stringify([{ name: 'shared', base_url: models.shared.url, key: 'sk-of-the-server', model: 'm', input_price: '1', output_price: '2' }]),
    TROUPE_ASSISTANT_FIRST_TOKEN_MS: '1000', TROUPE_ASSISTANT_IDLE_MS: '1000',
  } });
  anna = await troupe.user('anna');
  follower = new Follower(anna);
});
after(async () => {
  await follower?.stop();
  await troupe?.stop();
  for (const model of Object.values(models)) await model.stop();
});

const priced = { price_input: '1', price_output: '2' };

/** A running bot, with its first model and further ones. */
async function bot(config = {}) {
  await freshModels();
  const bot_id = `teller${++serial}`;
  const made = await troupe.api('POST', '/api/v1/bots', { bot_id, brain: { kind: 'openai', config: {
    base_url: models.near.url, model: 'm', retries: 0, history_turns: 0, ...priced,
    fallbacks: [{ name: 'far', base_url: models.far.url, model: 'm', api_key: 'sk-of-the-bot', ...priced }], ...config } } });
  assert.equal(made.status, 201, JSON.stringify(made.body));
  assert.equal(JSON.stringify(made.body).includes('sk-of-the-bot'), false);
  assert.equal((await troupe.api('POST', `/api/v1/bots/${bot_id}/start`)).status, 200);
  return { bot_id, user: `@bot_${bot_id}:localhost` };
}
async function roomOf(...bots) {
  const room = await anna.createRoom({ invite: bots.map((one) => one.user), preset: 'trusted_private_chat' });
  await until(async () => {
    const { joined } = await anna.request('GET', `/_matrix/client/v3/rooms/${encodeURIComponent(room)}/joined_members`);
    return bots.every((one) => joined[one.user]);
  }, 'the bots to join', 60_000);
  return room;
}
const answers = (room, user) => messagesOf(follower.events(room)).filter((one) => one.sender === user);
async function ask(room, one, text, matches) {
  const had = answers(room, one.user).length;
  await anna.send(room, text);
  return follower.until(() => {
    const all = answers(room, one.user);
    return all.length > had && matches(all.at(-1).body) && all.at(-1).body;
  }, () => `an answer to '${text}'; there are ${JSON.stringify(answers(room, one.user).map((a) => a.body))}\n${troupe.output.slice(-1500)}`, 60_000);
}

test('the next model answers in the same message, whatever the first one does', async () => {
  // The second model is the last one to ask: it is waited for, however slow the machine is.
  const one = await bot({ first_token_ms: 700, silence_ms: 700, server_models: false });
  const room = await roomOf(one);
  const ways = [{ cut: 0 }, { cut: 200 }, { refuse: 500 }, { silent: 150 }, { silent: 0 }, { refuse: 401, body: '{"error":{"message":"no: sk-of-the-bot"}}' }];
  for (const [i, way] of ways.entries()) {
    models.near.plan = () => way;
    const text = `question ${i}`;
    assert.equal(await ask(room, one, text, (body) => body === models.far.text(text)), models.far.text(text));
  }
  assert.equal(answers(room, one.user).length, ways.length, 'one message each');
  assert.ok(models.near.requests.length < ways.length, 'one that fails again and again is left alone');
  assert.equal(models.shared.requests.length, 0);
  const other = await bot();
  const further = await roomOf(other);
  models.near.plan = () => ({ refuse: 401 });
  models.far.plan = () => ({ cut: 100 });
  await ask(further, other, 'the servers own', (body) => body === models.shared.text('the servers own'));
  assert.equal(models.shared.requests.at(-1).headers.authorization, 'Bearer sk-of-the-server');
  models.shared.plan = () => ({ refuse: 503 });
  assert.match(await ask(further, other, 'nobody', (body) => /None of my language models/.test(body)), /\(reference [0-9a-f]{8}\)\.?$/);
  for (const model of Object.values(models)) model.plan = () => ({});
  assert.equal(troupe.output.includes('sk-of-'), false);
  const metrics = (await troupe.api('GET', '/metrics')).body;
  assert.match(metrics, /troupe_fleet_model_switches_total\{reason="broken"\} \d/);
});

test('what a model was shown and said is kept of each that was asked', async () => {
  const one = await bot({ server_models: false });
  const room = await roomOf(one);
  models.near.plan = () => ({ cut: 200 });
  const text = 'who was asked';
  await ask(room, one, text, (body) => body === models.far.text(text));
  models.near.plan = () => ({});
  const asked = follower.events(room).find((event) => event.content.body === text).event_id;
  const record = await until(async () => {
    const found = await troupe.api('GET', `/api/v1/bots/${one.bot_id}/turns/${encodeURIComponent(asked)}/record`);
    return found.status === 200 && found.body;
  }, 'the record');
  const shown = JSON.stringify(record);
  assert.ok(shown.includes(models.near.url) && shown.includes(models.far.url), shown);
  assert.equal(shown.includes('sk-of-'), false);
});

test('a day costs no more than its limit, also when many ask at once', async () => {
  const dear = await ModelStandIn.start('dear', { tokens: (body) => ({ prompt_tokens: 200, completion_tokens: Math.min(4_900, body.max_tokens) }), delay: 50 });
  try {
    // An answer costs 0.05, and a little more is put aside for it: 19 fit in 1.00.
    const one = await bot({ base_url: dear.url, price_input: '0', price_output: '10.204', max_tokens: 5_000, context_tokens: 100_000,
      daily_limit: '1.00', fallbacks: [], server_models: false });
    const rooms = [];
    for (let i = 0; i < 40; ++i) rooms.push(await roomOf(one));
    await Promise.all(rooms.map((room, i) => anna.send(room, `dear ${i}`)));
    const final = (body, i) => body === dear.text(`dear ${i}`) || /used up/.test(body);
    await follower.until(() => rooms.every((room, i) => answers(room, one.user).some((a) => final(a.body, i))),
      () => `all answers; there are ${rooms.filter((room, i) => answers(room, one.user).some((a) => final(a.body, i))).length}`, 120_000);
    for (const room of rooms) assert.equal(answers(room, one.user).length, 1);
    // The last answer is in its room a moment before it is paid for.
    const row = await until(async () => {
      const page = await troupe.api('GET', '/api/v1/spending?by=bot');
      assert.equal(page.status, 200, JSON.stringify(page.body));
      const found = page.body.items.find((item) => item.who === one.bot_id);
      return found?.reserved_micros === 0 && found;
    }, 'all to be paid for');
    assert.ok(row.spent_micros <= 1_000_000, JSON.stringify(row));
    assert.ok(row.calls >= 15, JSON.stringify(row));
    assert.equal(dear.requests.length, row.calls);
    assert.ok(dear.requests.every((seen) => seen.body.max_tokens <= 5_000));
    const calls = await troupe.api('GET', `/api/v1/spending/calls?bot_id=${one.bot_id}&limit=5`);
    assert.equal(calls.body.items.length, 5);
    assert.equal(calls.body.total, row.calls);
    assert.equal(calls.body.items[0].state, 'settled');
    assert.equal(calls.body.items[0].person, anna.id);
    const persons = await troupe.api('GET', '/api/v1/spending?by=person');
    assert.ok(persons.body.items.some((item) => item.who === anna.id));
    assert.equal((await troupe.api('GET', '/api/v1/spending?day=yesterday')).status, 400);
    assert.equal((await troupe.api('GET', '/api/v1/spending?by=nobody')).status, 400);
  } finally {
    await dear.stop();
  }
});

test('a limit without a price is said plainly; estimates are marked', async () => {
  const plain = await ModelStandIn.start('plain', { tokens: null });
  try {
    const unpriced = await bot({ base_url: plain.url, price_input: null, price_output: null, daily_limit: '1', fallbacks: [], server_models: false });
    assert.match(await ask(await roomOf(unpriced), unpriced, 'hello', () => true), /nobody has said what my model costs/);
    assert.equal(plain.requests.length, 0);
    const guessed = await bot({ base_url: plain.url, fallbacks: [], server_models: false });
    await ask(await roomOf(guessed), guessed, 'count', (body) => body === plain.text('count'));
    const calls = await until(async () => {
      const page = await troupe.api('GET', `/api/v1/spending/calls?bot_id=${guessed.bot_id}`);
      return page.body.items.length === 1 && page.body.items[0].state !== 'reserved' && page.body.items;
    }, 'the call to be booked');
    assert.equal(calls[0].state, 'estimated');
    assert.ok(calls[0].spent_micros > 0);
  } finally {
    await plain.stop();
  }
});

test('a fallback with another address has no key until it is typed again', async () => {
  const one = await bot();
  const config = { base_url: models.near.url, model: 'm', fallbacks: [{ name: 'far', base_url: models.shared.url, model: 'm' }] };
  const changed = await troupe.api('PATCH', `/api/v1/bots/${one.bot_id}`, { brain: { kind: 'openai', config } });
  assert.equal(changed.status, 200, JSON.stringify(changed.body));
  assert.equal(changed.body.brain.config.fallbacks[0].api_key_set, false);
});

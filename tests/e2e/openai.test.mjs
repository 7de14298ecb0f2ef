// The openai brain in the real program, against a server that streams, stalls, cuts and lies, seen by a Matrix client.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { OpenAi } from './lib/openai.mjs';
import { Troupe, until } from './lib/troupe.mjs';

let troupe;
let model;
let anna;
let serial = 0;

before(async () => {
  troupe = await Troupe.start();
  model = await OpenAi.start();
  anna = await troupe.user('anna');
});
after(async () => {
  await troupe?.stop();
  await model?.stop();
});

/** A running bot and a room with it. */
async function botIn(config = {}) {
  const bot_id = `model${++serial}`;
  const made = await troupe.api('POST', '/api/v1/bots', { bot_id,
    brain: { kind: 'openai', config: { base_url: model.url, model: 'stand-in', api_key: 'sk-very-secret', ...config } } });
  assert.equal(made.status, 201, JSON.stringify(made.body));
  assert.equal(JSON.stringify(made.body).includes('sk-very-secret'), false);
  assert.equal((await troupe.api('POST', `/api/v1/bots/${bot_id}/start`)).status, 200);
  const room = await anna.createRoom({ invite: [`@bot_${bot_id}:localhost`], preset: 'trusted_private_chat', is_direct: true });
  await until(async () => (await anna.request('GET', `/_matrix/client/v3/rooms/${encodeURIComponent(room)}/joined_members`))
    .joined[`@bot_${bot_id}:localhost`], 'the bot to join');
  return { bot_id, room, user: `@bot_${bot_id}:localhost` };
}

/** What the bot has said, with its edits applied: one entry for each message. */
async function said({ room, user }) {
  const messages = new Map();
  for (const event of await anna.history(room)) {
    if (event.type !== 'm.room.message' || event.sender !== user) continue;
    const relation = event.content['m.relates_to'];
    if (relation?.rel_type === 'm.replace') {
      if (messages.has(relation.event_id)) messages.set(relation.event_id, event.content['m.new_content'].body);
    } else messages.set(event.event_id, event.content.body);
  }
  return [...messages.values()];
}


/** Asks, and yields the answer once it is whole: a text that goes on ends in ' …'. */
async function ask(bot, text, matches) {
  const before = (await said(bot)).length;
  await anna.send(bot.room, text);
  return until(async () => {
    const answers = await said(bot);
    return answers.length > before && !answers.at(-1).endsWith(' …') && matches(answers.at(-1)) && answers.at(-1);
  }, `an answer to '${text}'`, 90_000).catch(async (error) => {
    throw new Error(`${error.message}\nsaid: ${JSON.stringify(await said(bot))}\n${troupe.output.slice(-2000)}`);
  });
}

test('streams, and remembers the conversation until !reset', async () => {
  const bot = await botIn({ system_prompt: 'Be brief.' });
  assert.match(await ask(bot, 'hello', (a) => a.endsWith('é日')), /^You said: hello \[2\]/);
  assert.match(await ask(bot, 'again', (a) => a.includes('again') && a.endsWith('é日')), /\[4\]/);
  const sent = model.requests.at(-1);
  assert.equal(sent.headers.authorization, 'Bearer sk-very-secret');
  assert.deepEqual(sent.body.messages.map((m) => m.role), ['system', 'user', 'assistant', 'user']);
  // After a kill the conversation goes on where it was.
  await troupe.restart();
  assert.match(await ask(bot, 'third', (a) => a.includes('third') && a.endsWith('é日')), /\[6\]/);
  await ask(bot, '!reset', () => true);
  assert.match(await ask(bot, 'fresh', (a) => a.includes('fresh') && a.endsWith('é日')), /\[2\]/);
  assert.equal((await said(bot)).length, 5);
});

test('one message that grows by edits', async () => {
  const bot = await botIn();
  model.before = (question, n) => n !== 20 || until(async () => (await said(bot)).length === 1, 'the beginning of the answer');
  const answer = await ask(bot, 'long', (a) => a.endsWith('end'));
  model.before = () => {};
  assert.match(answer, /^word1 word2 /);
  assert.equal((await said(bot)).length, 1);
  const edits = (await anna.history(bot.room)).filter((e) => e.content?.['m.relates_to']?.rel_type === 'm.replace');
  assert.ok(edits.length >= 1, 'the answer was shown while it was written');
});

test('hides reasoning, reads whatever the answer is called', async () => {
  const bot = await botIn();
  assert.equal(await ask(bot, 'reasoning', (a) => a.includes('answer')), 'the answer');
  assert.equal(await ask(bot, 'json', (a) => a.includes('whole')), 'whole answer');
  assert.equal(await ask(bot, 'liar', (a) => a.includes('after all')), 'a stream after all');
  assert.match(await ask(bot, 'length', (a) => a.includes('cut')), /^as long as I may\n\n/);
});

test('a model that fails is one short sentence, without its words, and the bot goes on', async () => {
  const bot = await botIn({ retries: 0 });
  const sentence = await ask(bot, '500', (a) => /reference/.test(a));
  assert.doesNotMatch(sentence, /sk-|html|127\.0\.0\.1/);
  assert.match(await ask(bot, 'hello', (a) => a.endsWith('é日')), /You said: hello/);
});

test('what had come before a cut, an error or silence is shown', async () => {
  for (const [word, begins] of [['cut', 'half of'], ['error', 'first words,'], ['silence', 'begun and']]) {
    const bot = await botIn({ retries: 0, idle_timeout_ms: 1000 });
    const answer = await ask(bot, word, (a) => /reference/.test(a) || a.length > begins.length + 20);
    assert.ok(answer.startsWith(begins), `${word}: ${answer}`);
    assert.doesNotMatch(answer, /CUDA/);
  }
});

test('no byte at all ends at the time limit', async () => {
  const bot = await botIn({ retries: 0, first_byte_timeout_ms: 1000 });
  assert.match(await ask(bot, 'stall', () => true), /took too long/);
});

test('a busy server is asked again; an overflow drops old turns', async () => {
  const bot = await botIn();
  model.busy = 2;
  assert.match(await ask(bot, 'hello', (a) => a.endsWith('é日')), /hello/);
  for (const word of ['one', 'two', 'three']) await ask(bot, word, (a) => a.includes(word) && a.endsWith('é日'));
  model.contextTurns = 5;
  try {
    assert.match(await ask(bot, 'four', (a) => a.includes('four') && a.endsWith('é日')), /\[5\]/);
  } finally {
    model.contextTurns = Infinity;
  }
});

test('images go along as data', async () => {
  const bot = await botIn();
  const png = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==', 'base64');
  const uploaded = await anna.raw('POST', '/_matrix/media/v3/upload?filename=dot.png', new Uint8Array(png), { 'content-type': 'image/png' });
  assert.equal(uploaded.status, 200, JSON.stringify(uploaded.body));
  await anna.request('PUT', `/_matrix/client/v3/rooms/${encodeURIComponent(bot.room)}/send/m.room.message/img`,
    { msgtype: 'm.image', body: 'what is this', filename: 'dot.png', url: uploaded.body.content_uri, info: { mimetype: 'image/png', size: png.length } });
  await until(async () => (await said(bot)).at(-1)?.includes('1 image'), 'an answer about the image');
  const parts = model.requests.at(-1).body.messages.at(-1).content;
  assert.ok(parts.some((p) => p.image_url?.url.startsWith('data:image/png;base64,')));
});

test('a tool call is one sentence, and nothing of it is shown', async () => {
  const bot = await botIn();
  const told = await ask(bot, 'tool please', () => true);
  assert.match(told, /^My model wanted to use a tool, but it has none here\. Please ask in another way\. \(reference [0-9a-f]{8}\)$/);
  const other = await botIn();
  assert.match(await ask(other, 'markup', () => true), /^My model wanted to use a tool/);
  for (const each of [bot, other]) assert.doesNotMatch(JSON.stringify(await anna.history(each.room)), /secret_argument|tool_call/);
  assert.match(await ask(bot, 'hello', (a) => a.endsWith('é日')), /You said: hello/);
  await until(async () => /troupe_fleet_brain_failures_total\{brain="openai",reason="tool_call"\} 2/.test((await troupe.api('GET', '/metrics')).body), 'both to be counted');
});

test("the room's topic instructs the model where the bot is told to heed it", async () => {
  const bot = await botIn({ topic_as_prompt: true, system_prompt: 'Be brief.' });
  assert.equal(await ask(bot, 'topic', () => true), 'told: Be brief.');
  await anna.request('PUT', `/_matrix/client/v3/rooms/${encodeURIComponent(bot.room)}/state/m.room.topic`, { topic: 'We talk about tea.' });
  assert.equal(await ask(bot, 'topic now', (a) => a.includes('tea')), 'told: Be brief.\n\nWe talk about tea.');
});

test('a model that is not listed is a line in the log and no reason not to run; Retry-After may be a date', async () => {
  const bot = await botIn();
  assert.match(await ask(bot, 'later', (a) => a.endsWith('é日')), /You said: later/);
  const wrong = await botIn({ model: 'missing' });
  const lines = await until(async () => {
    const page = await troupe.api('GET', `/api/v1/bots/${wrong.bot_id}/logs`);
    return page.body.items.filter((l) => l.text.includes('does not list the model missing')).length && page.body.items;
  }, 'the line in the log');
  assert.equal(lines.find((l) => l.text.includes('missing')).level, 'warning');
  assert.match((await troupe.api('GET', `/api/v1/bots/${wrong.bot_id}`)).body.state, /running/);
});

test('the key is nowhere to be seen', async () => {
  const bot = await botIn();
  const shown = JSON.stringify((await troupe.api('GET', `/api/v1/bots/${bot.bot_id}`)).body);
  assert.ok(shown.includes('"api_key_set":true'));
  assert.equal(shown.includes('sk-very-secret'), false);
  assert.equal(troupe.output.includes('sk-very-secret'), false);
  const wrong = await troupe.api('PATCH', `/api/v1/bots/${bot.bot_id}`, { brain: { kind: 'openai', config: { base_url: model.url, model: '' } } });
  assert.equal(wrong.status, 400);
  assert.match(JSON.stringify(wrong.body), /model must be/);
});

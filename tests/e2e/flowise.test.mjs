// A Flowise bot in the real program, against a stand-in with Flowise's habits: streams, traps, files, choices, kills.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Flowise } from './lib/flowise.mjs';
import { Troupe, until } from './lib/troupe.mjs';

let troupe, flowise, anna;
before(async () => {
  troupe = await Troupe.start();
  flowise = await Flowise.start();
  anna = await troupe.user('anna');
});
after(async () => {
  await troupe?.stop();
  await flowise?.stop();
});

async function makeBot(id, config = {}) {
  const made = await troupe.api('POST', '/api/v1/bots', { bot_id: id, brain: { kind: 'flowise', config: { url: flowise.url, ...config } } });
  assert.ok(made.status < 300, JSON.stringify(made.body));
  const started = await troupe.api('POST', `/api/v1/bots/${id}/start`);
  assert.ok(started.status < 300, JSON.stringify(started.body));
  return `@bot_${id}:localhost`;
}
async function roomWith(user, bot, more = {}) {
  const room = await user.createRoom({ invite: [bot], ...more });
  await until(async () => (await user.request('GET', `/_matrix/client/v3/rooms/${encodeURIComponent(room)}/joined_members`)).joined[bot], 'the bot in the room');
  return room;
}
const isEdit = (e) => e.content['m.relates_to']?.rel_type === 'm.replace';
/** The bot's messages of a room with their newest text, oldest first. */
async function shown(user, room, bot) {
  const messages = [];
  for (const event of await user.history(room)) {
    if (event.sender !== bot || event.type !== 'm.room.message') continue;
    if (!isEdit(event)) messages.push({ id: event.event_id, body: event.content.body, content: event.content, edits: 0 });
    else {
      const message = messages.find((m) => m.id === event.content['m.relates_to'].event_id);
      assert.ok(message, 'an edit of nothing');
      message.body = event.content['m.new_content'].body;
      message.content = event.content['m.new_content'];
      message.edits++;
    }
  }
  return messages;
}
/** A line in the log: it comes through a pipe of its own, maybe later than the answer. */
const logged = (text) => until(() => troupe.output.includes(text), `the log to say '${text}'`);
async function ask(room, bot, text, expected, deadline) {
  const before = (await shown(anna, room, bot)).length;
  await anna.send(room, text);
  return until(async () => {
    const all = await shown(anna, room, bot);
    const last = all.at(-1);
    return all.length > before && (expected ? expected(last.body) : !last.body.endsWith(' …')) && last;
  }, `an answer to ${text}`, deadline);
}

test('a question is streamed: one message that grows by edits and ends clean', async () => {
  const bot = await makeBot('stream');
  const room = await roomWith(anna, bot);
  // The flow goes on when its beginning is in the room, and again when that has grown.
  const looks = new Map([[12, 0], [24, 1]]);
  flowise.before = (question, n) => !looks.has(n) || until(async () => (await shown(anna, room, bot)).at(-1)?.edits >= looks.get(n), `edit ${looks.get(n)}`);
  const answer = await ask(room, bot, 'slow hello', (b) => b.endsWith('for slow hello'));
  flowise.before = () => {};
  assert.ok(answer.edits >= 2, `${answer.edits} edits`);
  assert.equal((await shown(anna, room, bot)).length, 1);
  const last = (await anna.history(room)).at(-1);
  assert.ok(last.content.body.startsWith('* '));
  assert.deepEqual(last.content['m.mentions'], {});
  const question = flowise.questions.find((q) => q.question === 'slow hello');
  assert.equal(question.overrideConfig.sessionId, `stream:${room}`);
  assert.equal(question.chatId, `stream:${room}#1`);
  assert.equal(question.streaming, true);
});

test('Markdown becomes sanitised HTML; sources and suggestions are listed', async () => {
  const bot = await makeBot('format');
  const room = await roomWith(anna, bot);
  const answer = await ask(room, bot, 'markdown');
  assert.equal(answer.content.format, 'org.matrix.custom.html');
  assert.ok(answer.content.formatted_body.includes('<h1>Title</h1>'));
  assert.ok(answer.content.formatted_body.includes('<b>raw</b>'));
  assert.ok(!answer.content.formatted_body.includes('script'));
  const sources = await ask(room, bot, 'sources and followups', (b) => b.includes('What else?'));
  assert.ok(sources.body.includes('[1] physics.pdf'));
  assert.ok(sources.content.formatted_body.includes('<details>'));
  assert.ok(sources.content.formatted_body.includes('href="https://example.org/page"'));
});

test('each habit of Flowise ends in an answer or one short sentence, and the bot goes on', async (t) => {
  const bot = await makeBot('traps', { idle_timeout_ms: 5_000, total_timeout_ms: 30_000, first_byte_timeout_ms: 5_000 });
  const room = await roomWith(anna, bot);
  await t.test('plain JSON to a streamed question', async () => {
    assert.equal((await ask(room, bot, 'trap:json please')).body, 'You said: trap:json please');
  });
  await t.test('a stream without a token', async () => {
    assert.equal((await ask(room, bot, 'trap:notoken please')).body, 'You said: trap:notoken please');
    assert.equal(flowise.questions.filter((q) => q.question === 'trap:notoken please').at(-1).streaming, false, 'asked again without a stream');
  });
  await t.test('an error event', async () => {
    const answer = await ask(room, bot, 'trap:error please');
    assert.match(answer.body, /^I cannot answer this right now \(reference [0-9a-f]{8}\)\.$/);
    assert.ok(!answer.body.includes('holiday'), 'details are for the log');
    await logged('the model is on holiday');
  });
  await t.test('no byte at all', async () => {
    const answer = await ask(room, bot, 'trap:hang please');
    assert.match(answer.body, /took too long/);
  });
  await t.test('some tokens, then nothing', async () => {
    const answer = await ask(room, bot, 'trap:stall please', (b) => b.includes('broke off'));
    assert.match(answer.body, /^You said: trap:stall\s+The answer broke off here \(reference [0-9a-f]{8}\)\.$/);
  });
  await t.test('some tokens, then the connection is cut', async () => {
    const answer = await ask(room, bot, 'trap:cut please', (b) => b.includes('broke off'));
    assert.match(answer.body, /^You said: [^]*The answer broke off here/);
  });
  await t.test('a new chatId after each of those, the same session', async () => {
    await ask(room, bot, 'and now?', (b) => b === 'You said: and now?');
    const asked = flowise.questions.filter((q) => q.overrideConfig.sessionId === `traps:${room}`);
    assert.ok(Number(asked.at(-1).chatId.split('#')[1]) >= 4, asked.at(-1).chatId);
    assert.equal(new Set(asked.map((q) => q.overrideConfig.sessionId)).size, 1);
    assert.equal(asked.filter((q) => q.chatId === asked.at(-1).chatId).length, 1);
  });
  await t.test('429 with a short Retry-After is waited out', async () => {
    assert.equal((await ask(room, bot, 'trap:429 please')).body, 'You said: trap:429 please');
  });
  await t.test('429 with a long one, 413, 500 and a wrong key are told apart', async () => {
    assert.match((await ask(room, bot, 'trap:flood')).body, /too much to do right now/);
    assert.match((await ask(room, bot, 'trap:413')).body, /could not work with this message/);
    assert.match((await ask(room, bot, 'trap:unauthorized')).body, /not set up correctly/);
    await logged('Flowise wants an API key for this flow.');
    const bots = await troupe.api('GET', '/api/v1/bots/traps');
    assert.match(bots.body.state, /^(running|degraded)$/);  // failing brains never stop a bot
  });
  await t.test('the same sentence at most once a minute', async () => {
    const before = (await shown(anna, room, bot)).length;
    const failed = async () => (await troupe.api('GET', '/api/v1/bots/traps')).body.turns.failed;
    const before_it = await failed();
    await anna.send(room, 'trap:413 again');
    await until(async () => await failed() > before_it, 'the failure');
    await ask(room, bot, 'fine?', (b) => b === 'You said: fine?');
    assert.equal((await shown(anna, room, bot)).length, before + 1);
  });
});

test('a flow that is not there: one sentence, a clear line in the log', async () => {
  const bot = await makeBot('lost', { url: `${flowise.base}/api/v1/prediction/no-such-flow`, first_byte_timeout_ms: 5_000 });
  const room = await roomWith(anna, bot);
  const answer = await ask(room, bot, 'hello?');
  assert.match(answer.body, /not set up correctly/);
  await logged('Flowise has no flow no-such-flow.');
});

test('two rooms at once get their own answers, and a question after a timed-out one gets no token of the old run', async () => {
  const bot = await makeBot('apart', { idle_timeout_ms: 8_000, total_timeout_ms: 8_000 });
  const one = await roomWith(anna, bot);
  const two = await roomWith(anna, bot);
  const answers = await Promise.all([ask(one, bot, 'slow one', (b) => b.endsWith('for slow one')), ask(two, bot, 'slow two', (b) => b.endsWith('for slow two'))]);
  assert.ok(!answers[0].body.includes('slow two'));
  assert.ok(!answers[1].body.includes('slow one'));
  let goOn; // the old run says the rest only when its time is over
  const over = new Promise((r) => { goOn = r; });
  flowise.before = (question, n) => question !== 'slow three' || n !== 20 || over;
  await ask(one, bot, 'slow three', (b) => b.includes('broke off'));
  goOn();
  const next = await ask(one, bot, 'quick', (b) => b === 'You said: quick');
  flowise.before = () => {};
  assert.equal(next.body, 'You said: quick');
});

test('files: pictures, documents, voice and what cannot be used', async () => {
  const bot = await makeBot('files');
  const room = await roomWith(anna, bot);
  const upload = async (bytes, type) => (await anna.raw('POST', '/_matrix/media/v3/upload?filename=x', new TextEncoder().encode(bytes), { 'content-type': type })).body.content_uri;
  const sendFile = (content) => anna.request('PUT', `/_matrix/client/v3/rooms/${encodeURIComponent(room)}/send/m.room.message/f${Math.random()}`, content);
  await sendFile({ msgtype: 'm.image', body: 'what is it?', filename: 'cat.png', url: await upload('12345', 'image/png'), info: { mimetype: 'image/png', size: 5 } });
  await until(async () => (await shown(anna, room, bot)).at(-1)?.body === 'You said: what is it? | cat.png data:image/png;base64 5 bytes', 'the picture described');
  await sendFile({ msgtype: 'm.file', body: 'notes.pdf', url: await upload('%PDF words', 'application/pdf'), info: { mimetype: 'application/pdf' } });
  await until(async () => (await shown(anna, room, bot)).at(-1)?.body === 'I have the file notes.pdf. Ask me about it.', 'the file kept');
  await troupe.restart();  // it is kept for good
  assert.equal((await ask(room, bot, 'summarise')).body, 'You said: summarise | notes.pdf: text of %PDF words');
  assert.equal((await ask(room, bot, 'and?')).body, 'You said: and?');
  await sendFile({ msgtype: 'm.audio', body: 'voice', url: await upload('OggS', 'audio/ogg'), info: { mimetype: 'audio/ogg; codecs=opus' }, 'org.matrix.msc3245.voice': {} });
  await until(async () => (await shown(anna, room, bot)).at(-1)?.body === '> what was spoken\n\nYou said: what was spoken', 'the voice heard');
  assert.equal(flowise.questions.at(-1).uploads[0].mime, 'audio/ogg');
  flowise.uploads = false;
  await sendFile({ msgtype: 'm.file', body: 'more.pdf', url: await upload('%PDF', 'application/pdf'), info: { mimetype: 'application/pdf' } });
  assert.equal((await ask(room, bot, 'and this?')).body, 'I cannot work with the file more.pdf.\nYou said: and this?');
  flowise.uploads = true;
  await ask(room, bot, 'picture', (b) => b === 'chart.png');
  const pictures = (await anna.history(room)).filter((e) => e.content.msgtype === 'm.image' && e.sender === bot);
  assert.equal(pictures.length, 1);
});

test('an agent flow asks a person: by number and by reaction', async () => {
  const bot = await makeBot('agent');
  const room = await roomWith(anna, bot);
  const offered = await ask(room, bot, 'action please', (b) => b.includes('2. ❌ Reject'));
  assert.ok(offered.body.startsWith('Shall I do it?'));
  assert.equal((await ask(room, bot, '2')).body, 'The person said reject.');
  await ask(room, bot, 'action again', (b) => b.includes('1. ✅ Proceed'));
  const target = (await shown(anna, room, bot)).at(-1).id;
  await anna.request('PUT', `/_matrix/client/v3/rooms/${encodeURIComponent(room)}/send/m.reaction/r1`,
    { 'm.relates_to': { rel_type: 'm.annotation', event_id: target, key: '✅' } });
  await until(async () => (await shown(anna, room, bot)).at(-1)?.body === 'The person said proceed.', 'the flow going on');
});

test('commands', async () => {
  const bot = await makeBot('commands');
  const room = await roomWith(anna, bot);
  assert.match((await ask(room, bot, '!help')).body, /!reset/);
  assert.match((await ask(room, bot, '!start')).body, /!rag/);
  assert.equal((await ask(room, bot, '!session')).body, `Our conversation is \`commands:${room}\`.`);
  assert.match((await ask(room, bot, '!status')).body, /Flowise 3\.1\.4/);
  assert.match((await ask(room, bot, '!nonsense')).body, /do not know/);
  assert.match((await ask(room, bot, '!rag')).body, /first/);
  const uri = (await anna.raw('POST', '/_matrix/media/v3/upload', new TextEncoder().encode('words'), { 'content-type': 'text/plain' })).body.content_uri;
  await anna.request('PUT', `/_matrix/client/v3/rooms/${encodeURIComponent(room)}/send/m.room.message/f1`, { msgtype: 'm.file', body: 'a.txt', url: uri, info: { mimetype: 'text/plain' } });
  await until(async () => (await shown(anna, room, bot)).at(-1)?.body.includes('a.txt'), 'the file kept');
  assert.match((await ask(room, bot, '!rag chunkSize=200 chunkOverlap=20')).body, /^Done: 2 pieces/);
  assert.deepEqual(flowise.upserts.at(-1), { files: ['a.txt'], chunkSize: '200', chunkOverlap: '20' });
  assert.equal((await ask(room, bot, '!reset')).body, 'Done. I have forgotten our conversation.');
  await ask(room, bot, 'hello again', (b) => b === 'You said: hello again');
  assert.equal(flowise.questions.at(-1).overrideConfig.sessionId, `commands:${room}~1`);
});

test('killed in the middle of a streamed answer: one message, one final answer', async () => {
  const bot = await makeBot('killed');
  const room = await roomWith(anna, bot);
  await anna.send(room, 'slow kill');
  await until(async () => (await shown(anna, room, bot)).length === 1, 'the beginning');
  await troupe.restart();
  const answer = await until(async () => {
    const all = await shown(anna, room, bot);
    return all.at(-1)?.body.endsWith('for slow kill') && all;
  }, 'the end');
  assert.equal(answer.length, 1);
  assert.ok(!answer[0].body.includes('…'));
  const chats = flowise.questions.filter((q) => q.question === 'slow kill').map((q) => q.chatId);
  assert.equal(new Set(chats).size, chats.length, `no chatId twice: ${chats}`);
});

test('a thread is a session of its own, and the answer stays in it', async () => {
  const bot = await makeBot('threads');
  const room = await roomWith(anna, bot);
  const root = await anna.send(room, 'root');
  await until(async () => (await shown(anna, room, bot)).length === 1, 'the first answer');
  await anna.request('PUT', `/_matrix/client/v3/rooms/${encodeURIComponent(room)}/send/m.room.message/t1`,
    { msgtype: 'm.text', body: 'inside', 'm.relates_to': { rel_type: 'm.thread', event_id: root } });
  const events = await until(async () => {
    const all = (await anna.history(room)).filter((e) => e.sender === bot && e.content['m.relates_to']?.rel_type === 'm.thread');
    return all.length === 1 && all;
  }, 'the answer in the thread');
  assert.equal(events[0].content['m.relates_to'].event_id, root);
  assert.equal(flowise.questions.at(-1).overrideConfig.sessionId, `threads:${room}:${root}`);
});

test('20 messages in two seconds by five people: answers in order, one at a time', async () => {
  const bot = await makeBot('busy', { respond: 'always' });
  const people = [anna, ...await Promise.all(['p1', 'p2', 'p3', 'p4'].map((name) => troupe.user(name)))];
  const room = await roomWith(anna, bot, { preset: 'public_chat' });
  for (const person of people.slice(1)) await person.join(room);
  for (let i = 0; i < 20; i++) await people[i % 5].send(room, `message ${i}`);
  const answers = await until(async () => {
    const all = await shown(anna, room, bot);
    return all.length === 20 && all.every((m) => !m.body.endsWith(' …')) && all;
  }, '20 answers', 120_000);
  assert.deepEqual(answers.map((m) => m.body), Array.from({ length: 20 }, (_, i) => `You said: message ${i}`));
  const runs = flowise.runs.filter((r) => r.session === `busy:${room}`);
  for (let i = 1; i < runs.length; i++) assert.ok(runs[i].began >= runs[i - 1].ended, 'one at a time');
});

test('a question is asked at once; what is sent while it is answered is one question', async () => {
  const bot = await makeBot('breath');
  const seen = async () => (await troupe.api('GET', '/api/v1/bots/breath')).body;
  const parts = ['I have', 'one question', 'in parts'];
  let asked = 0;
  let quick = false;
  // Words belong together when they come within a second of each other: once in a while a busy machine cannot write that fast.
  for (let tries = 0; tries < 5 && !quick; tries++) {
    const room = await roomWith(anna, bot);
    let goOn;
    const written = new Promise((r) => { goOn = r; });
    flowise.before = () => written;
    await anna.send(room, 'slow first');
    await until(() => flowise.questions.some((q) => q.question === 'slow first' && q.overrideConfig.sessionId === `breath:${room}`), 'the question');
    const ids = [];
    for (const text of parts) ids.push(await anna.send(room, text));
    const times = (await anna.history(room)).filter((e) => ids.includes(e.event_id)).map((e) => e.origin_server_ts);
    quick = times.every((at, i) => i === 0 || at - times[i - 1] < 1_000);
    await until(async () => (await seen()).queue === 1 + parts.length, 'all of it to wait');
    goOn();
    asked += 1 + parts.length;
    await until(async () => (await seen()).turns.answered === asked, 'all of it to be answered', 120_000);
    if (quick) assert.deepEqual((await shown(anna, room, bot)).slice(1).map((m) => m.body), [`You said: ${parts.join('\n')}`]);
  }
  flowise.before = () => {};
  assert.ok(quick, 'three messages within two seconds');
});

test('a stop, a removed question and !reset stop the run, and its chatId is not used again', async () => {
  const bot = await makeBot('halt');
  const room = await roomWith(anna, bot);
  flowise.tokenMs = 300;
  const begin = async (text) => {
    const known = (await shown(anna, room, bot)).length;
    const id = await anna.send(room, text);
    await until(async () => (await shown(anna, room, bot)).length > known, `the beginning of ${text}`);
    const { chatId } = flowise.questions.find((q) => q.question === text);
    return { id, chatId, stopped: () => until(() => flowise.stopped.has(chatId), `the run of ${text} to be stopped`) };
  };
  try {
    const removed = await begin('slow removed');
    await anna.request('PUT', `/_matrix/client/v3/rooms/${encodeURIComponent(room)}/redact/${encodeURIComponent(removed.id)}/r1`, {});
    await removed.stopped();
    await until(async () => (await shown(anna, room, bot)).at(-1)?.body === 'The question was removed.', 'the end of it');
    const forgotten = await begin('slow forgotten');
    await anna.send(room, '!reset');
    await forgotten.stopped();
    await until(async () => (await shown(anna, room, bot)).at(-1)?.body === 'Done. I have forgotten our conversation.', 'the reset');
    const halted = await begin('slow halted');
    assert.equal((await troupe.api('POST', '/api/v1/bots/halt/stop')).status, 200);
    await halted.stopped();
    assert.equal((await troupe.api('POST', '/api/v1/bots/halt/start')).status, 200);
    await ask(room, bot, 'still there?', (b) => b === 'You said: still there?');
    const chats = flowise.questions.filter((q) => q.chatId.startsWith(`halt:${room}`)).map((q) => q.chatId);
    assert.equal(new Set(chats).size, chats.length, `no chatId twice: ${chats}`);
    assert.equal(chats.length, 4);
    assert.deepEqual(chats.map((c) => c.slice(`halt:${room}`.length)), ['#1', '#2', '~1#1', '~1#2']);
  } finally {
    flowise.tokenMs = 30;
  }
});

test('a huge answer comes as a message and a file', async () => {
  const bot = await makeBot('huge');
  const room = await roomWith(anna, bot);
  await anna.send(room, 'trap:huge');
  const file = await until(async () => (await anna.history(room)).find((e) => e.sender === bot && e.content.msgtype === 'm.file'), 'the file');
  assert.ok(file.content.info.size > 500_000);
  for (const event of (await anna.history(room)).filter((e) => e.sender === bot)) assert.ok(JSON.stringify(event.content).length < 61_440);
});

test('a protected flow, and the key nowhere to be seen', async () => {
  const guarded = await Flowise.start({ key: 'very-secret-key' });
  try {
    const bot = await makeBot('guarded', { url: guarded.url, api_key: 'very-secret-key' });
    const room = await roomWith(anna, bot);
    assert.equal((await ask(room, bot, 'trap:notoken')).body, 'You said: trap:notoken');
    assert.equal(guarded.questions.length, 1, 'the stored answer is read back');
    const seen = await troupe.api('GET', '/api/v1/bots/guarded');
    assert.ok(!JSON.stringify(seen.body).includes('very-secret-key'));
    assert.equal(seen.body.brain.config.api_key_set, true);
    assert.ok(!troupe.output.includes('very-secret-key'));
  } finally {
    await guarded.stop();
  }
});

test("seed 000's way: flowise_url makes a working bot", async () => {
  const made = await troupe.api('POST', '/create_bot', { bot_id: 'seed', homeserver: troupe.matrix, user_id: '@seedbot:localhost', password: 'a-long-password-for-it', flowise_url: flowise.url });
  assert.equal(made.status, 200, JSON.stringify(made.body));
  assert.equal((await troupe.api('POST', '/start_bot', { bot_id: 'seed' })).status, 200);
  const room = await roomWith(anna, '@seedbot:localhost');
  assert.equal((await ask(room, '@seedbot:localhost', 'hello seed')).body, 'You said: hello seed');
});

test('an encrypted room gets one notice of what cannot be read, encrypted', async () => {
  const bot = await makeBot('crypt');
  const room = await anna.createRoom({ invite: [bot], initial_state: [{ type: 'm.room.encryption', state_key: '', content: { algorithm: 'm.megolm.v1.aes-sha2' } }] });
  const said = async (type) => (await anna.history(room)).filter((e) => e.sender === bot && e.type === type);
  await until(async () => (await anna.history(room)).some((e) => e.type === 'm.room.member' && e.state_key === bot && e.content.membership === 'join'), 'the bot');
  for (let i = 0; i < 2; i++) {
    await anna.request('PUT', `/_matrix/client/v3/rooms/${encodeURIComponent(room)}/send/m.room.encrypted/e${i}`,
      { algorithm: 'org.example.unknown', ciphertext: 'x', session_id: 's', sender_key: 'k', device_id: 'd' });
  }
  await until(async () => (await said('m.room.encrypted')).length === 1, 'the notice');
  const other = await roomWith(anna, bot);
  await ask(other, bot, 'still here?', (b) => b === 'You said: still here?');
  assert.equal((await said('m.room.encrypted')).length, 1);
  assert.equal((await said('m.room.message')).length, 0);
});

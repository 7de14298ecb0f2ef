// The Flowise brain against the real Flowise. Runs only when FLOWISE_DIR says where one is installed
// (scripts/test --with-flowise).
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { isInstalled, RealFlowise } from './lib/real_flowise.mjs';
import { Troupe, until } from './lib/troupe.mjs';

describe('real Flowise', { skip: isInstalled ? false : 'FLOWISE_DIR names no installed Flowise', timeout: 300_000 }, () => {
  let troupe, flowise, anna;
  before(async () => {
    troupe = await Troupe.start();
    flowise = await RealFlowise.start();
    anna = await troupe.user('anna');
  });
  after(async () => {
    await troupe?.stop();
    await flowise?.stop();
  });

  const start = { name: 'startAgentflow', inputs: { startInputType: 'chatInput' } };
  const reply = (text, more = {}) => ({ name: 'directReplyAgentflow', inputs: { directReplyMessage: text }, ...more });

  async function roomWithBot(id, config) {
    const made = await troupe.api('POST', '/api/v1/bots', { bot_id: id, brain: { kind: 'flowise', config } });
    assert.ok(made.status < 300, JSON.stringify(made.body));
    assert.ok((await troupe.api('POST', `/api/v1/bots/${id}/start`)).status < 300);
    const room = await anna.createRoom({ invite: [`@bot_${id}:localhost`] });
    // What is said before it has joined is none of its business.
    await until(async () => (await anna.request('GET', `/_matrix/client/v3/rooms/${encodeURIComponent(room)}/joined_members`))
      .joined[`@bot_${id}:localhost`], 'the bot to join', 60_000);
    return room;
  }
  async function ask(room, bot, text, wanted) {
    const said = async () => (await anna.history(room)).filter((e) => e.sender === `@bot_${bot}:localhost` && e.type === 'm.room.message')
      .map((e) => (e.content['m.new_content'] ?? e.content).body);
    const before = (await said()).length;
    await anna.send(room, text);
    return until(async () => {
      const texts = (await said()).slice(before);
      return texts.find(wanted) ?? Promise.reject(new Error(`said: ${JSON.stringify(texts)}\n${troupe.output.slice(-2000)}`));
    }, `an answer to ${text}`, 60_000);
  }

  test('a question is answered, and asked in one session', async () => {
    const flow = await flowise.makeFlow('echo', [start, reply('you said {{question}}')]);
    const room = await roomWithBot('echo', { url: flowise.url(flow) });
    assert.equal(await ask(room, 'echo', 'hello', (t) => t === 'you said hello'), 'you said hello');
    assert.equal(await ask(room, 'echo', 'and again', (t) => t === 'you said and again'), 'you said and again');
    const stored = await flowise.call('GET', `/chatmessage/${flow}?chatId=${encodeURIComponent(`echo:${room}#1`)}`);
    assert.deepEqual(new Set(stored.map((m) => m.sessionId)), new Set([`echo:${room}`]));
    assert.equal(stored.length, 4);
  });

  test('without a stream, by a key, and by the address of a page of its UI', async () => {
    const flow = await flowise.makeFlow('guarded', [start, reply('heard {{question}}')]);
    await flowise.protect(flow);
    const open = await roomWithBot('open', { url: flowise.url(flow) });
    assert.match(await ask(open, 'open', 'hello', (t) => t.includes('reference')), /not set up correctly/);
    const room = await roomWithBot('guarded', { url: `${flowise.api.replace('/api/v1', '')}/v2/agentcanvas/${flow}`, api_key: flowise.key, stream: false });
    assert.equal(await ask(room, 'guarded', 'hello', (t) => t.startsWith('heard')), 'heard hello');
  });

  test('an agent flow that waits for a person goes on with the choice', async () => {
    const flow = await flowise.makeFlow('human', [start,
      { name: 'humanInputAgentflow', inputs: { humanInputDescriptionType: 'fixed', humanInputDescription: 'Shall I?', humanInputEnableFeedback: true } },
      reply('I did it', { after: [[1, 'output-0']] }), reply('I left it', { after: [[1, 'output-1']] })]);
    const room = await roomWithBot('human', { url: flowise.url(flow) });
    assert.match(await ask(room, 'human', 'go', (t) => t.includes('1. ✅ Proceed')), /^Shall I\?/);
    const second = Math.floor(Date.now() / 1000);
    assert.equal(await ask(room, 'human', '2', (t) => t === 'I left it'), 'I left it');
    // Flowise goes on with the newest run of a session, and on SQLite knows their times by the second only.
    await until(() => Math.floor(Date.now() / 1000) > second + 1, 'another second', 10_000);
    await ask(room, 'human', 'once more', (t) => t.includes('1. ✅ Proceed'));
    assert.equal(await ask(room, 'human', '1', (t) => t === 'I did it'), 'I did it');
  });

  test('a file is read by Flowise', async () => {
    const flow = await flowise.makeFlow('files', [start, reply('with {{file_attachment}} you said {{question}}')],
      { chatbotConfig: JSON.stringify({ fullFileUpload: { status: true, allowedUploadFileTypes: 'text/plain' } }) });
    const room = await roomWithBot('files', { url: flowise.url(flow) });
    const uri = (await anna.raw('POST', '/_matrix/media/v3/upload', new TextEncoder().encode('seven geese'), { 'content-type': 'text/plain' })).body.content_uri;
    await anna.request('PUT', `/_matrix/client/v3/rooms/${encodeURIComponent(room)}/send/m.room.message/f1`,
      { msgtype: 'm.file', body: 'geese.txt', url: uri, info: { mimetype: 'text/plain' } });
    await ask(room, 'files', 'how many?', (t) => t.includes('seven geese'));
  });

  test('an unknown flow and the connection test say what is wrong', async () => {
    const room = await roomWithBot('lost', { url: flowise.url('3b1f2c9e-0c1d-4f7a-9f55-6c6c7b1d2e3f') });
    assert.match(await ask(room, 'lost', 'hello', (t) => t.includes('reference')), /not set up correctly/);
    await until(() => troupe.output.includes('Flowise has no flow 3b1f2c9e-0c1d-4f7a-9f55-6c6c7b1d2e3f.'), 'the line in the log');
  });
});

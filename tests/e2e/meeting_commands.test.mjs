// Commands to bots in meetings, with unmodified Redis clients: by the own listener, and the same by a real Redis. Another language
// is followed and confirmed, or not in time; leaving is a word first and a signal later; what a bot says is its own meeting's.
import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { promisify } from 'node:util';
import Redis from 'ioredis';
import { createClient } from 'redis';
import { freePort } from './lib/ports.mjs';
import { processesWith } from './lib/program_bot.mjs';
import { apiToken, Troupe, until } from './lib/troupe.mjs';

const program = join(import.meta.dirname, 'programs/commanded_bot.mjs');
const ended = ['completed', 'failed', 'error'];
const has = (name) => ['/usr/bin', '/usr/local/bin', '/bin'].map((folder) => join(folder, name)).find(existsSync);

function suite(kind) {
  let troupe, server, port;
  const startRedis = () => { server = spawn(has('redis-server'), ['--port', port, '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no', '--loglevel', 'warning'], { stdio: 'ignore' }); };
  before(async () => {
    const env = { TROUPE_MEETINGS_MAX_CONCURRENT_BOTS: '50', TROUPE_MEETINGS_ATTEMPTS: '1', TROUPE_MEETINGS_STOP_GRACE_S: '2' };
    if (kind === 'redis') {
      port = String(await freePort());
      startRedis();
      env.TROUPE_MEETINGS_REDIS_URL = `redis://127.0.0.1:${port}/0`;
    }
    troupe = await Troupe.start({ env });
    await troupe.terminate(); // the bot's command names the data folder, which is known now
    troupe.env.TROUPE_MEETINGS_BOT_COMMAND = [process.execPath, program, troupe.data].join(',');
    await troupe.launch();
  });
  after(async () => {
    await until(async () => (await troupe.api('GET', '/api/v1/meetings?limit=1000')).body.items.every((meeting) => ended.includes(meeting.state)), 'every meeting to end');
    assert.deepEqual(processesWith(`${program}\0${troupe.data}`), [], 'something is left running');
    await troupe?.stop();
    server?.kill('SIGKILL');
  });

  const botOf = (id) => JSON.parse(readFileSync(join(troupe.data, `bot-${id}.json`), 'utf8'));
  const look = async (id) => (await troupe.api('GET', `/api/v1/meetings/${id}`)).body;
  const history = async (id) => (await troupe.api('GET', `/api/v1/meetings/${id}/history`)).body;
  const becomes = (id, state) => until(async () => {
    const meeting = await look(id);
    if (meeting.state !== state && ended.includes(meeting.state)) throw Object.assign(new Error(`it is ${JSON.stringify(await history(id))}`), { fatal: true });
    return meeting.state === state && meeting;
  }, `meeting ${id} to be ${state}`);
  async function active(name, more = {}) {
    const made = await troupe.api('POST', '/api/v1/meetings', { link: `https://meet.jit.si/${name}`, ...more });
    assert.equal(made.status, 201, JSON.stringify(made.body));
    await becomes(made.body.id, 'active');
    return made.body.id;
  }
  const change = (id, body) => troupe.api('POST', `/api/v1/meetings/${id}/reconfigure`, body);
  const stop = (id) => troupe.api('POST', `/api/v1/meetings/${id}/stop`);

  for (const library of ['noderedis', 'noderedis4', 'ioredis']) {
    test(`${library}: a bot follows another language, and leaves at the word`, async () => {
      const id = await active(`follows-${library}-One`, { language: 'en' });
      const told = await change(id, { language: 'es' });
      assert.equal(told.status, 202, JSON.stringify(told.body));
      await until(async () => (await look(id)).language === 'es', 'the language');
      assert.equal((await look(id)).state, 'active');
      const { config, heard } = botOf(id);
      assert.deepEqual(heard, [{ action: 'reconfigure', uid: config.connectionId, language: 'es', task: 'transcribe', meeting_id: id }]);
      assert.equal((await change(id, { language: null, task: 'translate' })).status, 202);
      await until(async () => (await look(id)).task === 'translate', 'the task');
      assert.ok(!(await look(id)).language, 'it is detected again');
      await stop(id);
      assert.equal((await becomes(id, 'completed')).reason, 'stopped');
      assert.equal(botOf(id).heard.at(-1).action, 'leave', 'no signal was needed');
      const { transitions, attempts } = await history(id);
      assert.equal(transitions.map((step) => step.to).join(' '), 'requested starting active reconfiguring active reconfiguring active stopping completed');
      assert.equal(attempts[0].exit, 'exited with code 0');
    });
  }

  test('what a bot that takes part is told, in Vexa\'s words', async () => {
    const name = 'follows-noderedis-acts';
    const id = await active(name);
    const act = async (method, path, body, call = name) => {
      const response = await fetch(`${troupe.platform}/bots/jitsi/${call}/${path}`, { method, body: body && JSON.stringify(body),
        headers: { 'x-api-key': apiToken, ...(body && { 'content-type': 'application/json' }) } });
      return { status: response.status, body: await response.json() };
    };
    const acts = [['POST', 'speak', { text: 'Hello' }, { action: 'speak', text: 'Hello', voice: 'auto', provider: 'piper' }],
      ['POST', 'speak', { audio_base64: 'UklGRg==' }, { action: 'speak_audio', format: 'wav', sample_rate: 24_000, audioBase64: 'UklGRg==', audio_base64: 'UklGRg==' }],
      ['DELETE', 'speak', undefined, { action: 'speak_stop' }],
      ['POST', 'chat', { text: 'In writing' }, { action: 'chat_send', text: 'In writing' }],
      ['POST', 'screen', { type: 'image', url: 'https://a.example/x.png' },
        { action: 'screen_show', type: 'image', start_share: true, url: 'https://a.example/x.png', imageUrl: 'https://a.example/x.png' }],
      ['DELETE', 'screen', undefined, { action: 'screen_stop' }],
      ['PUT', 'avatar', { url: 'https://a.example/me.png' }, { action: 'avatar_set', url: 'https://a.example/me.png' }],
      ['DELETE', 'avatar', undefined, { action: 'avatar_reset' }]];
    for (const [method, path, body] of acts) {
      const answer = await act(method, path, body);
      assert.deepEqual([answer.status, answer.body.meeting_id], [202, id], `${method} ${path} ${JSON.stringify(answer.body)}`);
    }
    await until(() => botOf(id).heard.length >= acts.length, 'the bot to hear all of it');
    assert.deepEqual(botOf(id).heard, acts.map(([, , , command]) => ({ ...command, meeting_id: id })));
    for (const [method, path, body] of [['POST', 'speak', {}], ['POST', 'speak', { text: 'a', audio_base64: 'b' }], ['POST', 'speak', { audio_url: 'https://127.1/x' }],
      ['POST', 'screen', { type: 'url', url: 'http://a.example/' }], ['POST', 'screen', { type: 'url', url: 'https://localhost/' }], ['POST', 'screen', { type: 'film', url: 'https://a.example/' }],
      ['POST', 'screen', { type: 'html' }], ['PUT', 'avatar', {}], ['POST', 'chat', { text: '' }]]) {
      assert.equal((await act(method, path, body)).status, 400, `${method} ${path} ${JSON.stringify(body)}`);
    }
    assert.equal((await act('GET', 'chat')).status, 501, 'chats are not kept');
    assert.equal((await act('POST', 'chat', { text: 'x' }, 'another')).status, 404);
    assert.equal(botOf(id).heard.length, acts.length);
    await stop(id);
    await becomes(id, 'completed');
    assert.equal((await act('POST', 'chat', { text: 'x' })).status, 404);
  });

  test('what is heard in the new language confirms it, and is stored', async () => {
    const id = await active('speaks-noderedis-One', { language: 'en' });
    await change(id, { language: 'es' });
    await until(async () => (await look(id)).language === 'es', 'the language');
    await stop(id);
    await becomes(id, 'completed');
  });

  test('one that does not follow, and one that does not leave', async () => {
    const deaf = await active('deaf-noderedis-One', { language: 'en' }), stays = await active('stays-noderedis-One');
    await change(deaf, { language: 'es' });
    await until(() => botOf(deaf).heard.length === 1, 'the command');
    assert.equal((await change(deaf, { language: 'de' })).status, 409, 'one after the other');
    await stop(stays);
    assert.equal((await becomes(stays, 'completed')).reason, 'stopped');
    assert.deepEqual(botOf(stays).heard.map((one) => one.action ?? one), ['leave', 'SIGTERM']);
    await becomes(deaf, 'active');
    assert.equal((await look(deaf)).language, 'en');
    assert.equal((await history(deaf)).transitions.at(-1).trigger, 'not_applied');
    assert.equal((await change(stays, { language: 'de' })).status, 409, 'it has ended');
    assert.equal((await change(deaf, {})).status, 400);
    assert.equal((await change(deaf, { language: 'klingon' })).status, 400);
    await stop(deaf);
    await becomes(deaf, 'completed');
  });

  test('a bot comes back to a server that was killed', async () => {
    const id = await active('follows-noderedis-Stays');
    await troupe.kill();
    await troupe.launch();
    await change(id, { language: 'es' });
    await until(async () => (await look(id)).language === 'es', 'the language');
    await stop(id);
    assert.equal((await becomes(id, 'completed')).reason, 'stopped');
    assert.equal(botOf(id).heard.at(-1).action, 'leave');
  });

  if (kind === 'redis') {
    test('Redis is killed and comes back', async () => {
      const id = await active('follows-noderedis-Redis');
      server.kill('SIGKILL');
      await until(async () => (await troupe.api('GET', '/health')).body.status !== 'ok' || true, 'health');
      startRedis();
      await change(id, { language: 'es' });
      await until(async () => (await look(id)).language === 'es', 'the language');
      await stop(id);
      assert.equal((await becomes(id, 'completed')).reason, 'stopped');
    });
    test('those who follow meetings hear of their status', async () => {
      const heard = [];
      const client = await createClient({ url: `redis://127.0.0.1:${port}/0` }).on('error', () => {}).connect();
      await client.pSubscribe('bm:meeting:*:status', (text, channel) => heard.push([channel, JSON.parse(text)]));
      const id = await active('follows-noderedis-Status');
      // And what a bot publishes of its call's chat reaches who follows the call.
      const socket = new WebSocket(`${troupe.platform.replace('http', 'ws')}/ws?api_key=${apiToken}`);
      const frames = [];
      socket.onmessage = (event) => frames.push(JSON.parse(event.data));
      await new Promise((ready) => { socket.onopen = ready; });
      socket.send(JSON.stringify({ action: 'subscribe', meetings: [{ platform: 'jitsi', native_id: 'follows-noderedis-status' }] }));
      await until(() => frames.some(({ type }) => type === 'subscribed'), 'the subscription');
      const saying = await client.duplicate().connect();
      await saying.publish(`va:meeting:${id}:chat`, JSON.stringify({ payload: { sender: 'Anna', text: 'Hi' } }));
      await until(() => frames.some(({ type, sender, text }) => type === 'chat_message' && sender === 'Anna' && text === 'Hi'), 'the message');
      await saying.close();
      socket.close();
      await stop(id);
      await becomes(id, 'completed');
      const mine = () => heard.filter(([channel]) => channel === `bm:meeting:${id}:status`).map(([, body]) => body);
      await until(() => mine().at(-1)?.payload.status === 'completed', 'the end');
      assert.deepEqual([...new Set(mine().map((body) => body.payload.status))], ['requested', 'joining', 'active', 'stopping', 'completed']);
      assert.match(mine()[0].ts, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}$/);
      assert.ok(heard.some(([channel]) => /^bm:meeting:\d+:jitsi:follows-noderedis-status:status$/.test(channel)), JSON.stringify(heard.map(([channel]) => channel)));
      await client.close();
    });
    return;
  }

  test('unmodified clients with a wrong password, or on another bot’s channel', async () => {
    const one = await active('deaf-noderedis-A'), two = await active('deaf-noderedis-B');
    const [mine, other] = [botOf(one).config, botOf(two).config];
    const wrong = createClient({ url: mine.redisUrl.replace(mine.token, 'wrong'), socket: { reconnectStrategy: false } }).on('error', () => {});
    await assert.rejects(wrong.connect(), /WRONGPASS/);
    const client = await createClient({ url: mine.redisUrl }).on('error', () => {}).connect();
    await assert.rejects(client.subscribe(`bot_commands:${other.connectionId}`, () => {}), /NOPERM/);
    const third = new Redis(mine.redisUrl);
    await assert.rejects(third.subscribe(`bot_commands:meeting:${two}`), /NOPERM/);
    await assert.rejects(third.publish(`bot_reports:${other.connectionId}`, '{}'), /NOPERM/);
    await assert.rejects(third.xadd('transcription_segments', '*', 'payload', JSON.stringify({ type: 'transcription', meeting_id: two, segments: [] })), /NOPERM/);
    await assert.rejects(third.get('x'), /unknown command/);
    await assert.rejects(third.config('GET', '*'), /unknown command/);
    assert.equal(await third.ping(), 'PONG');
    third.disconnect();
    client.destroy();
    if (has('redis-cli')) {
      const cli = async (...words) => (await promisify(execFile)(has('redis-cli'), ['-u', mine.redisUrl, '--no-auth-warning', ...words])).stdout.trim();
      assert.equal(await cli('PING'), 'PONG');
      assert.match(await cli('SUBSCRIBE', `bot_commands:${other.connectionId}`), /NOPERM/);
      assert.match(await cli('KEYS', '*'), /unknown command/);
    }
    for (const id of [one, two]) await stop(id);
    for (const id of [one, two]) await becomes(id, 'completed');
  });
}

describe('the own listener', () => suite('own'));
describe('a real Redis', { skip: !has('redis-server') }, () => suite('redis'));

// A call that is recorded: somebody sounds in a real WebRTC call, the bot's browser records it, the pieces go to the server, and what is
// downloaded from there is Opus that plays, as long as the call was.
import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { botArguments, botFolder, CallHouse } from './lib/call_bot.mjs';
import { writeTone } from './lib/tone.mjs';
import { apiToken, Troupe, until } from './lib/troupe.mjs';

const skip = existsSync(join(botFolder, 'node_modules')) ? false : 'the meeting bot has no packages (scripts/setup)';
let house, folder;
before(async () => {
  if (skip) return;
  house = await CallHouse.start();
  folder = mkdtempSync(join(tmpdir(), 'recording-'));
  writeTone(join(folder, 'tone.wav'));
});
after(async () => {
  await house?.stop();
  if (folder) rmSync(folder, { recursive: true, force: true });
});

/** As Chromium's own decoder hears it: seconds, and the share of tenths of a second in which there is sound. */
async function decoded(page, bytes) {
  return page.evaluate(async (base64) => {
    const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
    const context = new OfflineAudioContext(1, 1, 48_000);
    const sound = await context.decodeAudioData(bytes.buffer);
    const heard = sound.getChannelData(0), tenth = 4_800;
    let loud = 0, count = 0;
    for (let at = 0; at + tenth <= heard.length; at += tenth, ++count) {
      let sum = 0;
      for (let i = at; i < at + tenth; ++i) sum += heard[i] ** 2;
      if (Math.sqrt(sum / tenth) > 0.01) ++loud;
    }
    return { seconds: sound.duration, loud: loud / count };
  }, bytes.toString('base64'));
}
function isOpus(bytes) {
  assert.equal(bytes.subarray(0, 4).toString('hex'), '1a45dfa3', 'it begins as WebM does');
  assert.ok(bytes.subarray(0, 1024).includes('webm') && bytes.subarray(0, 1024).includes('A_OPUS'), 'its codec is Opus');
}
const about = (seconds, wanted) => assert.ok(Math.abs(seconds - wanted) <= wanted / 10, `${seconds} s of ${wanted} s`);

test('pieces that a server refuses for a while come again, in their order, and none is lost', { skip }, async () => {
  const pieces = new Map(), order = [];
  let trouble = 0;
  const server = createServer(async (request, answer) => {
    const parts = [];
    for await (const part of request) parts.push(part);
    const [, part, number] = /\/upload\/([\w-]+)\/(\d+)\?until_ms=\d+$/.exec(request.url) ?? [];
    order.push(Number(number));
    // Full for a while, then gone in the middle of an answer, once each.
    if (Number(number) === 1 && trouble++ < 2) return trouble === 1 ? answer.writeHead(503, { 'retry-after': '1' }).end() : request.socket.destroy();
    pieces.set(`${part}/${number}`, Buffer.concat(parts));
    answer.writeHead(200).end('{}');
  });
  await new Promise((r) => server.listen(0, '127.0.0.1', r));
  const bot = house.send('jitsi', 'recorded-1', { config: { recordingEnabled: true, captureModes: ['audio'], recordingUploadUrl: `http://127.0.0.1:${server.address().port}/upload` } });
  const call = house.room('jitsi', 'recorded-1');
  await house.becomes(bot, 'awaiting_admission');
  const ann = await house.person('Ann', 'jitsi/recorded-1', join(folder, 'tone.wav'), { once: false });
  assert.equal(pieces.size, 0, 'nothing is recorded in the lobby');
  call.admit('Scribe');
  await house.until(bot, () => bot.output.includes('records the call'), 'it to record');
  const began = Date.now();
  await house.until(bot, () => pieces.size >= 3, 'pieces of the recording');
  bot.process.kill('SIGTERM');
  await house.ends(bot);
  const seconds = (Date.now() - began) / 1000;
  const names = [...pieces.keys()];
  assert.equal(new Set(names.map((name) => name.split('/')[0])).size, 1, 'one recording');
  assert.deepEqual(names.map((name) => Number(name.split('/')[1])), names.map((_, at) => at));
  assert.ok(order.filter((number) => number === 1).length >= 3, String(order));
  const whole = Buffer.concat([...pieces.values()]);
  isOpus(whole);
  const { loud, seconds: length } = await decoded(ann, whole);
  // The bot's own end takes some of the time.
  assert.ok(length > 9 && length <= seconds + 1, `${length} s in ${seconds} s`);
  assert.ok(loud > 0.15, `sound in ${loud} of it`);
  assert.ok(call.lines.some(({ text }) => /records this call/.test(text)), JSON.stringify(call.lines));
  await ann.gone();
  server.closeAllConnections();
  server.close();
});

test('what was recorded is listed, played in parts, and deleted with its files', { skip }, async (t) => {
  const troupe = await Troupe.start({ env: { TROUPE_MEETINGS_ATTEMPTS: '1', TROUPE_MEETINGS_STOP_GRACE_S: '20',
    TROUPE_MEETINGS_BOT_COMMAND: ['/usr/bin/env', `MEETING_BOT_TEST_ORIGIN=${house.replicas.origin}`, ...(process.env.CHROMIUM ? [`CHROMIUM=${process.env.CHROMIUM}`] : []),
      process.execPath, ...botArguments].join(',') } });
  t.after(() => troupe.stop());
  const ask = async (method, path, body) => {
    const answer = await troupe.api(method, path, body);
    assert.ok(answer.status < 300, `${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
    return answer.body;
  };
  const made = await ask('POST', '/api/v1/meetings', { link: 'https://meet.jit.si/recorded-2', language: 'en', bot_name: 'Scribe', recording: true });
  assert.equal(made.recording, true);
  const at = `/api/v1/meetings/${made.id}`;
  const becomes = (check, what) => until(async () => {
    const now = await ask('GET', at);
    if (!check(now) && ['completed', 'failed', 'error'].includes(now.state)) {
      throw Object.assign(new Error(JSON.stringify([now, (await ask('GET', `${at}/history`)).attempts])), { fatal: true });
    }
    return check(now);
  }, what, 120_000);
  await becomes(({ phase }) => phase === 'awaiting_admission', 'the lobby');
  const ann = await house.person('Ann', 'jitsi/recorded-2', join(folder, 'tone.wav'), { once: false });
  house.room('jitsi', 'recorded-2').admit('Scribe');
  await becomes(({ state }) => state === 'active', 'the call');
  const list = async () => (await ask('GET', `${at}/recordings`)).items;
  await until(async () => (await list())[0]?.bytes > 0, 'the first piece', 60_000);
  const first = (await list())[0];
  assert.equal(first.state, 'recording');
  assert.equal((await troupe.api('DELETE', `${at}/recordings/${first.id}`)).status, 409);
  await until(async () => (await list())[0].seconds >= 10, 'ten seconds', 60_000);
  await ask('POST', `${at}/stop`);
  await becomes(({ state }) => state === 'completed', 'its end');
  const ready = await until(async () => (await list()).find(({ state }) => state === 'ready'), 'it to be ready', 120_000);
  assert.deepEqual([ready.type, ready.missing], ['audio/webm', 0]);

  const fetched = async (headers = {}) => {
    const answer = await fetch(`${troupe.platform}${at}/recordings/${ready.id}`, { headers: { authorization: `Bearer ${apiToken}`, ...headers } });
    return { status: answer.status, bytes: Buffer.from(await answer.arrayBuffer()) };
  };
  const { status, bytes } = await fetched();
  assert.equal(status, 200);
  assert.equal(bytes.length, ready.bytes);
  isOpus(bytes);
  const { seconds, loud } = await decoded(ann, bytes);
  about(seconds, ready.seconds);
  assert.ok(loud > 0.15, `sound in ${loud} of it`);
  const part = await fetched({ range: `bytes=100-${bytes.length - 101}` });
  assert.equal(part.status, 206);
  assert.ok(part.bytes.equals(bytes.subarray(100, bytes.length - 100)));

  const saved = await troupe.cli(['meeting', 'recording', String(made.id), '--out', join(folder, 'saved.webm')]);
  assert.equal(saved.code, 0, saved.stderr);
  const files = join(troupe.data, 'recordings', String(ready.id));
  assert.ok(existsSync(files));
  assert.equal((await troupe.api('DELETE', `${at}/recordings/${ready.id}`)).status, 204);
  assert.ok(!existsSync(files));
  assert.deepEqual(await list(), []);
  await ann.gone();
});

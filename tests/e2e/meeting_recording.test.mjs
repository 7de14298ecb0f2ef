// A call that is recorded: somebody sounds in a real WebRTC call, the bot's browser records it, and what it brings to a server that is
// away now and then is Opus that plays, as long as the call was.
import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { botFolder, CallHouse } from './lib/call_bot.mjs';
import { decoded, isOpus } from './lib/recorded.mjs';
import { writeTone } from './lib/tone.mjs';

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

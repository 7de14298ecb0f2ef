// What a bot has recorded: that it is Opus, and what is heard in it.
import assert from 'node:assert/strict';
import { createServer } from 'node:http';

/** Takes what a bot brings, and has its pieces in their order; ends with the test. */
export async function receiver(t) {
  const pieces = [];
  const server = createServer(async (request, answer) => {
    const parts = [];
    for await (const part of request) parts.push(part);
    pieces.push(Buffer.concat(parts));
    answer.writeHead(200).end('{}');
  });
  await new Promise((r) => server.listen(0, '127.0.0.1', r));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return { pieces, url: `http://127.0.0.1:${server.address().port}/upload` };
}

/** As Chromium's own decoder hears it: seconds, and the share of tenths of a second in which there is sound. */
export async function decoded(page, bytes) {
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
export function isOpus(bytes) {
  assert.equal(bytes.subarray(0, 4).toString('hex'), '1a45dfa3', 'it begins as WebM does');
  assert.ok(bytes.subarray(0, 1024).includes('webm') && bytes.subarray(0, 1024).includes('A_OPUS'), 'its codec is Opus');
}

// Peers that are odd, hostile, or too many; and how the worker ends.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import net from 'node:net';
import { after, before, test } from 'node:test';
import WebSocket from 'ws';
import { joined, noise, sentences, silence, spoken, spokenFile, spokenOpus } from './lib/speech.mjs';
import { Client, greeting, postFile, startWorker, understood } from './lib/worker.mjs';

let worker;
before(async () => { worker = await startWorker(['--max-clients', '3']); });
after(async () => { await worker.end(); });

const isHeard = async () => assert.match((await understood(worker.address, spoken(sentences[1], 'awb'))).text, /budget/i);

/** Opens without a handshake, says one thing, and returns the refusal. */
async function refusal(first) {
  const client = await Client.open(worker.address, null);
  client.socket.send(first);
  const { message } = await client.until((one) => one.status === 'ERROR');
  assert.equal(await client.closed, 1008);
  return message;
}

test('a first frame that is no handshake is refused with the reason', async () => {
  assert.match(await refusal('hello'), /JSON/);
  assert.match(await refusal('[1]'), /JSON/);
  assert.match(await refusal('null'), /JSON/);
  assert.match(await refusal(Buffer.alloc(4096)), /before the handshake/);
  assert.match(await refusal(JSON.stringify(greeting({ uid: undefined }))), /uid/);
  assert.match(await refusal(JSON.stringify(greeting({ uid: 'x'.repeat(300) }))), /uid/);
  assert.match(await refusal(JSON.stringify(greeting({ task: 'translate' }))), /translate/);
  assert.match(await refusal(JSON.stringify(greeting({ task: 'sing' }))), /task/);
  assert.match(await refusal(JSON.stringify(greeting({ language: 7 }))), /language/);
  assert.match(await refusal(JSON.stringify(greeting({ audio_format: 'toString' }))), /audio_format/);
});

test('whoever says nothing is let go after ten seconds', async () => {
  const client = await Client.open(worker.address, null);
  assert.match((await client.until((one) => one.status === 'ERROR', 20)).message, /no handshake/);
  assert.equal(await client.closed, 1008);
});

test('another language is warned of, and model: null and no language are fine', async () => {
  const german = await Client.open(worker.address, { language: 'de', model: null });
  assert.match(german.messages.find((one) => one.status === 'WARNING').message, /English.* de /);
  assert.deepEqual(german.first, { uid: 'one', message: 'SERVER_READY', backend: 'moonshine' });
  const any = await Client.open(worker.address, { language: null });
  assert.deepEqual(any.messages, [any.first]);
  german.socket.close();
  any.socket.close();
  await Promise.all([german.closed, any.closed]);
});

test('frames that are no whole samples end the connection; no numbers are silence; text is not looked at', async () => {
  const odd = await Client.open(worker.address);
  odd.socket.send(Buffer.alloc(4097));
  assert.match((await odd.until((one) => one.status === 'ERROR')).message, /4097 bytes/);
  assert.equal(await odd.closed, 1008);

  const strange = await Client.open(worker.address);
  strange.socket.send(Buffer.alloc(0));
  strange.socket.send(Buffer.from(new Float32Array(16000).fill(NaN).buffer));
  strange.socket.send(Buffer.from(new Float32Array(16000).fill(Infinity).buffer));
  strange.say({ type: 'speaker_activity', payload: {} });
  strange.say('{');
  strange.send(joined(silence(1), spoken(sentences[1], 'awb'), silence(1)));
  strange.end();
  assert.equal(await strange.closed, 1000);
  assert.match(strange.text, /budget/i);
  assert.ok(Number(strange.segments.at(-1).start) > 2.5);
  assert.equal(strange.messages.filter((one) => one.status === 'WARNING').length, 1);
});

test('a frame that is too large, and broken WebSocket frames, cost only their sender', async () => {
  const large = await Client.open(worker.address);
  large.socket.send(Buffer.alloc(5 << 20));
  assert.equal(await large.closed, 1009);

  const broken = await Client.open(worker.address);
  broken.socket._socket.write(Buffer.from([0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]));
  await broken.closed;

  const cut = net.connect(Number(worker.address.split(':')[1]), '127.0.0.1');
  cut.write('GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: bad\r\n\r\n');
  const [answer] = await once(cut, 'data');
  assert.match(String(answer), /^HTTP\/1.1 400/);
  cut.destroy();
  await isHeard();
});

test('more sound than may wait drops the oldest, says so, and goes on with the right times', async () => {
  const client = await Client.open(worker.address);
  const speech = spoken(sentences[1], 'awb');
  client.send(noise(100, 0.01));
  client.send(speech);
  client.end();
  assert.equal(await client.closed, 1000);
  assert.ok(client.messages.some((one) => one.status === 'WARNING' && /dropped/.test(one.message)));
  assert.match(client.text, /budget/i);
  assert.ok(Math.abs(Number(client.segments.at(-1).start) - 100) < 1, client.segments.at(-1).start);
});

test('one more than may be gets WAIT, and a place once somebody left in the middle of a word', async () => {
  const clients = [];
  for (let i = 0; i < 3; i++) clients.push(await Client.open(worker.address, { uid: `${i}` }));
  const late = await Client.open(worker.address, { uid: 'late' });
  assert.equal(late.first.status, 'WAIT');
  assert.equal(late.first.uid, 'late');
  assert.equal(typeof late.first.message, 'number');
  await late.closed;
  const speech = spoken(sentences[1], 'awb');
  clients[0].send(speech.subarray(0, speech.length / 2));
  clients[0].socket.terminate();
  await clients[0].closed;
  // The worker learns of it by the socket's end, which it gets no later than the next client's beginning, as a rule.
  for (let first; first?.message !== 'SERVER_READY';) {
    const again = await Client.open(worker.address, { uid: 'again' });
    ({ first } = again);
    again.socket.close();
    await again.closed;
  }
  for (const client of clients) client.socket.terminate();
  await Promise.all(clients.map((client) => client.closed));
});

test('pages of browsers are refused, over both protocols', async () => {
  const socket = new WebSocket(`ws://${worker.address}/`, { origin: 'https://evil.example' });
  const [error] = await once(socket, 'error');
  assert.match(error.message, /403/);
  assert.equal((await postFile(worker.address, spokenFile('x'), {}, { origin: 'https://evil.example' })).status, 403);
});

test('files that are none, and forms that are none, are refused with the reason', async () => {
  const wav = spokenFile(sentences[1]);
  const patched = (at, ...bytes) => {
    const copy = Buffer.from(wav);
    copy.set(bytes, at);
    return copy;
  };
  const cases = [
    [Buffer.from('not sound'), {}, /neither WAV nor Ogg/],
    [Buffer.alloc(0), {}, /neither/],
    [wav.subarray(0, 30), {}, /cut off/],
    [wav.subarray(0, 36), {}, /no sound/],
    [patched(20, 3, 0), {}, /16-bit PCM/],
    [patched(22, 0, 0), {}, /0 channels/],
    [patched(24, 1, 0, 0, 0), {}, /1 samples/],
    [Buffer.concat([Buffer.from('OggS'), Buffer.alloc(4000, 7)]), {}, /no Opus/],
    [wav, { response_format: 'srt' }, /response_format/],
    [wav, { language: 'de' }, /English/],
    [Buffer.concat([wav.subarray(0, 40), Buffer.alloc(4), Buffer.alloc(601 * 32000)]), {}, /longer than 600/],
  ];
  for (const [bytes, fields, wanted] of cases) {
    const answer = await postFile(worker.address, bytes, fields);
    assert.equal(answer.status, 400, `${wanted}`);
    assert.match((await answer.json()).error.message, wanted);
  }
  const url = `http://${worker.address}/v1/audio/transcriptions`;
  assert.equal((await fetch(url, { method: 'POST', body: '{}' })).status, 400);
  assert.equal((await fetch(url, { method: 'POST', body: new FormData() })).status, 400);
  assert.equal((await fetch(url)).status, 405);
  assert.equal((await fetch(`http://${worker.address}/v1/models`)).status, 404);
  assert.equal((await postFile(worker.address, Buffer.alloc(26 << 20))).status, 413);
  const health = await (await fetch(`http://${worker.address}/health`)).json();
  assert.deepEqual(health, { status: 'ok', clients: 0, max_clients: 3, files: 0 });
  await isHeard();
});

test('a key is asked for where one is set, and must be set to be heard from elsewhere', async () => {
  const locked = await startWorker([], { TRANSCRIBER_API_KEY: 'secret' });
  const wav = spokenFile(sentences[1]);
  assert.equal((await postFile(locked.address, wav)).status, 401);
  assert.equal((await postFile(locked.address, wav, {}, { authorization: 'Bearer wrong' })).status, 401);
  assert.equal((await postFile(locked.address, wav, {}, { authorization: 'Bearer secret' })).status, 200);
  const refused = new WebSocket(`ws://${locked.address}/?token=wrong`);
  assert.match((await once(refused, 'error'))[0].message, /401/);
  for (const more of ['', 'Upgrade: websocket\r\nConnection: Upgrade\r\n']) {
    const odd = net.connect(Number(locked.address.split(':')[1]), '127.0.0.1');
    odd.write(`GET // HTTP/1.1\r\nHost: x\r\n${more}\r\n`);
    assert.match(String((await once(odd, 'data'))[0]), /^HTTP\/1.1 400/);
    odd.destroy();
  }
  const let_in = await Client.open(locked.address, {}, { headers: { authorization: 'Bearer secret' } });
  assert.equal(let_in.first.message, 'SERVER_READY');
  await locked.end();
  await assert.rejects(startWorker(['--listen', '0.0.0.0:0'], { TRANSCRIBER_API_KEY: '' }), /can be reached from elsewhere/);
  await assert.rejects(startWorker(['--threads', '0']), /between 1 and 64/);
});

test('it ends with its standard input, and at SIGTERM, with a word to who is connected', async () => {
  const first = await startWorker();
  const client = await Client.open(first.address);
  assert.deepEqual(await first.end(), { code: 0, signal: null });
  assert.ok(client.messages.some((one) => one.message === 'DISCONNECT'));

  const second = await startWorker(['--max-connection-time', '1']);
  const timed = await Client.open(second.address);
  await timed.until((one) => one.message === 'DISCONNECT');
  assert.equal(await timed.closed, 1000);
  second.process.kill('SIGTERM');
  assert.deepEqual(await second.exit, { code: 0, signal: null });
});

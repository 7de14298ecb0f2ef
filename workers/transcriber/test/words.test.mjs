// Real speech through the whole worker: how many of the words are right, and that nothing is heard where nothing is said.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { joined, noise, sentences, silence, spoken, spokenFile, spokenOpus, wordErrors } from './lib/speech.mjs';
import { Client, postFile, startWorker, understood } from './lib/worker.mjs';

let worker;
before(async () => { worker = await startWorker(); });
after(async () => { await worker.end(); });

for (const [voice, most] of [['awb', 15], ['rms', 15], ['en-us', 25]]) {
  test(`of ${voice}'s words at most ${most} % are wrong`, async (t) => {
    let [errors, count] = [0, 0];
    for (const sentence of sentences) {
      const { text } = await understood(worker.address, joined(spoken(sentence, voice), silence(0.5)));
      const one = wordErrors(sentence, text);
      if (one.errors) t.diagnostic(`${one.errors}: "${sentence}" was "${text}"`);
      errors += one.errors;
      count += one.count;
    }
    t.diagnostic(`word error rate of ${voice}: ${(100 * errors / count).toFixed(1)} %`);
    assert.ok(100 * errors <= most * count, `${errors} of ${count} words`);
  });
}

test('silence, noise, a hum and clicks give no words', async () => {
  const hum = silence(8).map((_, i) => 0.2 * Math.sin(2 * Math.PI * 50 * i / 16000));
  const clicks = silence(8).map((_, i) => (i % 12000 === 0 ? 0.9 : 0));
  for (const sound of [silence(20), noise(10, 0.01), noise(10, 0.3), hum, clicks]) {
    const { messages } = await understood(worker.address, sound);
    assert.deepEqual(messages.filter((message) => message.segments), []);
  }
});

test('times count the sound received: a sentence after ten seconds of silence begins there', async () => {
  const speech = spoken(sentences[1], 'awb');
  const { segments } = await understood(worker.address, joined(silence(10), speech, silence(5), speech));
  assert.equal(segments.length, 2);
  const starts = segments.map((segment) => Number(segment.start));
  assert.ok(Math.abs(starts[0] - 10) < 0.6, `${starts}`);
  assert.ok(Math.abs(starts[1] - (15 + speech.length / 16000)) < 0.6, `${starts}`);
  for (const segment of segments) {
    assert.match(segment.start, /^\d+\.\d{3}$/);
    assert.match(segment.end, /^\d+\.\d{3}$/);
    assert.ok(Number(segment.end) > Number(segment.start));
    assert.equal(segment.completed, true);
    assert.match(segment.text, /^ \S/);
  }
});

test('somebody who never pauses is written down in pieces, without a hole between them', async () => {
  // Without the silence at the ends of sentences.
  const talk = joined(...sentences.concat(sentences).map((sentence) => {
    const samples = spoken(sentence, 'awb');
    return samples.subarray(samples.findIndex((x) => Math.abs(x) > 0.02), samples.findLastIndex((x) => Math.abs(x) > 0.02));
  }));
  assert.ok(talk.length > 35 * 16000);
  const { segments, text } = await understood(worker.address, talk);
  assert.ok(segments.length >= 3);
  for (let i = 0; i < segments.length; i++) {
    assert.ok(Number(segments[i].end) - Number(segments[i].start) < 15.5);
    if (i) assert.ok(Number(segments[i].start) - Number(segments[i - 1].end) < 1);
  }
  const { errors, count } = wordErrors(sentences.concat(sentences).join(' '), text);
  assert.ok(errors <= 0.25 * count, `${errors} of ${count}: ${text}`);
});

test('the open segment grows and is the last; its text stays when it is complete', async () => {
  const client = await Client.open(worker.address);
  const speech = spoken(`${sentences[4]} ${sentences[2]}`, 'awb');
  // As fast as it is heard: partial texts are asked for only where the sound is not all there.
  for (let at = 0; at < speech.length; at += 8000) {
    client.send(speech.subarray(at, at + 8000));
    if (at === 24000) await client.until((message) => message.segments?.some((segment) => !segment.completed));
  }
  client.send(silence(2));
  await client.until((message) => message.segments?.every((segment) => segment.completed));
  for (const { segments } of client.messages.filter((message) => message.segments)) {
    assert.ok(segments.slice(0, -1).every((segment) => segment.completed));
  }
  client.end();
  assert.equal(await client.closed, 1000);
});

test('what is open at END_OF_AUDIO is completed before the connection closes', async () => {
  const speech = spoken(sentences[2], 'awb');
  const client = await Client.open(worker.address);
  client.send(speech.subarray(0, speech.length - 3000));
  client.end();
  assert.equal(await client.closed, 1000);
  assert.equal(client.segments.length, 1);
  assert.equal(client.segments[0].completed, true);
  assert.match(client.text, /finish .* report/i);
});

test('int16 and uint8 sound is understood as float32 is', async () => {
  const speech = joined(spoken(sentences[1], 'awb'), silence(0.6));
  for (const [audio_format, bytes] of [
    ['int16', Buffer.from(Int16Array.from(speech, (x) => Math.round(x * 32767)).buffer)],
    ['uint8', Buffer.from(Uint8Array.from(speech, (x) => Math.round(x * 127) + 128).buffer)],
  ]) {
    const client = await Client.open(worker.address, { audio_format });
    client.socket.send(bytes);
    client.end();
    await client.closed;
    assert.match(client.text, /budget/i, audio_format);
  }
});

test('two at once are heard apart', async () => {
  const wanted = [sentences[1], sentences[3]];
  const clients = await Promise.all(wanted.map((text, i) => understood(worker.address, spoken(text, 'awb'), { uid: `client ${i}` })));
  assert.match(clients[0].text, /budget/i);
  assert.match(clients[1].text, /numbers/i);
  clients.forEach(({ messages }, i) => {
    for (const { uid, closed } of messages) assert.ok(closed !== undefined || uid === `client ${i}`);
  });
});

test('a WAV of any rate, stereo, becomes text over HTTP, in three forms', async () => {
  for (const change of [['-r', '44100', '-c', '2', '-b', '16'], ['-r', '8000', '-b', '16'], ['-r', '48000', '-b', '16']]) {
    const answer = await postFile(worker.address, spokenFile(sentences[1], { change }), { model: 'whisper-1', language: 'en' });
    assert.equal(answer.status, 200);
    assert.match((await answer.json()).text, /budget for the next year/i, change.join(' '));
  }
  const file = spokenFile(sentences[1]);
  const text = await postFile(worker.address, file, { response_format: 'text' });
  assert.match(text.headers.get('content-type'), /^text\/plain/);
  assert.match(await text.text(), /budget/i);
  const whole = await (await postFile(worker.address, file, { response_format: 'verbose_json' })).json();
  assert.equal(whole.task, 'transcribe');
  assert.ok(Math.abs(whole.duration - (file.length - 44) / 32000) < 0.01);
  assert.equal(whole.segments[0].id, 0);
  assert.equal(typeof whole.segments[0].start, 'number');
});

test('a file without speech has no text', async () => {
  const file = spokenFile('x', { change: ['-r', '16000', '-b', '16'] }).subarray(0, 44);
  const samples = Buffer.alloc(64000);
  const wav = Buffer.concat([file, samples]);
  wav.writeUInt32LE(samples.length, 40);
  assert.deepEqual(await (await postFile(worker.address, wav)).json(), { text: '' });
});

test('a voice message becomes text, in stereo too; one that is cut off or broken, as far as it goes', async () => {
  const opus = spokenOpus(`${sentences[1]} ${sentences[3]}`);
  const heard = async (bytes) => (await (await postFile(worker.address, bytes)).json()).text;
  const whole = await heard(opus);
  assert.match(whole, /budget/i);
  assert.match(whole, /call/i);
  assert.match(await heard(spokenOpus(sentences[1], 2)), /budget/i);
  assert.match(await heard(opus.subarray(0, opus.length * 0.7)), /budget/i);
  const broken = Buffer.from(opus);
  broken[Math.floor(opus.length * 0.7)] ^= 0x55;
  assert.match(await heard(broken), /budget/i);
});

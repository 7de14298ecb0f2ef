// The built-in transcriber's speed: seconds of computing for one second of speech, of the bare model and through the worker.
// Usage: node bench/transcriber.mjs [SECONDS]   (needs flite and sox: scripts/setup --test)
import { Moonshine } from '../workers/transcriber/src/moonshine.mjs';
import { joined, sentences, silence, spoken } from '../workers/transcriber/test/lib/speech.mjs';
import { Client, startWorker, understood } from '../workers/transcriber/test/lib/worker.mjs';

const seconds = Number(process.argv[2] ?? 40);
const speech = sentences.map((sentence) => joined(spoken(sentence, 'awb'), silence(0.7)));
const lengthOf = (samples) => samples.length / 16000;
const talk = [];
for (let i = 0, length = 0; length < seconds; i++) {
  talk.push(speech[i % speech.length]);
  length += lengthOf(talk.at(-1));
}
const whole = joined(...talk);

const rows = [];
async function measure(name, audioSeconds, work) {
  const began = process.hrtime.bigint();
  const note = await work();
  const took = Number(process.hrtime.bigint() - began) / 1e9;
  rows.push([name, audioSeconds.toFixed(0), took.toFixed(2), (took / audioSeconds).toFixed(3), note ?? '']);
}

const model = await Moonshine.load();
await model.run(speech[0]);
await measure('bare model, sentence by sentence', lengthOf(whole), async () => {
  for (const sentence of talk) await model.run(sentence);
});

const worker = await startWorker();
// Never more than may wait: what comes faster is dropped.
async function feed(client) {
  const piece = 16000 * 20;
  for (let at = 0; at < whole.length; at += piece) {
    client.send(whole.subarray(at, at + piece));
    const until = Math.min(at + piece, whole.length) / 16000 - 12;
    await client.until((message) => Number(message.segments?.at(-1)?.end) >= until);
  }
  client.end();
  await client.closed;
}
for (const clients of [1, 2, 4]) {
  await measure(`worker, as fast as it can, ${clients} at once`, clients * lengthOf(whole), async () => {
    await Promise.all(Array.from({ length: clients }, async (_, i) => feed(await Client.open(worker.address, { uid: `${i}` }))));
  });
}

// As people speak: how much of a processor it takes, with texts that grow, and how late the words are.
const cpu = async () => {
  const { readFile } = await import('node:fs/promises');
  const fields = (await readFile(`/proc/${worker.process.pid}/stat`, 'utf8')).split(') ')[1].split(' ');
  return (Number(fields[11]) + Number(fields[12])) / 100;
};
const live = whole.subarray(0, 16000 * 20);
const cpuBefore = await cpu();
const client = await Client.open(worker.address);
const began = performance.now();
const late = [];
client.socket.on('message', (text) => {
  const open = JSON.parse(text).segments?.at(-1);
  if (open) late.push((performance.now() - began) / 1000 - Number(open.end));
});
for (let at = 0; at < live.length; at += 4096) {
  client.send(live.subarray(at, at + 4096));
  await new Promise((resolve) => { setTimeout(resolve, began + (at + 4096) / 16 - performance.now()); });
}
client.end();
await client.closed;
const used = await cpu() - cpuBefore;
late.sort((a, b) => a - b);
rows.push(['worker, live, growing texts', lengthOf(live).toFixed(0), used.toFixed(2), (used / lengthOf(live)).toFixed(3),
  `processor time; words ${late[late.length >> 1].toFixed(2)} s after they were said (median)`]);
await understood(worker.address, silence(1));
await worker.end();

const heads = ['what', 'speech s', 'took s', 'real-time factor', ''];
const widths = heads.map((head, i) => Math.max(head.length, ...rows.map((row) => row[i].length)));
for (const row of [heads, ...rows]) console.log(row.map((cell, i) => cell.padEnd(widths[i])).join('  ').trimEnd());

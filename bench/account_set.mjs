// What many accounts that share large rooms cost: first syncs of all of them, one after another, in four shapes, from a
// program that has just been started; CPU time and memory after each.
// Usage: node bench/account_set.mjs PROGRAM [USERS] [ROOMS] [MEMBERS] [MESSAGES] [FOLDER]
// FOLDER: kept and used again, so that two programs can be compared on the same rooms.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { encoded, pool, Program } from './lib/program.mjs';

const [binary, users = 200, rooms = 300, members = 300, messages = 20, folder] = process.argv.slice(2);
if (!binary) {
  console.error('Usage: node bench/account_set.mjs PROGRAM [USERS] [ROOMS] [MEMBERS] [MESSAGES] [FOLDER]');
  process.exit(2);
}
const program = new Program(binary, folder);
const listed = join(program.data, 'tokens.json');
const mib = () => (program.anonymous() / 1024 / 1024).toFixed(0);

async function fill() {
  const tokens = [];
  await pool(4, Array.from({ length: Number(members) }, (_, i) => async () => (tokens[i] = await program.register(`m${i}`))));
  const all = [];
  await pool(8, Array.from({ length: Number(rooms) }, (_, n) => async () =>
    all.push((await program.json('POST', '/createRoom', tokens[0], { preset: 'public_chat', name: `Room ${n}` })).room_id)));
  await pool(64, all.flatMap((room) => tokens.slice(1).map((token) => () => program.bytes('POST', `/join/${encoded(room)}`, token, {}))));
  await pool(64, all.flatMap((room, n) => Array.from({ length: Number(messages) }, (_, i) => () =>
    program.send(room, tokens[(n * 7 + i * 13) % tokens.length], `t${i}`, `message ${i} of a day like any other`))));
  writeFileSync(listed, JSON.stringify(tokens));
}

const shapes = [
  ['lazy members, timeline 1', { timeline: { limit: 1 }, state: { lazy_load_members: true } }],
  ['lazy members, timeline 5', { timeline: { limit: 5 }, state: { lazy_load_members: true } }],
  ['lazy members, timeline 20', { timeline: { limit: 20 }, state: { lazy_load_members: true } }],
  ['all members, timeline 20', { timeline: { limit: 20 } }],
];

try {
  if (!existsSync(listed)) {
    await program.start();
    await fill();
    await program.stop();
  }
  const tokens = JSON.parse(readFileSync(listed));
  await program.start();
  console.log(`after the start: ${mib()} MiB anonymous`);
  for (const [name, room] of shapes) {
    const path = `/sync?timeout=0&filter=${encoded(JSON.stringify({ room }))}`;
    const began = performance.now();
    const before = program.cpu();
    let bytes = 0;
    for (const token of tokens.slice(0, Number(users))) bytes = (await program.bytes('GET', path, token)).length;
    const seconds = (performance.now() - began) / 1000;
    console.log(`${name}: ${seconds.toFixed(1)} s, ${(program.cpu() - before).toFixed(1)} s of CPU, ${(bytes / 1e6).toFixed(2)} MB each, ${mib()} MiB anonymous`);
  }
  await program.stop();
} finally {
  program.end();
}

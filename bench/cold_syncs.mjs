// How long other people's reads and sends take while people with many large rooms sync for the first time, against a program
// that has just been started.
// Usage: node bench/cold_syncs.mjs PROGRAM [ROOMS] [MEMBERS] [SYNCS] [FOLDER]
// FOLDER: kept and used again, so that two programs can be compared on the same rooms. The syncs are curl's, so that this
// program's own work on their bytes does not count as waiting.
import { execFile } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { encoded, pause, pool, Program, report } from './lib/program.mjs';

const [binary, rooms = 100, members = 250, syncs = 6, folder] = process.argv.slice(2);
if (!binary) {
  console.error('Usage: node bench/cold_syncs.mjs PROGRAM [ROOMS] [MEMBERS] [SYNCS] [FOLDER]');
  process.exit(2);
}
const program = new Program(binary, folder);
const listed = join(program.data, 'people.json');

async function fill() {
  const tokens = [];
  await pool(4, Array.from({ length: Number(members) }, (_, i) => async () => (tokens[i] = await program.register(`m${i}`))));
  const reader = await program.register('reader');
  const small = (await program.json('POST', '/createRoom', reader, { preset: 'public_chat' })).room_id;
  const large = [];
  await pool(8, Array.from({ length: Number(rooms) }, () => async () => large.push((await program.json('POST', '/createRoom', tokens[0], { preset: 'public_chat' })).room_id)));
  await pool(64, large.flatMap((room) => tokens.slice(1).map((token) => () => program.bytes('POST', `/join/${encoded(room)}`, token, {}))));
  writeFileSync(listed, JSON.stringify({ tokens, reader, small }));
}

/** Others read a small room, and write into it, while `work` runs. */
async function othersMeanwhile(name, reader, room, work) {
  let going = true;
  const times = { reads: [], sends: [] };
  const again = async (kind, act) => {
    while (going) {
      const began = performance.now();
      await act();
      times[kind].push(performance.now() - began);
      await pause(2);
    }
  };
  const read = () => program.bytes('GET', `/rooms/${encoded(room)}/messages?dir=b&limit=10`, reader);
  const write = () => program.send(room, reader, `t${process.hrtime.bigint()}`, 'meanwhile');
  const others = [again('reads', read), again('reads', read), again('sends', write)];
  await work();
  going = false;
  await Promise.all(others);
  for (const kind of ['reads', 'sends']) report(`${kind} ${name}`, times[kind]);
}

try {
  if (!existsSync(listed)) {
    await program.start();
    await fill();
    await program.stop();
  }
  const { tokens, reader, small } = JSON.parse(readFileSync(listed));
  for (const kind of ['cold', 'warm']) {
    if (kind === 'cold') await program.start();
    await othersMeanwhile(`before (${kind})`, reader, small, () => pause(2000));
    const began = performance.now();
    const before = program.cpu();
    const each = [];
    let bytes = 0;
    await othersMeanwhile(`during ${syncs} ${kind} first syncs`, reader, small, () =>
      Promise.all(
        tokens.slice(1, 1 + Number(syncs)).map(async (token) => {
          const url = `http://127.0.0.1:${program.port}/_matrix/client/v3/sync?timeout=0`;
          const { stdout } = await promisify(execFile)('curl', ['-sf', '-o', '/dev/null', '-w', '%{size_download}', '-H', `Authorization: Bearer ${token}`, url]);
          bytes = Number(stdout);
          each.push(performance.now() - began);
        }),
      ),
    );
    report(`the ${kind} first syncs themselves (${(bytes / 1e6).toFixed(1)} MB each, ${(program.cpu() - before).toFixed(1)} s of CPU in all, ${(program.anonymous() / 1024 / 1024).toFixed(0)} MiB anonymous)`, each);
  }
  await program.stop();
} finally {
  program.end();
}

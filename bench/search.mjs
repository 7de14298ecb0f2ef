// What a search costs over HTTP, over a million messages: rare and common words, by rank and newest first, for somebody in
// all the rooms and for somebody in one of them; beside it what the index alone takes for the same words.
// Usage: node bench/search.mjs PROGRAM [FOLDER]
// FOLDER: kept, and not filled again when it is. SEARCH_MESSAGES (default 1,000,000), SEARCH_ROUNDS (default 100).
// On PostgreSQL: DATABASE_URL names an empty database; the folder then holds the rest.
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { encoded, pause, pool, Program } from './lib/program.mjs';

const [binary, folder] = process.argv.slice(2);
if (!binary) {
  console.error('Usage: node bench/search.mjs PROGRAM [FOLDER]');
  process.exit(2);
}
const kMessages = Number(process.env.SEARCH_MESSAGES ?? 1_000_000);
const kRounds = Number(process.env.SEARCH_ROUNDS ?? 100);
const kRooms = 32;
const kAhead = 16; // requests of one sender before their answers
const postgres = process.env.DATABASE_URL;
const times = (count) => Array.from({ length: count }, (_, i) => i);
const seconds = (began) => (performance.now() - began) / 1000;

// Beside words that are in one of 700 messages each, some that are in a known part of all.
const filler = times(5000).map((i) => `w${(i * 7919 % 100_003).toString(36)}x`);
const parts = [['hello', 2, 0], ['goodbye', 2, 1], ['together', 4, 0], ['meeting', 10, 0], ['budget', 100, 0], ['needle', 1000, 0]];
function text(n) {
  const words = times(7).map((w) => filler[(n * 31 + w * w * 101 + Math.floor(n / 5000) * 7) % filler.length]);
  const mixed = Math.imul(n, 0x9e3779b1) >>> 8; // so that a word's messages are of all rooms
  for (const [word, every, at] of parts) if (mixed % every === at) words.push(word);
  if (n % Math.ceil(kMessages / 5) === 17) words.push('unicorn');
  return words.join(' ');
}

/** Sends over a socket of its own. */
function sendAhead(program, token, room, texts, more) {
  return new Promise((resolve, reject) => {
    const socket = connect(program.port, '127.0.0.1');
    const target = `/_matrix/client/v3/rooms/${encoded(room)}/send/m.room.message/`;
    let sent = 0;
    let answered = 0;
    const go = () => {
      let out = '';
      for (; sent < texts && sent < answered + kAhead; ++sent) {
        const body = JSON.stringify({ msgtype: 'm.text', body: more() });
        out += `PUT ${target}s${sent} HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer ${token}\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`;
      }
      if (out) socket.write(out);
    };
    socket.on('data', (data) => {
      const parts = data.toString('latin1').split('HTTP/1.1 ');
      if (parts.slice(1).some((part) => !part.startsWith('200'))) return reject(new Error(data.toString().slice(0, 300)));
      answered += parts.length - 1;
      if (answered < texts) return go();
      socket.destroy();
      resolve();
    });
    socket.on('error', reject);
    go();
  });
}

async function fill(program) {
  const anna = await program.register('anna');
  const ben = await program.register('ben');
  const rooms = [];
  for (const i of times(kRooms)) rooms.push((await program.json('POST', '/createRoom', anna, { preset: 'public_chat', name: `Room ${i}` })).room_id);
  await program.bytes('POST', `/join/${encoded(rooms[0])}`, ben, {});
  const began = performance.now();
  const each = Math.ceil(kMessages / kRooms);
  let n = 0;
  await Promise.all(rooms.map((room) => sendAhead(program, anna, room, each, () => text(n++))));
  await program.send(rooms[1], anna, 'last', 'thelastofall');
  console.log(`filled: ${each * kRooms} messages in ${kRooms} rooms in ${seconds(began).toFixed(0)} s`);
  return { anna, ben, rooms };
}

const asks = (term, order, more = {}) => ({ search_categories: { room_events: { search_term: term, order_by: order, ...more } } });

/** Until the index has what was said last. */
async function indexed(program) {
  const began = performance.now();
  for (;;) {
    const mark = sql("SELECT value FROM hs_mark WHERE name = 'search.indexed.2'");
    const head = sql('SELECT MAX(pos) FROM hs_event');
    if (Number(mark) >= Number(head) - 100) break;
    if (seconds(began) > 600) throw new Error(`the index does not get further than ${mark} of ${head}`);
    await pause(1000);
  }
  console.log(`indexed: ${seconds(began).toFixed(0)} s later`);
}

/** Of the database itself, beside the program. */
function sql(statement) {
  if (postgres) return execFileSync('psql', ['-X', '-Atc', statement, postgres], { encoding: 'utf8' }).trim();
  return execFileSync('sqlite3', ['-readonly', join(program.data, 'troupe.db'), statement], { encoding: 'utf8' }).trim();
}

/** The median of what the index alone takes for the newest 200 positions of a term. */
function floor(term) {
  const kTimes = 11;
  const words = term.split(' ');
  const asked = postgres
    ? `SELECT count(*) FROM (SELECT pos FROM hs_search_2 WHERE words @@ '${words.map((w) => `${w}:*`).join(' & ')}'::tsquery ORDER BY pos DESC LIMIT 200) found;`
    : `SELECT count(*) FROM (SELECT rowid FROM hs_search_2 WHERE hs_search_2 MATCH '${words.map((w) => `"${w}"*`).join(' AND ')}' ORDER BY rowid DESC LIMIT 200);`;
  const script = `${postgres ? '\\timing on' : '.timer on'}\n${`${asked}\n`.repeat(kTimes)}`;
  const out = postgres ? execFileSync('psql', ['-X', '-At', postgres], { input: script, encoding: 'utf8' })
    : execFileSync('sqlite3', ['-readonly', join(program.data, 'troupe.db')], { input: script, encoding: 'utf8' });
  const took = [...out.matchAll(postgres ? /Time: ([\d.]+) ms/g : /real ([\d.]+)/g)].map(([, value]) => Number(value) * (postgres ? 1 : 1000));
  return took.toSorted((a, b) => a - b)[Math.floor(took.length / 2)];
}

async function measure(name, token, order, term, more) {
  const body = JSON.stringify(asks(term, order, more));
  const found = [];
  let count = 0;
  const cpu = program.cpu();
  for (let i = 0; i < kRounds; ++i) {
    const began = performance.now();
    const answer = await program.bytes('POST', '/search', token, body);
    found.push(performance.now() - began);
    if (i === 0) count = JSON.parse(answer).search_categories.room_events.count;
  }
  const spent = ((program.cpu() - cpu) / kRounds) * 1000;
  found.sort((a, b) => a - b);
  const at = (share) => found[Math.min(found.length - 1, Math.floor(found.length * share))].toFixed(1);
  console.log(`| ${name} | ${order} | ${count} | ${at(0.5)} ms | ${at(0.99)} ms | ${spent.toFixed(1)} ms |`);
}

const terms = [['in 5 of all', 'unicorn'], ['1 of 1,000', 'needle'], ['1 of 100', 'budget'], ['1 of 10', 'meeting'], ['1 of 4', 'together'], ['1 of 2', 'hello'],
  ['1 of 2 and 1 of 10', 'hello meeting'], ['1 of 2 and 5 of all', 'hello unicorn'], ['beginning, 1 of 10', 'meet'], ['beginning of many words', 'w1'], ['beginning of hundreds of words', 'w1a'],
  ['1 of 2 and 1 of 2, never together', 'hello goodbye']];
const element = { event_context: { before_limit: 1, after_limit: 1, include_profile: true } };

const program = new Program(binary, folder);
const notes = folder && join(folder, 'bench.json');
try {
  await program.start();
  let state;
  if (notes && existsSync(notes)) state = JSON.parse(readFileSync(notes, 'utf8'));
  else {
    state = await fill(program);
    if (notes) writeFileSync(notes, JSON.stringify(state));
  }
  await indexed(program);
  if (postgres) sql('VACUUM ANALYZE');
  await pool(8, times(1000).map(() => () => program.bytes('GET', '/_matrix/client/versions')));
  console.log('\n| floor: the index alone | the newest 200 |\n| --- | --- |');
  for (const [name, term] of terms) console.log(`| ${name} (\`${term}\`) | ${floor(term).toFixed(1)} ms |`);
  console.log('\n| search, one after the other | order | counted | p50 | p99 | CPU of the program |\n| --- | --- | --- | --- | --- | --- |');
  for (const [name, term] of terms) for (const order of ['recent', 'rank']) await measure(name, state.anna, order, term);
  for (const order of ['recent', 'rank']) await measure('1 of 10, as Element asks', state.anna, order, 'meeting', element);
  for (const order of ['recent', 'rank']) await measure('1 of 10, in one room of 32', state.anna, order, 'meeting', { filter: { rooms: [state.rooms[3]] } });
  for (const order of ['recent', 'rank']) await measure('1 of 10, by somebody in one room', state.ben, order, 'meeting');
  for (const order of ['recent', 'rank']) await measure('1 of 2, by somebody in one room', state.ben, order, 'hello');
  console.log(`\nanonymous memory: ${(program.anonymous() / 1048576).toFixed(0)} MiB`);
  await program.stop();
} finally {
  program.end();
}

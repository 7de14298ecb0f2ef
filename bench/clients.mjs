// What single features cost, each against an empty folder and beside a floor. Each takes less than a minute.
// Usage: node bench/clients.mjs PROGRAM [LINE…]
// LINE: streams, answers, sliding, waits, joins, claims (default: all). WAITS (default 5,000): how many requests wait at once; each
// is a socket here. Searches are measured by search.mjs.
import { createHmac } from 'node:crypto';
import { closeSync, fdatasyncSync, openSync, rmSync, writeSync } from 'node:fs';
import { Agent } from 'node:http';
import { connect } from 'node:net';
import { join } from 'node:path';
import { encoded, pause, pool, Program, report } from './lib/program.mjs';

const lines = { streams, answers, sliding, waits, joins, claims };
const [binary, ...asked] = process.argv.slice(2);
if (!binary || asked.some((line) => !lines[line])) {
  console.error(`Usage: node bench/clients.mjs PROGRAM [${Object.keys(lines).join('|')}…]`);
  process.exit(2);
}

const kib = (bytes) => `${(bytes / 1024).toFixed(1)} KiB`;
const since = (began) => (performance.now() - began) / 1000;
const times = (count) => Array.from({ length: count }, (_, i) => i);

/** What the disk and HTTP give by themselves just now. */
async function floors(program) {
  const file = join(program.data, 'floor');
  const fd = openSync(file, 'w');
  const page = Buffer.alloc(4096, 'x');
  let began = performance.now();
  for (let i = 0; i < 200; ++i) {
    writeSync(fd, page);
    fdatasyncSync(fd);
  }
  const syncs = 200 / since(began);
  closeSync(fd);
  rmSync(file);
  began = performance.now();
  await pool(8, times(4000).map(() => () => program.bytes('GET', '/_matrix/client/versions')));
  console.log(`  floors: fdatasync of 4 KiB ${syncs.toFixed(0)} /s; GET /versions from this program ${(4000 / since(began)).toFixed(0)} /s`);
}

async function administrator(program) {
  const path = '/_synapse/admin/v1/register';
  const { nonce } = await program.json('GET', path);
  const mac = createHmac('sha1', Program.secret).update([nonce, 'root', 'bench password 1', 'admin'].join('\0')).digest('hex');
  return (await program.json('POST', path, undefined, { nonce, username: 'root', password: 'bench password 1', admin: true, mac })).access_token;
}

/** So many accounts without passwords, all in the room when one is given. */
async function people(program, root, count, room, name = 'p') {
  const csv = `username,password,display_name,role\n${times(count).map((i) => `${name}${i},,,`).join('\n')}\n`;
  const api = { port: program.platform };
  const token = 'bench-api-token-bench-api-token-0123';
  const join = room ? `?join=${encoded(room)}` : '';
  const { import_id } = JSON.parse((await program.call('POST', `/api/v1/users/import${join}`, token, csv, api)).bytes);
  for (;;) {
    const state = JSON.parse((await program.call('GET', `/api/v1/users/import/${import_id}`, token, undefined, api)).bytes);
    if (state.state === 'failed' || state.failed > 0) throw new Error(JSON.stringify(state));
    if (state.state !== 'running' && state.state !== 'queued') break;
    await pause(50);
  }
  return times(count).map((i) => `@${name}${i}:localhost`);
}
const tokenOf = async (program, root, user) => (await program.json('POST', `/_synapse/admin/v1/users/${encoded(user)}/login`, root, {})).access_token;

/** An answer of 2,000 characters in 40 updates, by a bot whose reader follows its stream. */
async function streams(program) {
  const { essay, OpenAi } = await import('../tests/e2e/lib/openai.mjs');
  const model = await OpenAi.start({ wordMs: 60 });
  const api = (method, path, body) => program.json(method, `/api/v1${path}`, 'bench-api-token-bench-api-token-0123', body, { port: program.platform });
  const unstable = 'org.matrix.msc4471.stream';
  const kBots = 20;
  const readers = await Promise.all(times(kBots).map(async (i) => {
    const { access_token: token, device_id: device } = await program.json('POST', '/register', undefined, { username: `reader${i}`, password: 'secret secret', auth: { type: 'm.login.dummy' } });
    await api('POST', '/bots', { bot_id: `b${i}`, brain: { kind: 'openai', config: { base_url: model.url, model: 'stand-in', api_key: 'none' } } });
    await api('POST', `/bots/b${i}/start`);
    const bot = `@bot_b${i}:localhost`;
    const { room_id: room } = await program.json('POST', '/createRoom', token, { invite: [bot], preset: 'trusted_private_chat', is_direct: true });
    while (!(await program.json('GET', `/rooms/${encoded(room)}/joined_members`, token)).joined[bot]) await pause(50);
    return { token, device, room, bot };
  }));
  const first = [];
  /** Reads until the answer is whole; yields its durable events. */
  const hear = async (reader) => {
    let { next_batch } = await program.json('GET', '/sync?timeout=0', reader.token);
    const began = performance.now();
    await program.send(reader.room, reader.token, `q${process.hrtime.bigint()}`, 'essay');
    const events = [];
    let updates = 0;
    for (let whole = false; !whole;) {
      const answer = await program.json('GET', `/sync?timeout=5000&since=${next_batch}`, reader.token);
      next_batch = answer.next_batch;
      updates += (answer.to_device?.events ?? []).filter(({ type }) => type === `${unstable}.update`).length;
      for (const event of answer.rooms?.join?.[reader.room]?.timeline?.events ?? []) {
        if (event.sender !== reader.bot || event.type !== 'm.room.message') continue;
        if (events.length === 0) first.push(performance.now() - began);
        events.push(event);
        const described = event.content[unstable];
        if (described && !event.content['m.relates_to']?.rel_type) {
          await program.bytes('PUT', `/sendToDevice/${unstable}.subscribe/s${process.hrtime.bigint()}`, reader.token, { messages: { [reader.bot]: {
            [described.device_id]: { room_id: reader.room, event_id: event.event_id, subscriber_device_id: reader.device } } } });
        }
        whole ||= (event.content['m.new_content'] ?? event.content).body === essay;
      }
    }
    return { events, updates };
  };
  await Promise.all(readers.map(hear)); // from now on the server knows what these clients are
  first.length = 0;
  await pause(1000);
  const before = program.cpu();
  const began = performance.now();
  const all = await Promise.all(readers.map(hear));
  const cpu = program.cpu() - before;
  const mean = (of) => all.reduce((sum, each) => sum + of(each), 0) / kBots;
  const size = ({ events }) => events.reduce((sum, { unsigned, ...event }) => sum + JSON.stringify(event).length, 0);
  console.log(`streams: an answer of 2,000 characters: ${((cpu / kBots) * 1000).toFixed(1)} ms of CPU (${kBots} at once in ${since(began).toFixed(1)} s, reading included), ` +
    `${mean(({ events }) => events.length).toFixed(1)} durable events, ${kib(mean(size))}, ${mean(({ updates }) => updates).toFixed(1)} updates`);
  report('streams: question to first event', first);
  await model.stop();
}

/** A room with 10,000 answers, each written and finished by an edit. */
async function answers(program) {
  const token = await program.register('writer');
  const reader = await program.register('reader');
  const { room_id: room } = await program.json('POST', '/createRoom', token, { preset: 'public_chat' });
  await program.bytes('POST', `/join/${encoded(room)}`, reader, {});
  const text = 'a sentence of a longer answer that is here to be read. '.repeat(36);
  await pool(32, times(10_000).map((i) => async () => {
    const begun = JSON.parse(await program.send(room, token, `a${i}`, 'a sentence'));
    await program.bytes('PUT', `/rooms/${encoded(room)}/send/m.room.message/e${i}`, token, { msgtype: 'm.text', body: `* ${text}`,
      'm.new_content': { msgtype: 'm.text', body: text }, 'm.relates_to': { rel_type: 'm.replace', event_id: begun.event_id } });
  }));
  await program.stop();
  await program.start();
  const filter = encoded(JSON.stringify({ room: { timeline: { limit: 20 } } }));
  for (const kind of ['cold', 'warm']) {
    const opened = [];
    for (let i = 0; i < (kind === 'cold' ? 1 : 20); ++i) {
      const began = performance.now();
      const { rooms } = await program.json('GET', `/sync?timeout=0&filter=${filter}`, reader);
      await program.json('GET', `/rooms/${encoded(room)}/messages?dir=b&limit=50&from=${rooms.join[room].timeline.prev_batch}`, reader);
      opened.push(performance.now() - began);
    }
    report(`answers: a room of 10,000 is opened (first sync and a page back, ${kind})`, opened);
  }
}

/** The first page of sliding sync, as Element X asks for it, for somebody in 1,000 rooms. */
async function sliding(program) {
  const token = await program.register('anna');
  await pool(16, times(1000).map((i) => async () => {
    const { room_id } = await program.json('POST', '/createRoom', token, { name: `Room ${i}` });
    await program.send(room_id, token, 't', 'hello');
  }));
  const state = [['m.room.name', ''], ['m.room.encryption', ''], ['m.room.member', '$LAZY'], ['m.room.member', '$ME'], ['m.room.topic', ''],
    ['m.room.canonical_alias', ''], ['m.room.power_levels', ''], ['m.room.join_rules', ''], ['m.room.create', ''], ['m.room.history_visibility', '']];
  const page = (i) => ({ conn_id: `c${i % 4}`, lists: { all: { ranges: [[0, 19]], timeline_limit: 1, required_state: state } },
    extensions: { account_data: { enabled: true }, receipts: { enabled: true, rooms: ['*'] }, typing: { enabled: true } } });
  const path = '/_matrix/client/unstable/org.matrix.simplified_msc3575/sync?timeout=0';
  const pages = [];
  let bytes = 0;
  const before = program.cpu();
  for (let i = 0; i < 100; ++i) {
    const began = performance.now();
    bytes = (await program.bytes('POST', path, token, page(i))).length;
    pages.push(performance.now() - began);
  }
  report(`sliding: first page in 1,000 rooms (${bytes} bytes, ${((program.cpu() - before) * 10).toFixed(1)} ms of CPU each)`, pages);
}

/** Idle connections, each of somebody of their own: what they add to the program's anonymous memory. */
async function waits(program) {
  const root = await administrator(program);
  const kWaits = Number(process.env.WAITS ?? 5000);
  const users = await people(program, root, kWaits);
  const tokens = [];
  await pool(32, users.map((user, i) => async () => (tokens[i] = await tokenOf(program, root, user))));
  for (const kind of ['classic', 'sliding']) {
    await program.stop(); // what the other kind left in the heap would be used again
    await program.start();
    const body = JSON.stringify({ lists: { all: { ranges: [[0, 19]], timeline_limit: 1, required_state: [] } } });
    const starts = [];
    const ask = (token, pos) => kind === 'classic' ? program.json('GET', `/sync?timeout=0${pos ? `&since=${pos}` : ''}`, token)
      : program.json('POST', `/_matrix/client/unstable/org.matrix.simplified_msc3575/sync?timeout=0${pos ? `&pos=${pos}` : ''}`, token, body);
    await pool(32, tokens.map((token, i) => async () => {
      const first = await ask(token);
      const second = await ask(token, first.next_batch ?? first.pos);
      starts[i] = second.next_batch ?? second.pos;
    }));
    const before = program.anonymous();
    const sockets = tokens.map((token, i) => {
      const socket = connect(program.port, '127.0.0.1');
      const head = kind === 'classic' ? `GET /_matrix/client/v3/sync?timeout=120000&since=${starts[i]} HTTP/1.1\r\n`
        : `POST /_matrix/client/unstable/org.matrix.simplified_msc3575/sync?timeout=120000&pos=${starts[i]} HTTP/1.1\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n`;
      socket.write(`${head}host: localhost\r\nauthorization: Bearer ${token}\r\n\r\n${kind === 'classic' ? '' : body}`);
      socket.on('data', () => (socket.answered = true));
      socket.on('error', () => (socket.answered = true)); // refused: there were too many
      return socket;
    });
    await pause(3000);
    const early = sockets.filter(({ answered }) => answered).length;
    console.log(`waits: ${kWaits} idle ${kind} syncs: ${kib((program.anonymous() - before) / (kWaits - early))} each${early ? ` (${early} were answered or refused at once)` : ''}`);
    for (const socket of sockets) socket.destroy();
    await pause(500);
  }
}

/** People who come one by one into a room of 10,000. */
async function joins(program) {
  const root = await administrator(program);
  const { room_id: room } = await program.json('POST', '/createRoom', root, { preset: 'public_chat' });
  let began = performance.now();
  await people(program, root, 10_000, room);
  console.log(`joins: 10,000 imported into one room in ${since(began).toFixed(1)} s; ${kib(program.anonymous())} anonymous`);
  const tokens = [];
  await pool(32, (await people(program, root, 2000, undefined, 'late')).map((user, i) => async () => (tokens[i] = await tokenOf(program, root, user))));
  const before = program.cpu();
  began = performance.now();
  await pool(32, tokens.map((token) => () => program.bytes('POST', `/join/${encoded(room)}`, token, {})));
  console.log(`joins: into a room of 10,000: ${(tokens.length / since(began)).toFixed(0)} /s, ${((program.cpu() - before) / tokens.length * 1000).toFixed(3)} ms of CPU each`);
}

/** One-time keys: each handed out once. */
async function claims(program) {
  const kOwners = 40;
  const kKeys = 100;
  const owners = await Promise.all(times(kOwners).map((i) => program.json('POST', '/register', undefined, { username: `o${i}`, password: 'secret secret', auth: { type: 'm.login.dummy' } })));
  const keys = (i) => Object.fromEntries(times(kKeys).map((k) => [`signed_curve25519:K${i}x${k}`, { key: `${'A'.repeat(38)}${String(k).padStart(5, '0')}`, signatures: {} }]));
  await pool(16, owners.map(({ access_token }, i) => () => program.bytes('POST', '/keys/upload', access_token, { one_time_keys: keys(i) })));
  const before = program.cpu();
  const began = performance.now();
  let got = 0;
  await pool(32, times(kOwners * kKeys).map((n) => async () => {
    const { user_id, device_id, access_token } = owners[n % kOwners];
    const { one_time_keys } = await program.json('POST', '/keys/claim', access_token, { one_time_keys: { [user_id]: { [device_id]: 'signed_curve25519' } } });
    got += Object.keys(one_time_keys[user_id]?.[device_id] ?? {}).length;
  }));
  console.log(`claims: one-time keys: ${(got / since(began)).toFixed(0)} /s, ${((program.cpu() - before) / got * 1000).toFixed(3)} ms of CPU each, ${got} of ${kOwners * kKeys} handed out`);
}

for (const line of asked.length ? asked : Object.keys(lines)) {
  const program = new Program(binary);
  program.agent = new Agent({ keepAlive: true, maxSockets: 64 });
  try {
    await program.start();
    console.log(`${line}:`);
    await floors(program);
    await lines[line](program);
    await program.stop();
  } finally {
    program.end();
  }
}

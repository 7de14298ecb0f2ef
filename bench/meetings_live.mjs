// From a piece of speech to the screen: how long what a transcriber says of a call takes to whoever reads it live.
// Usage: node bench/meetings_live.mjs PROGRAM [MEETINGS] [SPEAKERS] [SECONDS]
// So many calls on a stand-in for a container engine; in each so many people speak, a piece a second each, told over the bot's
// own Redis (XADD); WebSockets of Vexa's dialect follow them, fifty calls each. Printed: from XADD's write to its answer (then the piece is
// durable), and to the frame that shows it; pieces that never came; CPU a piece. The floor is the same pieces through two plain
// sockets of this process, without Troupe. All of it shares the machine's cores.
import { connect, createServer } from 'node:net';
import { StandInEngine } from '../tests/e2e/lib/stand_in_engine.mjs';
import { pause, pool, Program, report } from './lib/program.mjs';

const [binary, calls = '200', people = '4', time = '20'] = process.argv.slice(2);
if (!binary) {
  console.error('Usage: node bench/meetings_live.mjs PROGRAM [MEETINGS] [SPEAKERS] [SECONDS]');
  process.exit(2);
}
const [count, speakers, seconds] = [Number(calls), Number(people), Number(time)];
const token = 'bench-api-token-bench-api-token-0123';
const word = (text) => `$${Buffer.byteLength(text)}\r\n${text}\r\n`;
const command = (...words) => `*${words.length}\r\n${words.map(word).join('')}`;

async function until(test, what) {
  for (const end = Date.now() + 120_000; !(await test()); await pause(10)) if (Date.now() > end) throw new Error(`${what} does not happen`);
}

/** A bot's line to its Redis: each command's answer resolves in order. */
class Line {
  constructor(port, host) {
    this.waiting = [];
    this.socket = connect(port, host).setNoDelay(true);
    let rest = '';
    this.socket.on('data', (data) => {
      rest += data;
      for (;;) {
        const end = rest.indexOf('\r\n');
        if (end < 0) return;
        const first = rest.slice(0, end);
        const more = first.startsWith('$') ? end + 2 + Number(first.slice(1)) + 2 : end + 2;
        if (rest.length < more) return;
        rest = rest.slice(more);
        this.waiting.shift()(first);
      }
    });
  }
  ask(...words) {
    return new Promise((resolve, reject) => {
      this.waiting.push((answer) => (answer.startsWith('-') ? reject(new Error(answer)) : resolve(answer)));
      this.socket.write(command(...words));
    });
  }
}

const configs = [];
const engine = await StandInEngine.start((container) => {
  const config = JSON.parse(container.env.BOT_CONFIG);
  configs.push(config);
  fetch(config.botManagerCallbackUrl.replace('/exited', '/status_change'), { method: 'POST', headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ connection_id: config.connectionId, status: 'active' }) }).then((answer) => answer.text()).catch(() => {});
});

const sent = new Map(); // text → when
const stored = [];
const shown = [];
function seen(text) {
  const at = sent.get(text);
  if (at === undefined) return;
  sent.delete(text);
  shown.push(performance.now() - at);
}

/** Everybody speaks once a second, not all in the same moment. */
async function speak(say) {
  const began = performance.now();
  const end = began + seconds * 1_000;
  await Promise.all(Array.from({ length: count * speakers }, async (_, n) => {
    for (let turn = 0; ; ++turn) {
      const at = began + turn * 1_000 + (n * 1_000) / (count * speakers);
      if (at > end) return;
      await pause(Math.max(0, at - performance.now()));
      const text = `person ${n} says words number ${turn} aloud`;
      const written = performance.now();
      sent.set(text, written);
      await say(Math.floor(n / speakers), n % speakers, turn, text);
      stored.push(performance.now() - written);
    }
  }));
}

async function floor() {
  const server = createServer((socket) => { socket.setNoDelay(true).on('data', (data) => socket.write(data)); });
  await new Promise((r) => server.listen(0, '127.0.0.1', r));
  const socket = connect(server.address().port, '127.0.0.1').setNoDelay(true);
  let rest = '';
  socket.on('data', (data) => {
    const lines = (rest + data).split('\n');
    rest = lines.pop();
    lines.forEach(seen);
  });
  await speak(async (_call, _who, _turn, text) => { socket.write(`${text}\n`); });
  await pause(500);
  socket.destroy();
  server.close();
  report('floor: two sockets', shown.splice(0));
  stored.length = 0;
  sent.clear();
}

Object.assign(process.env, { DOCKER_HOST: engine.host, TROUPE_MEETINGS_DRIVER: 'docker', BOT_IMAGE_NAME: 'bot', TROUPE_MEETINGS_MAX_CONCURRENT_BOTS: String(count) });
const program = new Program(binary);
const readers = [];
try {
  await floor();
  await program.start();
  const call = (method, path, body) => program.json(method, `/api/v1/meetings${path}`, token, body, { port: program.platform });
  await pool(16, Array.from({ length: count }, (_, n) => () => call('POST', '', { link: `https://meet.jit.si/live-${n}` })));
  await until(async () => (await call('GET', '?state=active&limit=1')).total === count, 'every meeting active');
  const lines = await Promise.all(configs.map(async (config) => {
    const url = new URL(config.redisUrl);
    const line = new Line(Number(url.port), url.hostname);
    await line.ask('AUTH', decodeURIComponent(url.password));
    line.config = config;
    return line;
  }));
  let subscribed = 0;
  for (let n = 0; n < count; n += 50) {
    const reader = new WebSocket(`ws://127.0.0.1:${program.platform}/ws?api_key=${token}`);
    readers.push(reader);
    reader.onmessage = ({ data }) => {
      const frame = JSON.parse(data);
      if (frame.type === 'subscribed') subscribed += frame.meetings.length;
      for (const segment of frame.payload?.segments ?? []) seen(segment.text);
    };
    await new Promise((resolve, reject) => Object.assign(reader, { onopen: resolve, onerror: () => reject(new Error('no WebSocket')) }));
    reader.send(JSON.stringify({ action: 'subscribe', meetings: configs.slice(n, n + 50).map((config) => ({ platform: config.platform, native_id: config.nativeMeetingId })) }));
  }
  await until(() => subscribed === count, 'every meeting subscribed to');
  const cpu = program.cpu();
  await speak((which, who, turn, text) => lines[which].ask('XADD', 'transcription_segments', '*', 'payload', JSON.stringify({ type: 'transcription',
    uid: configs[which].connectionId, token: configs[which].token, meeting_id: configs[which].meeting_id,
    segments: [{ start: turn + who / 10, end: turn + who / 10 + 1, text, language: 'en', speaker: `Person ${who}`, completed: false }] })));
  await until(() => sent.size === 0, 'the last piece').catch(() => {});
  const used = program.cpu() - cpu;
  console.log(`${count} meetings, ${speakers} speakers each, ${seconds} s: ${stored.length} pieces, ${sent.size} not seen; ${((used * 1_000) / stored.length).toFixed(2)} ms of CPU each`);
  report('piece written → stored', stored);
  report('piece written → WebSocket', shown);
} catch (error) {
  console.error(error);
  process.exitCode = 1;
} finally {
  for (const reader of readers) reader.close();
  program.end();
  await engine.stop();
  process.exit();
}

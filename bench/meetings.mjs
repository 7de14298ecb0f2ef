// How fast bots get into meetings, and how soon a start has them all again.
// Usage: node bench/meetings.mjs PROGRAM [MEETINGS]
// So many meetings are asked for, 32 requests at a time, on a stand-in for a container engine whose bots say at once that they
// are in the call; printed: meetings a minute until all are active, CPU a meeting. The floor is the engine alone: its
// requests for as many containers, without Troupe. Then the program is killed and started again: from the start of the process
// until it is ready, until it has asked the engine for each container, and until a stop of one of them has ended it.
import { StandInEngine } from '../tests/e2e/lib/stand_in_engine.mjs';
import { pause, pool, Program } from './lib/program.mjs';

const [binary, most = '1000'] = process.argv.slice(2);
if (!binary) {
  console.error('Usage: node bench/meetings.mjs PROGRAM [MEETINGS]');
  process.exit(2);
}
const count = Number(most);
const atOnce = 32;
const deadline = 180_000;
const token = 'bench-api-token-bench-api-token-0123';

async function until(test, what) {
  for (const end = Date.now() + deadline; !(await test()); await pause(10)) if (Date.now() > end) throw new Error(`${what} does not happen`);
}
/** `work` with each number below `count`, so many at a time. */
const each = (work) => pool(atOnce, Array.from({ length: count }, (_, n) => () => work(n)));

let active = 0;
const engine = await StandInEngine.start((container) => {
  const config = JSON.parse(container.env.BOT_CONFIG ?? '{}');
  if (!config.connectionId) return; // the floor's
  const say = (status) => fetch(config.botManagerCallbackUrl.replace('/exited', '/status_change'), { method: 'POST',
    headers: { 'content-type': 'application/json' }, body: JSON.stringify({ connection_id: config.connectionId, status }) });
  container.onSignal = () => say('completed').catch(() => {}).then(() => container.exit(0));
  say('active').then((answer) => { active += answer.ok; return answer.text(); }).catch(() => {});
});

async function floor() {
  const began = performance.now();
  await each(async (n) => {
    const body = JSON.stringify({ Image: 'bot', Env: [], Labels: { floor: 'yes' }, HostConfig: {} });
    const address = `http://${engine.host.slice('tcp://'.length)}/v1.41/containers`;
    const { Id } = await (await fetch(`${address}/create?name=floor-${n}`, { method: 'POST', headers: { 'content-type': 'application/json' }, body })).json();
    await (await fetch(`${address}/${Id}/start`, { method: 'POST' })).text();
    await (await fetch(`${address}/${Id}/json`)).text();
  });
  const took = performance.now() - began;
  engine.containers.clear();
  return took;
}

Object.assign(process.env, { DOCKER_HOST: engine.host, TROUPE_MEETINGS_DRIVER: 'docker', BOT_IMAGE_NAME: 'bot', TROUPE_MEETINGS_MAX_CONCURRENT_BOTS: String(count) });
const program = new Program(binary);
const call = (method, path, body) => program.json(method, `/api/v1/meetings${path}`, token, body, { port: program.platform });
const aMinute = (ms) => Math.round((count * 60_000) / ms);
try {
  const bare = await floor();
  await program.start();
  const cpu = program.cpu();
  const began = performance.now();
  await each((n) => call('POST', '', { link: `https://meet.jit.si/bench-${n}` }));
  const asked = performance.now() - began;
  await until(() => active >= count, 'every bot in its call');
  await until(async () => (await call('GET', '?state=active&limit=1')).total === count, 'every meeting active');
  const all = performance.now() - began;
  console.log(`${count} meetings, a minute: the engine alone ${aMinute(bare)}; requests answered ${aMinute(asked)}; bots in their calls ${aMinute(all)}; `
    + `${(((program.cpu() - cpu) * 1000) / count).toFixed(1)} ms of CPU each`);

  const gone = new Promise((done) => program.child.once('exit', done));
  program.child.kill('SIGKILL');
  await gone;
  const seen = new Set();
  engine.mischief = (method, path) => { if (method === 'GET' && path.endsWith('/json')) seen.add(path); };
  const again = performance.now();
  const since = () => ((performance.now() - again) / 1000).toFixed(2);
  await program.start();
  const ready = since();
  await until(() => seen.size >= count, 'a look at each container');
  const found = since();
  const { items } = await call('GET', '?state=active&limit=1');
  await program.call('POST', `/api/v1/meetings/${items[0].id}/stop`, token, undefined, { port: program.platform });
  await until(async () => (await call('GET', `/${items[0].id}`)).state === 'completed', 'the stopped one to end');
  console.log(`a start with ${count} bots that run, in seconds from the start of the process: ready ${ready}; each container found again ${found}; one of them stopped ${since()}`);
} finally {
  program.end();
  await engine.stop();
}

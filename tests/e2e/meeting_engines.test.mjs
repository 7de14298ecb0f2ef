// Whole meetings whose bot is a container of a real engine, where variables say which one runs (docs/clusters.md): it joins, goes on
// while Troupe is killed and is found again, is killed for its memory, and nothing of it is left.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { request as http } from 'node:http';
import { request as https } from 'node:https';
import { connect, createServer } from 'node:net';
import { after, test } from 'node:test';
import { Troupe, until } from './lib/troupe.mjs';

const { TROUPE_TEST_DOCKER, TROUPE_TEST_PODMAN, TROUPE_TEST_NOMAD, TROUPE_TEST_KUBECONFIG, TROUPE_TEST_BOT_IMAGE, TROUPE_TEST_BOT_HOST = '127.0.0.1' } = process.env;
const memory = 128; // MiB

/** An answer's JSON; `where` is the arguments of node's request(). */
const ask = (send, ...where) => new Promise((resolve, reject) => {
  const asking = send(...where, (response) => {
    let text = '';
    response.on('data', (piece) => { text += piece; });
    response.on('end', () => (response.statusCode < 300 ? resolve(text && JSON.parse(text)) : reject(new Error(`${response.statusCode} ${text}`))));
  });
  asking.on('error', reject);
  asking.end();
});

/** A container engine behind a socket. */
const containers = (driver, host) => {
  const at = (method, path) => ask(http, { socketPath: host.replace('unix://', ''), path, method, headers: { host: 'engine' } });
  return {
    driver,
    env: { [driver === 'docker' ? 'DOCKER_HOST' : 'CONTAINER_HOST']: host, DOCKER_NETWORK: 'host',
      TROUPE_MEETINGS_BOT_MEMORY_MIB: String(memory) },
    left: async (instance) => (await at('GET', `/v1.41/containers/json?all=1&filters=${encodeURIComponent(JSON.stringify({ label: [`troupe.instance=${instance}`] }))}`)).length,
    kill: async (instance, task) => at('POST', `/v1.41/containers/troupe-${instance}-${task}/kill`),
    // Podman says of no kill what it was for: where there is a limit of memory, all count as that (docs/containers.md).
    killed: driver === 'podman' ? 'oom' : 'bot_failed',
  };
};
const nomad = (address) => ({
  driver: 'nomad',
  env: { NOMAD_ADDR: address, TROUPE_MEETINGS_BOT_DRIVER_CONFIG: JSON.stringify({ network_mode: 'host', cpu_mhz: 20, memory_mib: memory }) },
  left: async (instance) => (await ask(http, `${address}/v1/jobs?prefix=troupe-${instance}-`)).filter((job) => job.ParentID).length,
});
const kubernetes = (file) => {
  const text = readFileSync(file, 'utf8');
  const value = (name) => text.match(new RegExp(`${name}: *"?([^",}\\s]+)`))[1];
  const options = { ca: readFileSync(value('certificate-authority')), headers: { authorization: `Bearer ${value('token')}` } };
  return {
    driver: 'kubernetes',
    env: { TROUPE_KUBERNETES_KUBECONFIG: file,
      TROUPE_MEETINGS_BOT_DRIVER_CONFIG: JSON.stringify({ memory: `${memory}Mi`, cpu: '10m', image_pull_policy: 'IfNotPresent' }) },
    left: async (instance) => {
      const where = (kind) => `${value('server')}${kind}?labelSelector=troupe.dev%2Finstance%3D${instance}`;
      const [jobs, pods] = await Promise.all([`/apis/batch/v1/namespaces/${value('namespace')}/jobs`, `/api/v1/namespaces/${value('namespace')}/pods`]
        .map((kind) => ask(https, where(kind), options)));
      return jobs.items.length + pods.items.length;
    },
  };
};
const engines = [TROUPE_TEST_DOCKER && containers('docker', TROUPE_TEST_DOCKER), TROUPE_TEST_PODMAN && containers('podman', TROUPE_TEST_PODMAN),
  TROUPE_TEST_NOMAD && nomad(TROUPE_TEST_NOMAD), TROUPE_TEST_KUBECONFIG && kubernetes(TROUPE_TEST_KUBECONFIG)].filter(Boolean);
if (!TROUPE_TEST_BOT_IMAGE || engines.length === 0) test('no engine is named: TROUPE_TEST_BOT_IMAGE and one of TROUPE_TEST_DOCKER, …', { skip: true });

/** Bots come from other machines: they reach the loopback listener through this. */
async function door(port) {
  const server = createServer((socket) => {
    const on = connect(port(), '127.0.0.1');
    for (const [a, b] of [[socket, on], [on, socket]]) a.on('error', () => b.destroy()).pipe(b);
  });
  await new Promise((r) => server.listen(0, TROUPE_TEST_BOT_HOST, r));
  server.unref();
  return `http://${TROUPE_TEST_BOT_HOST}:${server.address().port}`;
}

for (const engine of TROUPE_TEST_BOT_IMAGE ? engines : []) {
  test(`meetings on ${engine.driver}`, async (t) => {
    let troupe;
    const base = await door(() => troupe.platformPort);
    troupe = await Troupe.start({ env: { ...engine.env, TROUPE_MEETINGS_DRIVER: engine.driver, BOT_IMAGE_NAME: TROUPE_TEST_BOT_IMAGE,
      TROUPE_MEETINGS_CALLBACK_BASE: base, TROUPE_MEETINGS_ATTEMPTS: '1', TROUPE_MEETINGS_STOP_GRACE_S: '3', TROUPE_MEETINGS_START_TIMEOUT_S: '60' } });
    const instance = readFileSync(`${troupe.data}/containers/instance`, 'utf8').trim();
    after(() => troupe.stop());
    const look = async (id) => (await troupe.api('GET', `/api/v1/meetings/${id}`)).body;
    const history = async (id) => (await troupe.api('GET', `/api/v1/meetings/${id}/history`)).body;
    const send = async (name) => {
      const made = await troupe.api('POST', '/api/v1/meetings', { link: `https://meet.jit.si/${name}` });
      assert.equal(made.status, 201, JSON.stringify(made.body));
      return made.body.id;
    };
    const becomes = (id, state) => until(async () => {
      const meeting = await look(id);
      if (meeting.state !== state && ['completed', 'failed', 'error'].includes(meeting.state)) {
        throw Object.assign(new Error(JSON.stringify([meeting, await history(id)])), { fatal: true });
      }
      return meeting.state === state && meeting;
    }, `meeting ${id} to be ${state}`, 90_000);
    const gone = () => until(async () => (await engine.left(instance)) === 0, 'nothing to be left on the engine', 60_000);

    await t.test('a bot joins and is told to leave', async () => {
      const id = await send('joins-one');
      await becomes(id, 'active');
      assert.ok((await engine.left(instance)) > 0);
      assert.equal((await troupe.api('POST', `/api/v1/meetings/${id}/stop`)).status, 202);
      assert.equal((await becomes(id, 'completed')).reason, 'stopped');
      const { attempts } = await history(id);
      assert.match(attempts[0].output, /active 200/);
      await gone();
    });
    await t.test('it goes on while Troupe is killed, and is found by its label', async () => {
      const stays = await send('joins-stays'), goes = await send('joins-goes');
      for (const id of [stays, goes]) await becomes(id, 'active');
      await troupe.kill();
      if (engine.kill) await engine.kill(instance, `meeting-${goes}-1`);
      await troupe.launch();
      if (engine.kill) assert.equal((await becomes(goes, 'failed')).reason, engine.killed);
      else await troupe.api('POST', `/api/v1/meetings/${goes}/stop`);
      assert.equal((await look(stays)).state, 'active');
      assert.equal((await history(stays)).attempts.length, 1, 'no other was started');
      await troupe.api('POST', `/api/v1/meetings/${stays}/stop`);
      assert.equal((await becomes(stays, 'completed')).reason, 'stopped');
      await gone();
    });
    await t.test('one that wants too much memory has failed for that', async () => {
      assert.equal((await becomes(await send('eats-all'), 'failed')).reason, 'oom');
      await gone();
    });
    await t.test('one that does not leave is killed', async () => {
      const id = await send('stubborn-one');
      await becomes(id, 'active');
      await troupe.api('POST', `/api/v1/meetings/${id}/stop`);
      assert.equal((await becomes(id, 'completed')).reason, 'stopped');
      await gone();
    });
  });
}

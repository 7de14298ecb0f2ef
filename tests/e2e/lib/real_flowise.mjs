// The real Flowise, for tests that are asked for by name (scripts/test --with-flowise): starts it on a free port with a
// data folder of its own, makes an owner and a key, and builds small agent flows that need no model.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from './ports.mjs';
import { until } from './troupe.mjs';

/** Where Flowise is installed: a folder with node_modules. */
export const installed = process.env.FLOWISE_DIR ?? '';
export const isInstalled = installed !== '' && existsSync(join(installed, 'node_modules/.bin/flowise'));

export class RealFlowise {
  static async start() {
    const flowise = new RealFlowise();
    flowise.port = await freePort();
    flowise.data = await mkdtemp(join(tmpdir(), 'flowise-'));
    const base = `http://127.0.0.1:${flowise.port}`;
    flowise.api = `${base}/api/v1`;
    flowise.output = '';
    flowise.process = spawn(process.execPath, ['node_modules/.bin/flowise', 'start'], { cwd: installed, stdio: ['ignore', 'pipe', 'pipe'],
      env: { PATH: process.env.PATH, HOME: flowise.data, HOST: '127.0.0.1', PORT: String(flowise.port), DATABASE_TYPE: 'sqlite', DATABASE_PATH: flowise.data,
        SECRETKEY_PATH: flowise.data, BLOB_STORAGE_PATH: join(flowise.data, 'storage'), LOG_PATH: join(flowise.data, 'logs'),
        DISABLE_FLOWISE_TELEMETRY: 'true', APP_URL: base, SECURE_COOKIES: 'false' } });
    flowise.exited = new Promise((r) => flowise.process.once('exit', r));
    for (const stream of [flowise.process.stdout, flowise.process.stderr]) stream.on('data', (d) => { flowise.output = (flowise.output + d).slice(-20_000); });
    try {
      await until(async () => (await fetch(`${flowise.api}/ping`)).status === 200, 'Flowise to answer', 300_000);
      await flowise.makeOwner();
    } catch (failure) {
      await flowise.stop();
      throw failure;
    }
    return flowise;
  }
  async stop() {
    this.process.kill('SIGTERM');
    const timer = setTimeout(() => this.process.kill('SIGKILL'), 15_000);
    await this.exited;
    clearTimeout(timer);
    await rm(this.data, { recursive: true, force: true });
  }

  async call(method, path, body, headers = {}) {
    const response = await fetch(this.api + path, { method, body: body && JSON.stringify(body),
      headers: { ...(body ? { 'content-type': 'application/json' } : {}), ...(this.key ? { authorization: `Bearer ${this.key}` } : {}), ...headers } });
    const text = await response.text();
    if (response.status >= 300) throw new Error(`${method} ${path}: ${response.status} ${text.slice(0, 500)}`);
    this.cookies = response.headers.getSetCookie().map((c) => c.split(';')[0]).join('; ') || this.cookies;
    return JSON.parse(text);
  }
  async makeOwner() {
    const email = 'owner@example.org';
    const password = 'Password-of-owner-1!';
    await this.call('POST', '/account/register', { user: { name: 'owner', email, credential: password } });
    await this.call('POST', '/auth/login', { email, password });
    const keys = await this.call('POST', '/apikey', { keyName: 'tests', permissions: ['chatflows:view', 'chatflows:create', 'chatflows:update', 'chatflows:delete'] },
      { cookie: this.cookies, 'x-request-from': 'internal' });
    this.keyId = keys.at(-1).id;
    this.key = keys.at(-1).apiKey;
  }

  /** Makes an agent flow of nodes [{name, inputs}] that follow each other; yields its id. */
  async makeFlow(name, steps, more = {}) {
    const nodes = [];
    const edges = [];
    for (const [i, step] of steps.entries()) {
      const definition = await this.call('GET', `/nodes/${step.name}`);
      const id = `${step.name}_${i}`;
      const { inputs, ...rest } = definition;
      const simple = inputs.filter((input) => !/^[A-Z]/.test(input.type));
      const values = Object.fromEntries(inputs.map((input) => [input.name, input.default ?? '']));
      const outputs = step.name === 'humanInputAgentflow' ? 2 : 1;
      nodes.push({ id, type: 'agentFlow', position: { x: 200 * i, y: 0 }, data: { ...rest, id,
        inputParams: simple.map((input) => ({ ...input, id: `${id}-input-${input.name}-${input.type}` })), inputAnchors: [],
        inputs: { ...values, ...step.inputs },
        outputAnchors: Array.from({ length: outputs }, (_, n) => ({ id: outputs === 1 ? `${id}-output-${step.name}` : `${id}-output-${n}`, label: n, name: n })), outputs: {} } });
      for (const [from, output] of step.after ?? (i > 0 ? [[i - 1, `output-${steps[i - 1].name}`]] : [])) {
        const source = nodes[from].id;
        edges.push({ id: `${source}-${output}-${id}`, source, sourceHandle: `${source}-${output}`, target: id, targetHandle: id, type: 'agentFlow', data: {} });
      }
    }
    const made = await this.call('POST', '/chatflows', { name, type: 'AGENTFLOW', deployed: true, isPublic: true, flowData: JSON.stringify({ nodes, edges }), ...more });
    return made.id;
  }
  /** Protects a flow by the key. */
  protect(flow) { return this.call('PUT', `/chatflows/${flow}`, { apikeyid: this.keyId }); }
  url(flow) { return `${this.api}/prediction/${flow}`; }
}

// A container engine for tests, written from the documents of the Docker Engine API 1.41: it takes the requests of Troupe's driver
// and runs each container as an object of the test's own. It can be paused, answer wrongly, hang up and lose events.
import { randomBytes } from 'node:crypto';
import { createServer } from 'node:http';

const seconds = () => Math.floor(Date.now() / 1000);

/** A container. The test's program ends it by `exit(code)`, and is told of signals by `onSignal`, of its end by `ends`. */
class Container {
  constructor(engine, name, body) {
    Object.assign(this, { engine, name, body, id: randomBytes(32).toString('hex'), status: 'created', code: 0, started: 0, finished: 0, ends: [] });
    this.env = Object.fromEntries((body.Env ?? []).map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]));
    this.onSignal = () => this.exit(143);
  }
  exit(code) {
    if (this.status !== 'running') return;
    Object.assign(this, { status: 'exited', code, finished: seconds() });
    for (const told of this.ends) told();
    this.engine.tell(this, 'die');
  }
}

export class StandInEngine {
  /** `run(container)` begins what a started container does. */
  static async start(run) {
    const engine = new StandInEngine();
    Object.assign(engine, { run, containers: new Map(), events: [], streams: new Set(), complaints: [], mischief: () => {}, held: [], paused: false });
    engine.server = createServer((request, response) => engine.#take(request, response).catch((error) => {
      engine.complaints.push(String(error.stack));
      response.destroy();
    }));
    engine.server.keepAliveTimeout = 60_000;
    await new Promise((r) => engine.server.listen(0, '127.0.0.1', r));
    return engine;
  }
  get host() { return `tcp://127.0.0.1:${this.server.address().port}`; }
  async stop() {
    this.pause(false);
    for (const container of this.containers.values()) container.exit(137);
    this.server.closeAllConnections();
    await new Promise((r) => this.server.close(r));
  }

  /** While it is paused nothing is answered. */
  pause(on) {
    this.paused = on;
    if (!on) for (const go of this.held.splice(0)) go();
  }
  /** Ends the streams of events and logs that are open. */
  cut() {
    for (const stream of this.streams) stream.destroy();
  }
  running() { return [...this.containers.values()].filter((each) => each.status === 'running'); }
  tell(container, action) {
    const event = { Type: 'container', Action: action, Actor: { ID: container.id, Attributes: { exitCode: String(container.code) } }, time: seconds() };
    this.events.push(event);
    for (const stream of this.streams) stream.emit('troupe-event', event);
  }

  async #take(request, response) {
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    if (this.paused) await new Promise((r) => this.held.push(r));
    const url = new URL(request.url, 'http://engine');
    const path = decodeURIComponent(url.pathname).replace(/^\/v1\.41/, '');
    if (path === url.pathname && path !== '/version') this.complaints.push(`without a version: ${path}`);
    const body = chunks.length && request.headers['content-type'] === 'application/json' ? JSON.parse(Buffer.concat(chunks)) : undefined;
    const wrong = this.mischief(request.method, path);
    if (wrong === 'refuse') return this.#answer(response, 500, { message: 'the engine is unwell' });
    if (path === '/events') return this.#stream(response, url, (event) => event.time >= Number(url.searchParams.get('since') ?? seconds()));
    if (path.endsWith('/logs')) return this.#logs(response, this.#find(path.split('/')[2]));
    const [status, answer] = this.#do(request.method, path, url.searchParams, body);
    if (wrong === 'hang up') return response.destroy(); // it did what it was asked, and the answer is lost
    return this.#answer(response, status, answer);
  }
  #answer(response, status, body) {
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(body === undefined || status === 204 || status === 304 ? undefined : JSON.stringify(body));
  }
  #stream(response, url, wanted) {
    response.writeHead(200, { 'content-type': 'application/json' });
    response.flushHeaders();
    const send = (event) => { if (wanted(event)) response.write(JSON.stringify(event)); };
    this.events.forEach(send);
    response.on('troupe-event', send);
    this.streams.add(response);
    response.on('close', () => this.streams.delete(response));
  }
  /** They say nothing, and end with their container. */
  #logs(response, container) {
    if (!container) return this.#answer(response, 404, { message: 'No such container' });
    response.writeHead(200, { 'content-type': 'application/vnd.docker.multiplexed-stream' });
    if (container.status === 'exited') return response.end();
    response.flushHeaders();
    this.streams.add(response);
    container.ends.push(() => response.end());
    return response.on('close', () => this.streams.delete(response));
  }
  #find(name) {
    return this.containers.get(name) ?? [...this.containers.values()].find((each) => each.name === name);
  }
  #do(method, path, query, body) {
    const [, kind, name, verb] = path.split('/');
    if (path === '/version') return [200, { Version: '20.10.24', ApiVersion: '1.41', MinAPIVersion: '1.12', Components: [{ Name: 'Engine' }] }];
    if (kind === 'images') return [200, {}];
    if (kind === 'volumes') return [204];
    if (path === '/containers/create') return this.#create(query.get('name'), body);
    if (path === '/containers/json') {
      const labels = JSON.parse(query.get('filters')).label.map((text) => text.split('='));
      return [200, [...this.containers.values()].filter((each) => labels.every(([key, value]) => each.body.Labels[key] === value))
        .map((each) => ({ Id: each.id, Names: [`/${each.name}`], State: each.status, Labels: each.body.Labels }))];
    }
    const container = kind === 'containers' && this.#find(name);
    if (!container) return [404, { message: `No such container: ${name}` }];
    switch (`${method} ${verb}`) {
      case 'GET json': return [200, this.#inspected(container)];
      case 'POST start': return this.#begin(container);
      case 'POST kill': return this.#signal(container, query.get('signal'));
      case 'HEAD archive': case 'PUT archive': return [200];
      case 'DELETE undefined':
        container.exit(137);
        this.containers.delete(container.id);
        return [204];
      default:
        this.complaints.push(`${method} ${path}`);
        return [404, { message: 'page not found' }];
    }
  }
  #create(name, body) {
    if (this.#find(name)) return [409, { message: `Conflict. The container name "/${name}" is already in use` }];
    const made = new Container(this, name, body);
    this.containers.set(made.id, made);
    return [201, { Id: made.id, Warnings: [] }];
  }
  #begin(container) {
    if (container.status === 'running') return [304];
    Object.assign(container, { status: 'running', started: seconds() });
    this.tell(container, 'start');
    this.run(container);
    return [204];
  }
  #signal(container, signal) {
    if (container.status !== 'running') return [409, { message: `Container ${container.id} is not running` }];
    if (signal === 'SIGKILL') container.exit(137);
    else container.onSignal(signal);
    return [204];
  }
  #inspected(each) {
    const time = (at) => (at ? new Date(at * 1000).toISOString() : '0001-01-01T00:00:00Z');
    return { Id: each.id, Name: `/${each.name}`, Created: time(seconds()), Path: 'bot', Args: [],
      State: { Status: each.status, Running: each.status === 'running', ExitCode: each.code, OOMKilled: false, Error: '', Pid: each.status === 'running' ? 4711 : 0,
        StartedAt: time(each.started), FinishedAt: time(each.finished) },
      Config: { Labels: each.body.Labels, Env: each.body.Env, User: '', Image: each.body.Image }, HostConfig: each.body.HostConfig };
  }
}

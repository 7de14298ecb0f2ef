// MCP servers as services of the assistant: the reference server "everything", as a program and over Streamable HTTP.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { Asker, devToken } from './lib/assistant.mjs';
import { freePort } from './lib/ports.mjs';
import { apiToken, Troupe, until } from './lib/troupe.mjs';

const everything = join(import.meta.dirname, 'node_modules/@modelcontextprotocol/server-everything/dist/index.js');

describe('MCP servers as services', () => {
  let troupe, dev, server, port;
  const mark = `mcp-services-${process.pid}`; // in the program's arguments: by it its processes are found

  before(async () => {
    troupe = await Troupe.start({ env: { AUTH_DEV_TOKEN: devToken } });
    dev = new Asker(troupe);
  });
  after(async () => {
    await troupe?.stop();
    server?.kill('SIGKILL');
  });

  async function api(method, path, body) {
    const answer = await fetch(`${troupe.platform}/api/v1/packs${path}`, { method,
      headers: { authorization: `Bearer ${apiToken}`, 'content-type': 'application/json' }, body: body && JSON.stringify(body) });
    const text = await answer.text();
    return { status: answer.status, body: text ? JSON.parse(text) : null };
  }
  async function folder(config) {
    const path = join(troupe.data, `${config.service}-as-it-was-written`);
    await mkdir(path, { recursive: true });
    await writeFile(join(path, 'config.json'), JSON.stringify(config));
    return path;
  }
  async function add(config) {
    const said = await troupe.cli(['pack', 'add', await folder(config)]);
    assert.equal(said.code, 0, said.stdout + said.stderr);
  }
  const operations = async (service) => (await api('GET', `/${service}`)).body.operations.map((each) => each.name);
  /** What a plan comes to. */
  async function done(service, intent, inputs = {}) {
    const seen = await dev.finish(await dev.plan(service, intent, inputs));
    return { ...seen, result: JSON.stringify(seen.task.result ?? null) };
  }
  /** Processes of the program that was started. */
  async function processes() {
    const found = [];
    for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name))) {
      const line = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
      if (line.includes(mark) && line.includes('server-everything')) found.push(Number(pid));
    }
    return found;
  }
  async function startServer() {
    server = spawn(process.execPath, [everything, 'streamableHttp'], { env: { PATH: process.env.PATH, PORT: String(port) }, stdio: 'ignore' });
    await until(async () => (await fetch(`http://127.0.0.1:${port}/mcp`).catch(() => null))?.status > 0, 'the MCP server');
  }

  test('a program is a service: its tools are operations', async () => {
    await add({ service: 'ev', title: 'Everything', synonyms: ['test server'], mcp: { transport: 'stdio', command: process.execPath, args: [everything, 'stdio', mark] } });
    const names = await operations('ev');
    for (const name of ['echo', 'get_sum', 'get_env', 'get_tiny_image', 'get_structured_content']) assert.ok(names.includes(name), names.join());
    const tested = await troupe.cli(['pack', 'test', 'ev']);
    assert.equal(tested.code, 0, tested.stdout + tested.stderr);
    assert.match(tested.stdout, /offers \d+ tools/);
    assert.ok((await processes()).length > 0);
  });

  test('its tools are called, each call in the record', async () => {
    const echo = await done('ev', 'echo', { message: 'hello from the assistant' });
    assert.equal(echo.task.status, 'done', JSON.stringify(echo));
    assert.match(echo.result, /Echo: hello from the assistant/);
    assert.match((await done('ev', 'get_sum', { a: 19, b: 23 })).result, /42/);
    assert.match((await done('ev', 'get_structured_content', { location: 'Chicago' })).result, /temperature/);
    const image = await done('ev', 'get_tiny_image');
    assert.match(image.result, /image\/png/);
    assert.ok(image.result.length < 5_000, 'a picture is its type and size');
    const [call] = await dev.calls(echo.task.task_id);
    assert.equal(call.service, 'ev');
    assert.equal(call.url, 'stdio:ev');
    assert.match(JSON.stringify(call), /hello from the assistant/);
  });

  test('arguments that do not fit are not sent, and a tool that fails ends its task', async () => {
    assert.equal((await dev.ask('POST', '/api/v1/tasks', { service: 'ev', intent: 'get_sum', inputs: { a: 'much', b: [] } })).status, 400);
    const failed = await done('ev', 'get_resource_reference', { resourceType: 'Text', resourceId: -7 }).catch((error) => error);
    assert.match(JSON.stringify(failed.task ?? failed.text), /error|refused|must be/);
  });

  test('it knows nothing of the server\'s own environment', async () => {
    const { result } = await done('ev', 'get_env');
    assert.match(result, /PATH/);
    for (const secret of [apiToken, devToken, 'TROUPE_']) assert.ok(!result.includes(secret), secret);
  });

  test('a program that was killed is started again', async () => {
    const before = await processes();
    for (const pid of before) try { process.kill(pid, 'SIGKILL'); } catch { /* it went with another */ }
    await until(async () => (await processes()).every((pid) => !before.includes(pid)), 'the program to be gone');
    const echo = await done('ev', 'echo', { message: 'again' });
    assert.equal(echo.task.status, 'done', JSON.stringify(echo));
  });

  test('a sentence reaches a tool', async () => {
    const { body } = await dev.chat('test server: echo "a sentence"');
    assert.equal(body.type, 'plan', JSON.stringify(body));
    assert.equal(body.plan.intent, 'echo');
    const ran = await dev.execute(body.taskId);
    assert.match(JSON.stringify(ran.body), /Echo: a sentence/);
  });

  test('nobody starts programs from afar where the server does not allow them', async () => {
    const config = { service: 'evil', mcp: { transport: 'stdio', command: '/bin/sh', args: ['-c', 'id'] } };
    const answer = await api('POST', '', { files: { 'config.json': JSON.stringify(config) } });
    assert.equal(answer.status, 403, JSON.stringify(answer.body));
    assert.equal((await api('GET', '/evil')).status, 404);
  });

  {
    const looks = `import json, os, socket, sys
def look(path):
    try: return open(path).read(200)
    except OSError as error: return str(error)
def reach(port):
    try: return socket.create_connection(('127.0.0.1', port), 2) and 'reached'
    except OSError as error: return str(error)
for line in sys.stdin:
    asked = json.loads(line)
    if 'id' not in asked: continue
    method, params, out = asked['method'], asked.get('params', {}), None
    if method == 'initialize': out = {'protocolVersion': params['protocolVersion'], 'capabilities': {'tools': {}}, 'serverInfo': {'name': 'looks', 'version': '1'}}
    if method == 'tools/list': out = {'tools': [{'name': 'look', 'annotations': {'readOnlyHint': True}, 'inputSchema': {'type': 'object', 'properties': {'path': {'type': 'string'}, 'port': {'type': 'integer'}}}}]}
    if method == 'tools/call':
        a = params['arguments']
        out = {'content': [{'type': 'text', 'text': json.dumps({'file': look(a['path']), 'net': reach(a['port']), 'env': dict(os.environ), 'uids': os.getuid()})}]}
    print(json.dumps({'jsonrpc': '2.0', 'id': asked['id'], **({'result': out} if out else {'error': {'code': -32601, 'message': 'no'}})}), flush=True)
`;
    /** What a program that runs so sees of this machine. */
    const looksAround = async (service, sandbox, tried) => {
      await writeFile(join(troupe.data, 'canary.txt'), 'canary-of-the-data-folder');
      assert.equal(tried.code, 0, tried.stdout + tried.stderr);
      const seen = await done(service, 'look', { path: join(troupe.data, 'canary.txt'), port: Number(new URL(troupe.platform).port) });
      assert.equal(seen.task.status, 'done', JSON.stringify(seen));
      assert.equal(seen.result.includes('canary-of-the-data-folder'), !sandbox, seen.result);
      assert.equal(seen.result.includes('reached'), !sandbox, seen.result);
      for (const secret of [apiToken, devToken, 'TROUPE_']) assert.ok(!seen.result.includes(secret), secret);
    };
    const tryIt = async (service, sandbox) => {
      await add({ service, title: `A program ${service}`, mcp: { transport: 'stdio', command: 'python3', args: ['-c', looks], sandbox } });
      return troupe.cli(['pack', 'test', service]);
    };
    const remove = async (service) => assert.equal((await troupe.cli(['pack', 'remove', service])).code, 0);

    test('a program that is to run as it is sees this machine, but no secret', async () => {
      await looksAround('outside', false, await tryIt('outside', false));
      await remove('outside');
    });
    test('a program that is to run in the sandbox has no network and nothing of this machine\'s', async (t) => {
      const tried = await tryIt('inside', true);
      // Only where there is none: that a sandbox fails is no reason.
      if (tried.code !== 0 && (tried.stdout + tried.stderr).includes('There is no sandbox on this machine for the program.')) t.skip('no sandbox on this machine');
      else await looksAround('inside', true, tried);
      await remove('inside');
    });
  }

  test('it ends with its pack', async () => {
    assert.equal((await troupe.cli(['pack', 'remove', 'ev'])).code, 0);
    await until(async () => (await processes()).length === 0, 'the program to end');
    assert.equal((await api('GET', '/ev')).status, 404);
  });

  test('over HTTP it is reached where an administrator leads, and every tool that is not believed wants a yes', async () => {
    port = await freePort();
    await startServer();
    const url = `http://127.0.0.1:${port}/mcp`;
    await add({ service: 'evweb', title: 'Everything over HTTP', mcp: { transport: 'http', url, hints: false } });
    assert.deepEqual(await operations('evweb'), [], 'the pack\'s own address is one of this machine');
    assert.equal((await troupe.cli(['pack', 'test', 'evweb'])).code, 1);
    assert.equal((await api('PUT', '/evweb', { base_url: url })).status, 200);
    assert.ok((await operations('evweb')).includes('echo'));
    const asked = await done('evweb', 'echo', { message: 'with a yes' });
    assert.equal(asked.kind, 'approval', JSON.stringify(asked));
    const [approval] = await dev.approvals();
    assert.match(JSON.stringify(approval.calls), /with a yes/);
    assert.equal((await dev.approve(approval.id ?? approval.approval_id, approval.digest)).status, 200);
    const seen = await dev.rests(asked.task.task_id);
    assert.match(JSON.stringify(seen.task.result), /Echo: with a yes/);
  });

  test('a server that starts again has forgotten the session, and is greeted again', async () => {
    await add({ service: 'evweb', title: 'Everything over HTTP', mcp: { transport: 'http', url: `http://127.0.0.1:${port}/mcp` } });
    assert.match((await done('evweb', 'echo', { message: 'one' })).result, /Echo: one/);
    const gone = new Promise((r) => server.once('exit', r));
    server.kill('SIGKILL');
    await gone;
    await startServer();
    assert.match((await done('evweb', 'echo', { message: 'two' })).result, /Echo: two/);
  });
});

// Troupe as a server of the Model Context Protocol: the stock client of the SDK over Streamable HTTP, and requests of the
// era without a handshake, which the stock client does not speak yet.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { Asker, devToken, startAssistant, startVendors, stopAll } from './lib/assistant.mjs';

const modern = '2026-07-28';

describe('MCP', () => {
  let troupe, vendors, dev, client;
  before(async () => {
    vendors = await startVendors();
    troupe = await startAssistant(vendors);
    dev = new Asker(troupe);
  });
  after(async () => {
    await client?.close();
    await troupe?.stop();
    await stopAll(vendors);
  });

  /** A request without a handshake. */
  const post = async (method, params = {}, { headers = {}, capabilities = {}, token = devToken, id = 1 } = {}) => {
    const response = await fetch(`${troupe.platform}/mcp`, { method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', accept: 'application/json, text/event-stream',
        'mcp-protocol-version': modern, 'mcp-method': method, ...headers },
      body: JSON.stringify({ jsonrpc: '2.0', id, method, params: { ...params, _meta: { 'io.modelcontextprotocol/protocolVersion': modern,
        'io.modelcontextprotocol/clientCapabilities': capabilities } } }) });
    return { status: response.status, body: await response.json().catch(() => null) };
  };
  const call = (name, args, options = {}) => post('tools/call', { name, arguments: args, ...options.params }, options);
  const stateOf = (result) => result.structuredContent;

  test('the stock client signs in, lists tools and calls one', async () => {
    client = new Client({ name: 'a test', version: '1' });
    await client.connect(new StreamableHTTPClientTransport(new URL(`${troupe.platform}/mcp`),
      { requestInit: { headers: { authorization: `Bearer ${devToken}` } } }));
    assert.equal(client.getServerVersion().name, 'troupe');
    const names = [];
    for (let cursor; ;) {
      const page = await client.listTools(cursor ? { cursor } : {});
      names.push(...page.tools.map((each) => each.name));
      cursor = page.nextCursor;
      if (!cursor) break;
    }
    assert.equal(new Set(names).size, names.length);
    for (const name of ['assistant.ask', 'troupe.list_bots', 'slack.send_message', 'companycam.list_projects']) assert.ok(names.includes(name), name);
    const channels = await client.callTool({ name: 'slack.list_channels', arguments: {} });
    assert.equal(stateOf(channels).state, 'result', JSON.stringify(channels));
    assert.match(channels.content[0].text, /general|ops|sales/);
    const bots = await client.callTool({ name: 'troupe.list_bots', arguments: {} });
    assert.equal(stateOf(bots).state, 'result', JSON.stringify(bots));
  });

  test('what a tool refuses is for the model to read', async () => {
    const wrong = await client.callTool({ name: 'slack.send_message', arguments: { nothing: true } });
    assert.equal(wrong.isError, true, JSON.stringify(wrong));
    await assert.rejects(client.callTool({ name: 'slack.no_such_thing', arguments: {} }), /-32602|no tool/);
  });

  test('a sentence is planned, and runs when it is answered', async () => {
    const planned = stateOf(await client.callTool({ name: 'assistant.ask', arguments: { text: 'send "hello from mcp" to #ops in slack' } }));
    assert.equal(planned.state, 'plan', JSON.stringify(planned));
    assert.equal(vendors.slack.wrote('hello from mcp').length, 0);
    const done = stateOf(await client.callTool({ name: 'assistant.answer', arguments: { task_id: planned.task_id, text: 'run' } }));
    assert.equal(done.state, 'result', JSON.stringify(done));
    assert.equal(vendors.slack.wrote('hello from mcp').length, 1);
  });

  test('a write that wants an approval waits for a person', async () => {
    const asked = stateOf(await client.callTool({ name: 'troupe.create_user', arguments: { username: 'mcpanna' } }));
    assert.equal(asked.state, 'approval', JSON.stringify(asked));
    const [approval] = await dev.approvals();
    assert.equal((await dev.approve(approval.id ?? approval.approval_id, approval.digest)).status, 200);
    const looked = stateOf(await client.callTool({ name: 'assistant.look', arguments: { task_id: asked.task_id } }));
    assert.equal(looked.state, 'result', JSON.stringify(looked));
    const users = await troupe.api('GET', '/api/v1/users?search=mcpanna');
    assert.equal(users.body.items.length, 1);
  });

  test('without a handshake: what is spoken is discovered, headers and body agree', async () => {
    const found = await post('server/discover');
    assert.equal(found.status, 200);
    assert.ok(found.body.result.supportedVersions.includes(modern));
    assert.equal(found.body.result.resultType, 'complete');
    const listed = await post('tools/list');
    assert.equal(listed.body.result.cacheScope, 'private');
    const mixed = await post('tools/list', {}, { headers: { 'mcp-method': 'tools/call' } });
    assert.deepEqual([mixed.status, mixed.body.error.code], [400, -32020]);
    const unknown = await post('tasks/list');
    assert.deepEqual([unknown.status, unknown.body.error.code], [404, -32601]);
    const old = await post('tools/list', {}, { headers: { 'mcp-protocol-version': '1999-01-01' } });
    assert.deepEqual([old.status, old.body.error.code], [400, -32022]);
    assert.equal((await fetch(`${troupe.platform}/mcp`, { headers: { authorization: `Bearer ${devToken}` } })).status, 405);
  });

  test('without a handshake an approval comes as a form, good for whoever was asked', async () => {
    const capabilities = { elicitation: { form: {} } };
    const asked = await call('troupe.create_user', { username: 'mcpben' }, { capabilities });
    assert.equal(asked.body.result.resultType, 'input_required', JSON.stringify(asked.body));
    const { requestState, inputRequests } = asked.body.result;
    assert.equal(inputRequests.person.method, 'elicitation/create');
    assert.match(inputRequests.person.params.message, /mcpben/);
    const given = { requestState, inputResponses: { person: { action: 'accept', content: { answer: true } } } };
    const other = await Asker.person(troupe, 'mcpother');
    const stolen = await call('troupe.create_user', {}, { capabilities, token: other.token, params: given });
    assert.equal(stolen.body.result.isError, true, JSON.stringify(stolen.body));
    const done = await call('troupe.create_user', {}, { capabilities, params: given });
    assert.equal(stateOf(done.body.result).state, 'result', JSON.stringify(done.body));
    const again = await call('troupe.create_user', {}, { capabilities, params: given });
    assert.equal(again.body.result.isError, true, JSON.stringify(again.body));
  });

  test('strangers and pages of other origins get nothing', async () => {
    assert.equal((await post('tools/list', {}, { token: 'nobody' })).status, 401);
    assert.equal((await post('tools/list', {}, { headers: { origin: 'https://evil.example' } })).status, 403);
  });
});

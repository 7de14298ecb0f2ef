// Signing in to an MCP server whose pack says nothing of it: a server over Streamable HTTP (the stock SDK's) that asks
// for tokens, a real authorization server (npm oidc-provider) at another origin, all over TLS. What the server says is
// found, Troupe is registered, and the token is for that server alone. Then the same servers lie.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import https from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, beforeEach, test } from 'node:test';
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js';
import Provider, { errors } from 'oidc-provider';
import { PlainBrowser } from './lib/plain_browser.mjs';
import { Troupe } from './lib/troupe.mjs';

let folder, troupe, tools, people, stranger;

async function listen(tls, answer) {
  const server = https.createServer(tls, (request, response) => answer(request, response).catch((error) => {
    response.writeHead(500).end(String(error));
  }));
  await new Promise((r) => server.listen(0, '127.0.0.1', r));
  return { server, url: `https://localhost:${server.address().port}` };
}
const json = (response, body, status = 200) => response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));

/** The authorization server: it registers programs, and gives tokens for the MCP server. */
class People {
  registered = 0;

  static async start(tls) {
    const it = new People();
    Object.assign(it, await listen(tls, (request, response) => it.answer(request, response)));
    return it;
  }
  configure(resource) {
    this.resource = resource;
    this.provider = new Provider(this.url, {
      features: {
        devInteractions: { enabled: false },
        registration: { enabled: true },
        resourceIndicators: {
          enabled: true,
          useGrantedResource: () => true,
          getResourceServerInfo: (_, wanted) => {
            if (wanted !== resource) throw new errors.InvalidTarget();
            return { scope: 'tools', audience: wanted, accessTokenFormat: 'opaque' };
          },
        },
      },
      scopes: ['openid', 'offline_access', 'tools'],
      issueRefreshToken: () => true,
      cookies: { keys: ['a-key-for-cookies'] },
      findAccount: async (_, id) => ({ accountId: id, claims: async () => ({ sub: id }) }),
      interactions: { url: (_, interaction) => `/interaction/${interaction.uid}` },
    });
    this.provider.on('registration_create.success', () => { this.registered += 1; });
    this.call = this.provider.callback();
  }
  async answer(request, response) {
    if (this.lie?.(request, response)) return undefined;
    if (!request.url.startsWith('/interaction/')) return this.call(request, response);
    const { prompt, session, params } = await this.provider.interactionDetails(request, response);
    let result = { login: { accountId: 'anna' } };
    if (prompt.name === 'consent') {
      const grant = new this.provider.Grant({ accountId: session.accountId, clientId: params.client_id });
      grant.addOIDCScope('openid offline_access tools');
      grant.addResourceScope(this.resource, 'tools');
      result = { consent: { grantId: await grant.save() } };
    }
    return this.provider.interactionFinished(request, response, result, { mergeWithLastSubmission: true });
  }
  async takes(token) {
    const found = token && await this.provider.AccessToken.find(token);
    return Boolean(found) && [found.aud].flat().includes(this.resource);
  }
}

/** The MCP server: nobody without a token of its own. */
class Tools {
  static async start(tls) {
    const it = new Tools();
    Object.assign(it, await listen(tls, (request, response) => it.answer(request, response)));
    it.mcp = `${it.url}/v1/mcp`;
    return it;
  }
  about = () => ({ resource: this.mcp, authorization_servers: [people.url], scopes_supported: ['tools'] });
  challenge = () => '';

  async answer(request, response) {
    if (request.url === '/.well-known/oauth-protected-resource/v1/mcp') return json(response, this.about());
    if (request.url !== '/v1/mcp') return json(response, {}, 404);
    this.shown = request.headers.authorization?.replace(/^Bearer /, '');
    if (!await people.takes(this.shown)) {
      response.setHeader('www-authenticate', `Bearer ${this.challenge()}`);
      return json(response, { error: 'invalid_token' }, 401);
    }
    const server = new McpServer({ name: 'tools', version: '1' });
    server.registerTool('look', { description: 'Look', annotations: { readOnlyHint: true } }, () => ({ content: [{ type: 'text', text: 'seen' }] }));
    const transport = new StreamableHTTPServerTransport({ sessionIdGenerator: undefined, enableJsonResponse: true });
    response.on('close', () => { void transport.close(); void server.close(); });
    await server.connect(transport);
    return transport.handleRequest(request, response);
  }
}

const admin = () => PlainBrowser.ofAdmin(troupe, join(folder, 'cert.pem'));
const shown = async () => (await troupe.api('GET', '/api/v1/packs/mc')).body;
const tried = async () => (await troupe.api('POST', '/api/v1/packs/mc/test')).body;
async function add(more = { egress: [new URL(people.url).host] }) {
  await troupe.api('DELETE', '/api/v1/packs/mc');
  const config = { service: 'mc', title: 'The tools', mcp: { transport: 'http', url: tools.mcp }, ...more };
  const added = await troupe.api('POST', '/api/v1/packs', { files: { 'config.json': JSON.stringify(config) } });
  assert.equal(added.status, 201, JSON.stringify(added.body));
}
async function refusal() {
  const answer = await (await admin()).leave('mc');
  assert.ok(answer.status >= 400, answer.text);
  return JSON.parse(answer.text).detail;
}

before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'troupe-mcp-'));
  execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2', '-subj', '/CN=localhost',
    '-addext', 'subjectAltName=DNS:localhost', '-keyout', join(folder, 'key.pem'), '-out', join(folder, 'cert.pem')], { stdio: 'ignore' });
  const tls = { key: readFileSync(join(folder, 'key.pem')), cert: readFileSync(join(folder, 'cert.pem')) };
  people = await People.start(tls);
  tools = await Tools.start(tls);
  stranger = { asked: 0, ...await listen(tls, async (_, response) => { stranger.asked += 1; json(response, {}); }) };
  people.configure(tools.mcp);
  troupe = await Troupe.start({ env: { SSL_CERT_FILE: join(folder, 'cert.pem'), TROUPE_ALLOWED_PRIVATE: '127.0.0.0/8,::1' } });
});
after(async () => {
  await troupe?.stop();
  for (const each of [people, tools, stranger]) {
    each?.server.closeAllConnections();
    each?.server.close();
  }
  rmSync(folder, { recursive: true, force: true });
});
beforeEach(() => {
  delete people.lie;
  tools.about = () => ({ resource: tools.mcp, authorization_servers: [people.url], scopes_supported: ['tools'] });
  tools.challenge = () => '';
});

test('a server that asks for a sign-in is found, signed in to, and works until the sign-in is taken away', async () => {
  await add();
  const before = await shown();
  assert.equal(before.ready, false);
  assert.deepEqual([before.settings.sign_in.asked, before.settings.sign_in.found, before.settings.sign_in.signed_in], [true, true, false]);

  const browser = await admin();
  const leaving = await browser.begin('mc');
  const there = new URL(leaving.address);
  assert.equal(there.origin, people.url);
  assert.equal(there.searchParams.get('resource'), tools.mcp);
  assert.equal(there.searchParams.get('code_challenge_method'), 'S256');
  const page = await browser.go(leaving.address);
  assert.match(page.text, /<h1>Signed in<\/h1>/, `${page.url} ${page.text}`);
  assert.match(page.url, /[?&]iss=/, 'the authorization server says who it is');

  const after = await shown();
  assert.equal(after.settings.sign_in.signed_in, true);
  assert.equal(after.settings.sign_in.address, people.url);
  assert.equal((await tried()).verdict, 'good');
  assert.deepEqual((await shown()).operations.map(({ name }) => name), ['look']);

  // The access token ends: it is renewed for the same server, by whoever has to, without anybody.
  const first = tools.shown;
  await (await people.provider.AccessToken.find(first)).destroy();
  assert.equal((await tried()).verdict, 'good');
  assert.notEqual(tools.shown, first);
  await troupe.restart();
  assert.equal((await tried()).verdict, 'good', 'it outlives the program');

  // Signing in again is with the same client.
  assert.match((await browser.go((await (await admin()).begin('mc')).address)).text, /did not begin here|Signed in/);
  assert.equal(people.registered, 1);
});

test('the server\'s challenge says where it describes itself', async () => {
  await add();
  tools.challenge = () => `resource_metadata="${tools.url}/.well-known/oauth-protected-resource/v1/mcp", scope="tools"`;
  const { address } = await (await admin()).begin('mc');
  assert.match(new URL(address).searchParams.get('scope'), /^tools\b/);
});

test('a server leads to nobody that its pack does not name', async () => {
  await add({});
  assert.match(await refusal(), /authorization server is at https:\/\/localhost:\d+, which the pack does not allow.*egress/);
  await add();
  tools.about = () => ({ resource: tools.mcp, authorization_servers: [stranger.url] });
  assert.match(await refusal(), /does not allow/);
  tools.challenge = () => `resource_metadata="${stranger.url}/about"`;
  assert.match(await refusal(), /does not allow/);
  tools.challenge = () => `resource_metadata="${tools.url.replace('https:', 'http:')}/about"`;
  assert.match(await refusal(), /does not allow/);
  assert.equal(stranger.asked, 0);
});

test('lies, floods and redirects end in a sentence', async () => {
  await add();
  tools.about = () => ({ resource: 'https://bank.example/mcp', authorization_servers: [people.url] });
  assert.match(await refusal(), /description is of another server/);
  tools.about = () => ({ resource: tools.mcp, authorization_servers: [people.url], filler: 'x'.repeat(1_000_000) });
  assert.match(await refusal(), /large|bytes/);
  tools.about = () => ({ resource: tools.mcp, authorization_servers: [people.url] });
  const metadata = (change) => (request, response) => {
    if (!request.url.startsWith('/.well-known/')) return false;
    const told = { issuer: people.url, authorization_endpoint: `${people.url}/auth`, token_endpoint: `${people.url}/token`,
      registration_endpoint: `${people.url}/reg`, code_challenge_methods_supported: ['S256'] };
    json(response, { ...told, ...change });
    return true;
  };
  for (const [change, says] of [
    [{ issuer: 'https://bank.example' }, /another one than was asked/],
    [{ token_endpoint: `${stranger.url}/token` }, /token_endpoint is at .* does not allow/],
    [{ authorization_endpoint: `${people.url.replace('https:', 'http:')}/auth` }, /authorization_endpoint is no https address/],
    [{ code_challenge_methods_supported: ['plain'] }, /PKCE/],
  ]) {
    people.lie = metadata(change);
    assert.match(await refusal(), says);
  }
  people.lie = (request, response) => {
    if (!request.url.startsWith('/.well-known/')) return false;
    response.writeHead(302, { location: `${stranger.url}/about` }).end();
    return true;
  };
  assert.match(await refusal(), /sends on, which is not followed/);
  assert.equal(stranger.asked, 0);
});

// Signing in to a service of OAuth 2 against a real authorization server (npm oidc-provider, over TLS): from the console's
// session, and from a terminal with any browser; what comes back works, is renewed, and is nobody else's to finish.
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import https from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import Provider from 'oidc-provider';
import { PlainBrowser } from './lib/plain_browser.mjs';
import { binary, Troupe, until } from './lib/troupe.mjs';

const secret = 'canary-secret-of-the-client';
let troupe;
let cloud;
let folder;

/** A service with an authorization server of its own: it lets people in who allow it, and lists things for a token. */
class Cloud {
  allows = true;
  asked = 0;

  static async start(tls) {
    const it = new Cloud();
    it.server = https.createServer(tls, (request, response) => it.answer(request, response));
    await new Promise((r) => it.server.listen(0, '127.0.0.1', r));
    it.url = `https://localhost:${it.server.address().port}`;
    return it;
  }

  configure(arrival) {
    this.provider = new Provider(this.url, {
      clients: [{ client_id: 'troupe-at-the-cloud', client_secret: secret, redirect_uris: [arrival],
        grant_types: ['authorization_code', 'refresh_token'], token_endpoint_auth_method: 'client_secret_post' }],
      features: { devInteractions: { enabled: false } },
      pkce: { required: () => true },
      scopes: ['openid', 'offline_access'],
      cookies: { keys: ['a-key-for-cookies'] },
      findAccount: async (_, id) => ({ accountId: id, claims: async () => ({ sub: id }) }),
      interactions: { url: (_, interaction) => `/interaction/${interaction.uid}` },
    });
    this.call = this.provider.callback();
  }

  async answer(request, response) {
    if (request.url.startsWith('/v1/')) return this.things(request, response);
    if (!request.url.startsWith('/interaction/')) return this.call(request, response);
    const { prompt, session, params } = await this.provider.interactionDetails(request, response);
    let result = { login: { accountId: 'anna' } };
    if (prompt.name === 'consent' && !this.allows) result = { error: 'access_denied', error_description: 'not today' };
    else if (prompt.name === 'consent') {
      const grant = new this.provider.Grant({ accountId: session.accountId, clientId: params.client_id });
      grant.addOIDCScope(params.scope);
      result = { consent: { grantId: await grant.save() } };
    }
    return this.provider.interactionFinished(request, response, result, { mergeWithLastSubmission: true });
  }

  async things(request, response) {
    this.asked += 1;
    this.shown = request.headers.authorization?.replace(/^Bearer /, '');
    const good = this.shown && await this.provider.AccessToken.find(this.shown);
    response.writeHead(good ? 200 : 401, { 'content-type': 'application/json' });
    response.end(JSON.stringify(good ? [{ name: 'a thing' }] : { error: 'expired' }));
  }

  async stop() {
    this.server.closeAllConnections();
    await new Promise((r) => this.server.close(r));
  }
}

const browserOf = () => new PlainBrowser(troupe, join(folder, 'cert.pem'));
const adminsBrowser = () => PlainBrowser.ofAdmin(troupe, join(folder, 'cert.pem'));

const signedIn = async () => (await troupe.api('GET', '/api/v1/packs/cloud')).body.settings.sign_in.signed_in;
const tried = async () => (await troupe.api('POST', '/api/v1/packs/cloud/test')).body;
const forget = () => troupe.api('PUT', '/api/v1/packs/cloud', { secrets: { refresh_token: null } });

before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'troupe-cloud-'));
  execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2', '-subj', '/CN=localhost',
    '-addext', 'subjectAltName=DNS:localhost', '-keyout', join(folder, 'key.pem'), '-out', join(folder, 'cert.pem')], { stdio: 'ignore' });
  cloud = await Cloud.start({ key: readFileSync(join(folder, 'key.pem')), cert: readFileSync(join(folder, 'cert.pem')) });
  troupe = await Troupe.start({ env: { SSL_CERT_FILE: join(folder, 'cert.pem'), TROUPE_ALLOWED_PRIVATE: '127.0.0.0/8,::1' } });
  cloud.configure(`${troupe.platform}/api/v1/packs/cloud/sign-in/arrival`);
  const flow = { authorizationUrl: `${cloud.url}/auth?prompt=consent`, tokenUrl: `${cloud.url}/token`, scopes: { openid: 'who you are' } };
  const document = { openapi: '3.1.0', info: { title: 'The cloud', version: '1' }, servers: [{ url: `${cloud.url}/v1` }],
    components: { securitySchemes: { page: { type: 'oauth2', flows: { authorizationCode: flow } } } },
    paths: { '/things': { get: { operationId: 'listThings', summary: 'List the things', security: [{ page: ['openid'] }], responses: { 200: { description: 'Things' } } } } } };
  const config = { service: 'cloud', title: 'The cloud', auth: { scheme: 'oauth2', scopes: ['offline_access'] } };
  const added = await troupe.api('POST', '/api/v1/packs', { files: { 'config.json': JSON.stringify(config), 'openapi.json': JSON.stringify(document) } });
  assert.equal(added.status, 201, JSON.stringify(added.body));
  const set = await troupe.api('PUT', '/api/v1/packs/cloud', { secrets: { client_id: 'troupe-at-the-cloud', client_secret: secret } });
  assert.equal(set.status, 200, JSON.stringify(set.body));
});
after(async () => {
  await troupe?.stop();
  await cloud?.stop();
  rmSync(folder, { recursive: true, force: true });
});

test('an administrator signs in from the console, and the service works until the sign-in is taken away', async () => {
  assert.equal((await tried()).verdict, 'bad');
  const browser = await adminsBrowser();
  const leaving = await browser.begin('cloud');
  assert.deepEqual(leaving.scopes, ['offline_access', 'openid'], 'the pack\'s own, and what the operation needs');
  const page = await browser.go(leaving.address);
  assert.match(page.text, /<h1>Signed in<\/h1>/, `${page.url} ${page.text}`);
  assert.match(page.headers['content-security-policy'], /default-src 'none'/);
  assert.equal(await signedIn(), true);
  assert.equal((await tried()).verdict, 'good');

  // The access token ends: it is renewed, once, without anybody.
  const first = cloud.shown;
  await (await cloud.provider.AccessToken.find(first)).destroy();
  assert.equal((await tried()).verdict, 'good');
  assert.notEqual(cloud.shown, first);

  await troupe.restart();
  assert.equal((await tried()).verdict, 'good', 'it outlives the program');
  assert.match((await browser.go(page.url)).text, /did not begin here/, 'a code is good once');

  await forget();
  assert.equal(await signedIn(), false);
  const asked = cloud.asked;
  assert.equal((await tried()).verdict, 'bad');
  assert.equal(cloud.asked, asked);
});

test('nobody finishes what somebody else began', async () => {
  const browser = await adminsBrowser();
  const leaving = await browser.begin('cloud');
  for (const other of [browserOf(), await adminsBrowser()]) {
    const page = await other.go(leaving.address);
    assert.match(page.text, /did not begin here/);
    assert.ok(!page.text.includes('The cloud'), 'a stranger learns nothing');
  }
  assert.equal(await signedIn(), false);
});

test('a service that says no is told so', async () => {
  cloud.allows = false;
  const browser = await adminsBrowser();
  const page = await browser.go((await browser.begin('cloud')).address);
  cloud.allows = true;
  assert.match(page.text, /The cloud: the access was not allowed\./);
  assert.equal(await signedIn(), false);
  const log = await troupe.api('GET', '/api/v1/audit?limit=5');
  assert.ok(log.body.items.some(({ action, detail }) => action === 'pack.sign_in' && /not allowed/.test(detail.refused)), JSON.stringify(log.body));
});

test('from a terminal, by any browser', async () => {
  const child = spawn(binary, ['--data', troupe.data, 'pack', 'sign-in', 'cloud', '--return-to', troupe.platform], { env: troupe.env, cwd: troupe.data });
  const ended = new Promise((r) => child.once('close', r));
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (piece) => { said += piece; });
  const address = await until(() => said.match(/https:\/\/localhost\S+/)?.[0], 'the address to open');
  const page = await browserOf().go(address);
  assert.match(page.text, /paste it there/);
  assert.equal(await signedIn(), false);
  child.stdin.end(`${page.url}\n`);
  assert.equal(await ended, 0, said);
  assert.match(said, /Signed in at The cloud\./);
  assert.equal((await tried()).verdict, 'good');
  assert.ok(!said.includes(secret) && !troupe.output.includes(secret));
});

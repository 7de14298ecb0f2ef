// Single sign-on against a real provider (npm oidc-provider): discovery, code with PKCE, signatures by RSA and P-256 with
// rotated keys, claims from the userinfo alone, and back-channel logout that the provider sends itself.
import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import Provider from 'oidc-provider';
import { Troupe } from './lib/troupe.mjs';

const client = 'https://app.example.org/done';
let troupe;
let idp;
let folder;

function key(kid, kind) {
  const { privateKey } = kind === 'RSA' ? generateKeyPairSync('rsa', { modulusLength: 2048 }) : generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return { ...privateKey.export({ format: 'jwk' }), kid, use: 'sig', alg: kind === 'RSA' ? 'RS256' : 'ES256' };
}

/** A provider on a free port that signs in whoever `person` is, without asking. */
class Idp {
  person = 'anna';

  static async start() {
    const it = new Idp();
    it.server = createServer((request, response) => it.answer(request, response));
    await new Promise((r) => it.server.listen(0, '127.0.0.1', r));
    it.issuer = `http://127.0.0.1:${it.server.address().port}`;
    return it;
  }

  /** What the provider knows: troupe's own addresses, and its keys. */
  configure(matrix, keys, signedWith) {
    this.provider = new Provider(this.issuer, {
      jwks: { keys },
      clients: [{
        client_id: 'troupe',
        client_secret: 'a-secret-of-the-client',
        redirect_uris: [`${matrix}/_synapse/client/oidc/callback`],
        id_token_signed_response_alg: signedWith,
        backchannel_logout_uri: `${matrix}/_synapse/client/oidc/backchannel_logout`,
        backchannel_logout_session_required: true,
      }],
      enabledJWA: { idTokenSigningAlgValues: ['RS256', 'ES256'] },
      features: { devInteractions: { enabled: false }, backchannelLogout: { enabled: true } },
      // It refuses addresses of this machine otherwise, and that is where the test is.
      fetch: (url, { dispatcher, ...options }) => fetch(url, options),
      pkce: { required: () => true },
      claims: { openid: ['sub', 'sid'], email: ['email'], profile: ['name', 'preferred_username'] },
      cookies: { keys: ['a-key-for-cookies'] },
      findAccount: async (_, id) => ({ accountId: id, claims: async () => ({ sub: id, name: `${id} of the provider`, preferred_username: id, email: `${id}@example.org` }) }),
      interactions: { url: (_, interaction) => `/interaction/${interaction.uid}` },
    });
    this.call = this.provider.callback();
  }

  async answer(request, response) {
    if (!request.url.startsWith('/interaction/')) return this.call(request, response);
    const details = await this.provider.interactionDetails(request, response);
    let result = { login: { accountId: this.person } };
    if (details.prompt.name === 'consent') {
      const grant = new this.provider.Grant({ accountId: details.session.accountId, clientId: details.params.client_id });
      grant.addOIDCScope(details.params.scope);
      result = { consent: { grantId: await grant.save() } };
    }
    return this.provider.interactionFinished(request, response, result, { mergeWithLastSubmission: true });
  }

  async stop() {
    this.server.closeAllConnections();
    await new Promise((r) => this.server.close(r));
  }
}

/** A browser without script: it keeps cookies by origin, and follows redirects until it would come to the client. */
class Browser {
  jars = new Map();

  async go(url, init = {}) {
    for (let hops = 0; hops < 30; ++hops) {
      const { origin } = new URL(url);
      const jar = this.jars.get(origin) ?? new Map();
      this.jars.set(origin, jar);
      const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join('; ');
      const response = await fetch(url, { ...init, redirect: 'manual', headers: { ...(cookie && { cookie }) } });
      for (const set of response.headers.getSetCookie()) {
        const [, name, value] = set.match(/^([^=]+)=([^;]*)/);
        if (/expires=Thu, 01 Jan 1970/i.test(set)) jar.delete(name);
        else jar.set(name, value);
      }
      const to = response.headers.get('location');
      if (!to) return { url, status: response.status, html: await response.text() };
      await response.arrayBuffer();
      url = new URL(to, url).href;
      init = {};
      if (url.startsWith(client)) return { led: new URL(url) };
    }
    throw new Error(`too many redirects, the last to ${url}`);
  }

  post(page, fields) {
    const form = page.html.match(/<form method="post" action="([^"]*)">(.*?)<\/form>/s);
    assert.ok(form, `no form in ${page.html}`);
    const body = new URLSearchParams();
    for (const [, name, value] of form[2].matchAll(/<input type="hidden" name="([^"]*)" value="([^"]*)">/g)) body.append(name, value);
    for (const [name, value] of Object.entries(fields)) body.append(name, value);
    return this.go(new URL(form[1], page.url).href, { method: 'POST', body });
  }

  /** From a client's button to its address. */
  signIn(redirect = client) {
    return this.go(`${troupe.matrix}/_matrix/client/v3/login/sso/redirect/oidc-idp?redirectUrl=${encodeURIComponent(redirect)}`);
  }
}

/** The provider has sent its logout token before it answers. */
async function signOutThere(browser) {
  const asked = await browser.go(`${idp.issuer}/session/end`);
  const form = asked.html.match(/action="([^"]*)"[\s\S]*?name="xsrf" value="([^"]*)"/);
  assert.ok(form, asked.html);
  await browser.go(new URL(form[1], asked.url).href, { method: 'POST', body: new URLSearchParams({ xsrf: form[2], logout: 'yes' }) });
}

const ask = async (method, path, body, token) => {
  const response = await fetch(`${troupe.matrix}${path}`, { method, body: body && JSON.stringify(body), headers: { ...(token && { authorization: `Bearer ${token}` }) } });
  return { status: response.status, body: await response.json() };
};
const redeem = (token) => ask('POST', '/_matrix/client/v3/login', { type: 'm.login.token', token });

before(async () => {
  idp = await Idp.start();
  folder = await mkdtemp(join(tmpdir(), 'troupe-sso-'));
  // The file as the guide shows it; what the environment says besides is the tests' own.
  await writeFile(join(folder, 'troupe.toml'), `
[[oidc.providers]]
id = "idp"
name = "The provider"
issuer = "${idp.issuer}"
client_id = "troupe"
client_secret = "a-secret-of-the-client"
scopes = ["openid", "profile", "email"]
backchannel_logout = true

[sso]
trusted_redirects = ["https://app.example.org/"]
`);
  troupe = await Troupe.start({ cwd: folder });
  idp.configure(troupe.matrix, [key('first', 'RSA')], 'RS256');
});
after(async () => {
  await troupe?.stop();
  await idp?.stop();
  if (folder) await rm(folder, { recursive: true, force: true });
});

test('a person signs in through the provider, again, and under the same account', async () => {
  const { body: offered } = await ask('GET', '/_matrix/client/v3/login');
  assert.deepEqual(offered.flows.find((flow) => flow.type === 'm.login.sso').identity_providers, [{ id: 'oidc-idp', name: 'The provider' }]);
  for (const round of [1, 2]) {
    const { led, ...page } = await new Browser().signIn();
    assert.ok(led, JSON.stringify(page));
    const made = await redeem(led.searchParams.get('loginToken'));
    assert.equal(made.status, 200, `round ${round}: ${JSON.stringify(made.body)}`);
    assert.equal(made.body.user_id, '@anna:localhost');
    const profile = await ask('GET', `/_matrix/client/v3/profile/${made.body.user_id}`);
    assert.equal(profile.body.displayname, 'anna of the provider', 'it stands in the userinfo alone');
    assert.equal((await redeem(led.searchParams.get('loginToken'))).status, 403, 'once');
  }
});

test('a client that nobody trusts is shown before the person is sent there', async () => {
  const browser = new Browser();
  const page = await browser.signIn('http://127.0.0.1:1/other');
  assert.match(page.html, /127\.0\.0\.1:1/);
  assert.doesNotMatch(page.html, /mcl_/);
  const left = await browser.post(page, { step: 'cancel' });
  assert.match(left.html, /Not signed in/);
});

test('a name that is taken is chosen on a page', async () => {
  assert.equal((await troupe.api('POST', '/api/v1/users', { username: 'berta', password: 'a-password-of-twelve' })).status, 201);
  idp.person = 'berta';
  const browser = new Browser();
  const page = await browser.signIn();
  assert.match(page.html, /The user name berta is not free/);
  const { led } = await browser.post(page, { step: 'name', username: 'berta.two' });
  assert.equal((await redeem(led.searchParams.get('loginToken'))).body.user_id, '@berta.two:localhost');
});

test('signing out at the provider ends the session here', async () => {
  idp.person = 'carla';
  const browser = new Browser();
  const { led } = await browser.signIn();
  const { body } = await redeem(led.searchParams.get('loginToken'));
  const whoami = () => ask('GET', '/_matrix/client/v3/account/whoami', undefined, body.access_token);
  assert.equal((await whoami()).status, 200);
  await signOutThere(browser);
  assert.equal((await whoami()).status, 401);
});

test('a person comes into the console through the provider, until they sign out there', async () => {
  idp.person = 'dora';
  const offered = await (await fetch(`${troupe.platform}/api/v1/session/providers`)).json();
  assert.deepEqual(offered.items, [{ id: 'oidc-idp', name: 'The provider' }]);
  const browser = new Browser();
  const page = await browser.go(`${troupe.platform}/api/v1/session/providers/oidc-idp?next=%2Fui%2Fbots`);
  assert.equal(page.url, `${troupe.platform}/ui/sign-in?next=%2Fui%2Fbots`);
  const session = async () => {
    const cookie = `troupe_session=${browser.jars.get(troupe.platform).get('troupe_session')}`;
    const response = await fetch(`${troupe.platform}/api/v1/session`, { headers: { cookie } });
    return { status: response.status, body: await response.json() };
  };
  const { body } = await session();
  assert.deepEqual([body.user_id, body.role, body.tenant_id], ['@dora:localhost', 'member', 1]);
  await signOutThere(browser);
  assert.equal((await session()).status, 401);
});

test('nobody is brought into the console by a link', async () => {
  idp.person = 'emil';
  const stranger = new Browser();
  const away = await fetch(`${troupe.platform}/api/v1/session/providers/oidc-idp`, { redirect: 'manual' });
  // Somebody else goes the way that this browser was sent, and is not let in where it did not begin.
  const page = await stranger.go(away.headers.get('location'));
  assert.equal(page.url, `${troupe.platform}/ui/sign-in?problem=late`);
  assert.equal(stranger.jars.get(troupe.platform).has('troupe_session'), false);
});

test('an account without password confirms at the provider', async () => {
  idp.person = 'dora';
  const browser = new Browser();
  const { led } = await browser.signIn();
  const { body: dora } = await redeem(led.searchParams.get('loginToken'));
  const remove = (auth) => ask('POST', '/_matrix/client/v3/delete_devices', { devices: ['NONE'], ...(auth && { auth }) }, dora.access_token);
  const asked = await remove();
  assert.equal(asked.status, 401);
  assert.deepEqual(asked.body.flows, [{ stages: ['m.login.sso'] }]);
  const { session } = asked.body;
  const fallback = `${troupe.matrix}/_matrix/client/v3/auth/m.login.sso/fallback/web?session=${session}`;
  const page = await browser.go(`${fallback}&idp=oidc-idp`);
  assert.match(page.html, /Confirm with <bdi>The provider<\/bdi>/);
  assert.match((await browser.post(page, {})).html, /authDone/);
  assert.equal((await remove({ session })).status, 200);
});

test('after the provider has changed its key and its algorithm people still come in', async () => {
  // Keys that are not known are asked for once a minute at most: a start forgets when that was.
  idp.configure(troupe.matrix, [key('second', 'EC'), key('first', 'RSA')], 'ES256');
  await troupe.restart();
  idp.person = 'anna';
  const { led } = await new Browser().signIn();
  assert.equal((await redeem(led.searchParams.get('loginToken'))).body.user_id, '@anna:localhost');
});

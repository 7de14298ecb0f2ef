// Signing in on a page: matrix-js-sdk's own OAuth functions discover, register, and get their tokens through the HTML
// forms, which are read as text and posted as a browser without script would.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import * as sdk from 'matrix-js-sdk';
import { logger } from 'matrix-js-sdk/lib/logger.js';
import { OAuth2 } from 'matrix-js-sdk/lib/oauth/index.js';
import { TokenRefresher } from 'matrix-js-sdk/lib/oauth/tokenRefresher.js';
import { Troupe } from './lib/troupe.mjs';

logger.setLevel?.('error');
logger.disableAll?.();
const quiet = { debug() {}, info() {}, warn() {}, error() {}, trace() {}, log() {}, getChild: () => quiet };
const redirect = 'https://app.example.com/signed-in';
const registration = { client_name: 'A test', client_uri: 'https://example.com', redirect_uris: [redirect], application_type: 'web' };
const password = 'password-of-ann';
let troupe;
before(async () => {
  troupe = await Troupe.start();
  const made = await troupe.api('POST', '/api/v1/users', { username: 'ann', password });
  assert.equal(made.status, 201);
});
after(async () => {
  await troupe?.stop();
});

const plain = (html) => html.replaceAll('&quot;', '"').replaceAll('&#39;', "'").replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&');

/** A browser without script: it keeps cookies, follows redirects within the server, and posts the form of a page. */
class Browser {
  async go(url, init = {}) {
    const response = await fetch(url, { ...init, redirect: 'manual', headers: { ...init.headers, ...(this.cookie && { cookie: this.cookie }) } });
    const set = response.headers.get('set-cookie');
    if (set) this.cookie = set.split(';')[0];
    const to = response.headers.get('location');
    if (response.status === 303 && to) {
      const next = new URL(to, url).href;
      if (!next.startsWith(troupe.matrix)) return { led: new URL(next) };
      return this.go(next);
    }
    return { url, status: response.status, html: await response.text(), headers: response.headers };
  }

  post(page, fields) {
    const form = page.html.match(/<form method="post" action="([^"]*)">(.*?)<\/form>/s);
    assert.ok(form, `no form in ${page.html}`);
    const body = new URLSearchParams();
    for (const [, name, value] of form[2].matchAll(/<input type="hidden" name="([^"]*)" value="([^"]*)">/g)) body.append(plain(name), plain(value));
    for (const [name, value] of Object.entries(fields)) body.append(name, value);
    return this.go(new URL(plain(form[1]), page.url).href, { method: 'POST', body });
  }

  signIn(page, secret = password) { return this.post(page, { step: 'login', user: 'ann', password: secret }); }
}

const clientOf = (tokens, more = {}) => sdk.createClient({ baseUrl: troupe.matrix, accessToken: tokens.access_token, logger: quiet, ...more });
const discovered = () => sdk.createClient({ baseUrl: troupe.matrix, logger: quiet }).getAuthMetadata();
async function begin(grants) {
  const metadata = await discovered();
  const clientId = await OAuth2.registerClient(metadata, { ...registration, ...grants }, quiet);
  return new OAuth2(metadata, { clientId }, quiet);
}

/** From the address that a client opens to its tokens. */
async function signedIn(auth, browser = new Browser()) {
  const page = await browser.go(await auth.generateAuthorizationCodeGrantUrl('a-state', redirect));
  assert.equal(page.status, 200);
  const consent = await browser.signIn(page);
  assert.match(consent.html, /Allow access\?/);
  const { led } = await browser.post(consent, { step: 'allow' });
  assert.equal(led.origin + led.pathname, redirect);
  const answer = new URLSearchParams(led.hash.slice(1));
  assert.equal(answer.get('state'), 'a-state');
  assert.equal(answer.get('iss'), auth.metadata.issuer);
  return { code: answer.get('code'), tokens: await auth.completeAuthorizationCodeGrant(answer.get('code'), redirect) };
}

test('matrix-js-sdk discovers, registers, signs in on the page, refreshes and signs out', async () => {
  const auth = await begin();
  const { code, tokens } = await signedIn(auth);
  assert.equal(tokens.token_type, 'Bearer');
  assert.equal(tokens.expires_in, 300);
  const who = await clientOf(tokens).whoami();
  assert.deepEqual([who.user_id, who.device_id], ['@ann:localhost', auth.context.deviceId]);
  const devices = await clientOf(tokens).getDevices();
  assert.equal(devices.devices.find((d) => d.device_id === who.device_id).display_name, 'A test');

  const renewed = await auth.performRefreshTokenGrant(tokens.refresh_token);
  assert.equal((await clientOf(renewed).whoami()).device_id, who.device_id);
  await assert.rejects(clientOf(tokens).whoami(), { errcode: 'M_UNKNOWN_TOKEN' });

  await auth.revokeToken(renewed.access_token, 'access_token');
  await assert.rejects(clientOf(renewed).whoami(), { errcode: 'M_UNKNOWN_TOKEN' });
  await assert.rejects(auth.performRefreshTokenGrant(renewed.refresh_token), { error: 'invalid_grant' });
  await assert.rejects(auth.completeAuthorizationCodeGrant(code, redirect), { error: 'invalid_grant' });
});

test('a client renews its tokens by itself, also after the program was killed, and logout ends them', async () => {
  const auth = await begin();
  const { tokens } = await signedIn(auth);
  await troupe.restart();
  let kept = tokens;
  const refresher = new TokenRefresher(auth, (fresh) => { kept = { access_token: fresh.accessToken, refresh_token: fresh.refreshToken }; });
  const fresh = await refresher.refreshTokens(tokens.refresh_token);
  assert.equal(fresh.accessToken, kept.access_token);
  const client = clientOf(kept);
  assert.equal((await client.whoami()).user_id, '@ann:localhost');
  await client.logout(true);
  await assert.rejects(auth.performRefreshTokenGrant(kept.refresh_token), { error: 'invalid_grant' });
});

test('a refresh whose answer was lost is served once more, later use of the same token ends the session', async () => {
  const auth = await begin();
  const { tokens } = await signedIn(auth);
  await auth.performRefreshTokenGrant(tokens.refresh_token); // lost
  const again = await auth.performRefreshTokenGrant(tokens.refresh_token);
  assert.equal((await clientOf(again).whoami()).user_id, '@ann:localhost');
  await assert.rejects(auth.performRefreshTokenGrant(tokens.refresh_token), { error: 'invalid_grant' });
  await assert.rejects(clientOf(again).whoami(), { errcode: 'M_UNKNOWN_TOKEN' });
});

test('a device without a browser waits until somebody types its code', async () => {
  const auth = await begin();
  const session = await auth.startDeviceAuthorizationGrant();
  const waiting = auth.waitForDeviceAuthorizationGrant({ ...session, interval: 6 });
  const browser = new Browser();
  const consent = await browser.signIn(await browser.go(session.verification_uri_complete));
  assert.match(consent.html, new RegExp(auth.context.deviceId));
  const done = await browser.post(consent, { step: 'allow' });
  assert.match(done.html, /Connected/);
  const tokens = await waiting;
  assert.equal((await clientOf(tokens).whoami()).device_id, auth.context.deviceId);
});

test('wrong passwords, refusals and foreign addresses', async () => {
  const auth = await begin();
  const address = await auth.generateAuthorizationCodeGrantUrl('a-state', redirect, 'query');
  const browser = new Browser();
  const wrong = await browser.signIn(await browser.go(address), 'not-the-password');
  assert.equal(wrong.status, 403);
  assert.match(wrong.html, /Wrong user name or password/);
  const { led } = await browser.post(wrong, { step: 'deny' });
  assert.equal(led.searchParams.get('error'), 'access_denied');
  const foreign = new URL(address);
  foreign.searchParams.set('redirect_uri', 'https://evil.example.org/');
  const refused = await new Browser().go(foreign.href);
  assert.equal(refused.status, 400);
  assert.match(refused.headers.get('content-security-policy'), /frame-ancestors 'none'/);
});

test('those who know only passwords sign in as before, and with oauth.enabled off everybody does', async () => {
  const client = sdk.createClient({ baseUrl: troupe.matrix, logger: quiet });
  const flows = (await client.loginFlows()).flows.map(({ type }) => type);
  assert.deepEqual(flows, ['m.login.password', 'm.login.token']);
  const login = await client.loginRequest({ type: 'm.login.password', identifier: { type: 'm.id.user', user: 'ann' }, password });
  assert.equal(login.user_id, '@ann:localhost');
  const without = await Troupe.start({ env: { TROUPE_OAUTH_ENABLED: 'off' } });
  try {
    await assert.rejects(sdk.createClient({ baseUrl: without.matrix, logger: quiet }).getAuthMetadata(), { errcode: 'M_UNRECOGNIZED' });
    assert.equal((await fetch(`${without.matrix}/_matrix/client/oauth/account`)).status, 404);
  } finally {
    await without.stop();
  }
});

// A whole server that sends mail: addresses, registering and new passwords by mail as a person and their client do it,
// a relay that misbehaves, and kill -9 between the request and the mail.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { clockedServer } from './lib/clocked.mjs';
import { Relay, linkOf } from './lib/smtp.mjs';
import { until } from './lib/troupe.mjs';

const c = '/_matrix/client/v3';
const publicAddress = 'https://matrix.example.org';

describe('mail', () => {
  let relay, server, troupe;

  const call = async (method, path, body, { token, headers } = {}) => {
    const response = await fetch(troupe.matrix + path, { method, redirect: 'manual',
      headers: { ...(body && { 'content-type': 'application/json' }), ...(token && { authorization: `Bearer ${token}` }), ...headers },
      body: body && JSON.stringify(body) });
    return { status: response.status, body: await response.json() };
  };
  const ask = (what, email, secret, more = {}) =>
    call('POST', `${c}/${what}/email/requestToken`, { client_secret: secret, email, send_attempt: 1, ...more });
  /** The newest mail with a link for somebody, once there are so many. */
  const linkTo = async (address, count = 1) => {
    const mails = await until(() => relay.to(address).filter(linkOf).length >= count && relay.to(address).filter(linkOf), `mail ${count} to ${address}`);
    return linkOf(mails.at(-1));
  };
  /** What a person does: opens the page, presses its button. */
  const confirm = async (link) => {
    assert.ok(link.startsWith(`${publicAddress}/_matrix/client/mail/confirm?`), link);
    const here = link.replace(publicAddress, troupe.matrix);
    const page = await fetch(here);
    assert.equal(page.status, 200);
    const html = await page.text();
    const fields = [...html.matchAll(/<input type="hidden" name="(\w+)" value="([^"]*)">/g)].map(([, name, value]) => [name, value]);
    const action = new URL(html.match(/<form method="post" action="([^"]*)"/)[1], here);
    return fetch(action, { method: 'POST', body: new URLSearchParams(fields), redirect: 'manual' });
  };
  const prove = async (what, email, secret, count = 1) => {
    const { body } = await ask(what, email, secret);
    assert.equal((await confirm(await linkTo(email, count))).status, 200);
    return { sid: body.sid, client_secret: secret };
  };
  const byMail = (proof) => ({ type: 'm.login.email.identity', threepid_creds: proof });

  before(async () => {
    relay = await Relay.start();
    server = await clockedServer({ ...relay.env, TROUPE_PUBLIC_BASE_URL: publicAddress, TROUPE_REGISTRATION: 'open', TROUPE_REGISTRATION_REQUIRE_EMAIL: 'on' });
    ({ troupe } = server);
  });
  after(async () => {
    await server?.stop();
    await relay?.stop();
  });

  test('register, sign in, forget the password, set another one', async () => {
    const first = await call('POST', `${c}/register`, { username: 'anna', password: 'one' });
    assert.deepEqual(first.body.flows, [{ stages: ['m.login.email.identity'] }]);
    const { session } = first.body;
    const { body: { sid } } = await ask('register', 'Anna@Example.org', 'abc', {});
    const creds = { sid, client_secret: 'abc' };
    const tried = await call('POST', `${c}/register`, { username: 'anna', password: 'one', auth: { ...byMail(creds), session } });
    assert.deepEqual([tried.status, tried.body.errcode], [401, 'M_THREEPID_AUTH_FAILED']);
    assert.equal((await confirm(await linkTo('anna@example.org'))).status, 200);
    const made = await call('POST', `${c}/register`, { username: 'anna', password: 'one', auth: { ...byMail(creds), session } });
    assert.equal(made.status, 200, JSON.stringify(made.body));
    const shown = await call('GET', `${c}/account/3pid`, undefined, { token: made.body.access_token });
    assert.equal(shown.body.threepids[0].address, 'anna@example.org');

    const login = (password) => call('POST', `${c}/login`, { type: 'm.login.password', password,
      identifier: { type: 'm.id.thirdparty', medium: 'email', address: 'ANNA@example.org' } });
    assert.equal((await login('one')).body.user_id, made.body.user_id);

    const proof = await prove('account/password', 'anna@example.org', 'def', 2);
    const changed = await call('POST', `${c}/account/password`, { new_password: 'two', auth: byMail(proof) });
    assert.equal(changed.status, 200, JSON.stringify(changed.body));
    assert.equal((await call('GET', `${c}/account/whoami`, undefined, { token: made.body.access_token })).status, 401);
    assert.equal((await login('one')).status, 403);
    assert.equal((await login('two')).status, 200);
    await until(() => relay.to('anna@example.org').some((mail) => mail.text.includes('Your password was changed')), 'the notice');
  });

  test('a mail survives kill -9 and a relay that dies in the middle, and comes', async () => {
    relay.answers.MIDDLE = 'die';
    const before = relay.refused;
    assert.equal((await ask('register', 'ben@example.org', 'abc')).status, 200);
    await until(() => relay.refused > before, 'a try');
    await troupe.kill();
    delete relay.answers.MIDDLE;
    server.ahead(120_000); // when it is tried again
    await troupe.launch();
    assert.equal((await confirm(await linkTo('ben@example.org'))).status, 200);
  });

  test('a mail that is refused for good holds up no other', async () => {
    relay.answers.RCPT = '550 no such user';
    const before = relay.refused;
    await ask('register', 'nobody@example.org', 'abc');
    await until(() => relay.refused > before, 'the refusal');
    delete relay.answers.RCPT;
    await ask('register', 'carla@example.org', 'abc');
    await linkTo('carla@example.org');
    assert.equal(relay.to('nobody@example.org').length, 0);
  });

  test('the host of a request is in no link, line ends are in no header', async () => {
    const wrong = await ask('register', 'dora@example.org\r\nBcc: all@example.org', 'abc');
    assert.deepEqual([wrong.status, wrong.body.errcode], [400, 'M_INVALID_PARAM']);
    await call('POST', `${c}/register/email/requestToken`, { client_secret: 'x', email: 'emma@example.org', send_attempt: 1 },
      { headers: { 'x-forwarded-host': 'evil.example', 'x-forwarded-proto': 'http' } });
    assert.ok((await linkTo('emma@example.org')).startsWith(publicAddress));
    // Whole words: a token of 43 random letters holds "Bcc" once in a few hundred runs.
    assert.ok(relay.mails.every((mail) => !/evil\.example|^Bcc:/im.test(mail.text)));
  });

  test('who has an account is not told', async () => {
    const known = await ask('account/password', 'anna@example.org', 'ghi');
    const unknown = await ask('account/password', 'stranger@example.org', 'ghi');
    assert.deepEqual([known.status, Object.keys(known.body)], [unknown.status, Object.keys(unknown.body)]);
    const taken = await ask('register', 'anna@example.org', 'jkl');
    assert.deepEqual([taken.status, Object.keys(taken.body)], [200, ['sid']]);
    await until(() => relay.to('anna@example.org').some((mail) => mail.text.includes('belongs to an account there already')), 'the notice');
    assert.equal(relay.to('stranger@example.org').length, 0);
  });

  test('doctor asks the relay', async () => {
    const well = await troupe.cli(['doctor']);
    assert.match(well.stdout, /mail relay 127\.0\.0\.1:\d+ answers/);
    await relay.stop();
    const away = await troupe.cli(['doctor']);
    assert.match(away.stdout, /mail relay 127\.0\.0\.1:\d+ cannot be used/);
  });
});

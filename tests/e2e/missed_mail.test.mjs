// Mails about missed messages from a whole server: they begin with an address, come once over kill -9 and a relay that
// is away, and end by the link in them.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { clockedServer } from './lib/clocked.mjs';
import { Relay, linkOf } from './lib/smtp.mjs';
import { until } from './lib/troupe.mjs';

const c = '/_matrix/client/v3';
const enc = encodeURIComponent;
const publicAddress = 'https://matrix.example.org';
const address = 'ben@example.org';

/** A part of a mail, decoded. */
function part(mail, type) {
  const [, head, body] = mail.text.match(new RegExp(`Content-Type: ${type}; charset=utf-8\n([^\n]*)\n\n((?:(?!--part-)[^\n]*\n)*)`)) ?? [];
  if (body === undefined) return undefined;
  return head.includes('base64') ? Buffer.from(body.replace(/\s/g, ''), 'base64').toString() : body;
}

describe('mails about missed messages', () => {
  let relay, server, troupe, anna, ben, room;

  const call = async (method, path, body, token) => {
    const response = await fetch(troupe.matrix + path, { method,
      headers: { ...(body && { 'content-type': 'application/json' }), ...(token && { authorization: `Bearer ${token}` }) }, body: body && JSON.stringify(body) });
    return { status: response.status, body: await response.json() };
  };
  const press = async (link) => {
    const here = link.replace(publicAddress, troupe.matrix);
    const html = await (await fetch(here)).text();
    const fields = [...html.matchAll(/<input type="hidden" name="(\w+)" value="([^"]*)">/g)].map(([, name, value]) => [name, value]);
    const action = new URL(html.match(/<form method="post" action="([^"]*)"/)[1], here);
    return fetch(action, { method: 'POST', body: new URLSearchParams(fields), redirect: 'manual' });
  };
  const missed = () => relay.to(address).filter((mail) => mail.text.includes('List-Unsubscribe'));
  const pushers = async () => (await ben.request('GET', `${c}/pushers`)).pushers;

  before(async () => {
    relay = await Relay.start();
    server = await clockedServer({ ...relay.env, TROUPE_PUBLIC_BASE_URL: publicAddress, TROUPE_REGISTRATION: 'open',
      TROUPE_REGISTRATION_REQUIRE_EMAIL: 'on', TROUPE_MAIL_MISSED_MESSAGES: 'on', TROUPE_MAIL_MISSED_AFTER_S: '2' });
    ({ troupe } = server);
    anna = await troupe.user('anna');
    const { body: { sid } } = await call('POST', `${c}/register/email/requestToken`, { client_secret: 'abc', email: address, send_attempt: 1 });
    const asked = await until(() => relay.to(address)[0], 'the mail with the link');
    assert.equal((await press(linkOf(asked))).status, 200);
    const creds = { sid, client_secret: 'abc' };
    const { body: { session } } = await call('POST', `${c}/register`, { username: 'ben', password: 'one' });
    const made = await call('POST', `${c}/register`, { username: 'ben', password: 'one', auth: { type: 'm.login.email.identity', threepid_creds: creds, session } });
    assert.equal(made.status, 200, JSON.stringify(made.body));
    ben = await troupe.user('carl');  // for its methods
    Object.assign(ben, { id: made.body.user_id, token: made.body.access_token, device: made.body.device_id });
    room = await anna.createRoom({ preset: 'public_chat', name: 'Kitchen' });
    await ben.join(room);
  });
  after(async () => {
    await server?.stop();
    await relay?.stop();
  });

  test('they begin with the address, and tell what waited', async () => {
    const [pusher] = await pushers();
    assert.deepEqual([pusher.kind, pusher.app_id, pusher.pushkey], ['email', 'm.email', address]);
    const event = await anna.send(room, 'tea? <script>alert(1)</script>');
    await until(() => missed().length === 1, 'the mail');
    const [mail] = missed();
    assert.match(mail.text, /^Subject: .*1 unread message in Kitchen$/m);
    assert.match(part(mail, 'text/plain'), /anna: tea\? <script>/);
    assert.match(part(mail, 'text/html'), /&lt;script&gt;/);
    assert.doesNotMatch(part(mail, 'text/html'), /<script/);
    await ben.request('POST', `${c}/rooms/${enc(room)}/receipt/m.read/${enc(event)}`, {});
  });

  test('a kill -9 and a relay that is away lose none and double none', async () => {
    const before = missed().length;
    relay.answers.MAIL = 'die';
    const refused = relay.refused;
    const event = await anna.send(room, 'over a crash');
    await troupe.kill();
    await troupe.launch();
    await until(() => relay.refused > refused, 'a try');
    await troupe.kill();
    delete relay.answers.MAIL;
    server.ahead(120_000); // when it is tried again
    await troupe.launch();
    await until(() => missed().length > before, 'the mail');
    await ben.request('POST', `${c}/rooms/${enc(room)}/receipt/m.read/${enc(event)}`, {});
    const marker = await anna.send(room, 'after the crash');
    await until(() => missed().some((mail) => part(mail, 'text/plain').includes('after the crash')), 'the next mail');
    assert.equal(missed().filter((mail) => part(mail, 'text/plain').includes('over a crash')).length, 1);
    await ben.request('POST', `${c}/rooms/${enc(room)}/receipt/m.read/${enc(marker)}`, {});
  });

  test('the link in the mail ends them', async () => {
    const link = linkOf({ text: part(missed().at(-1), 'text/plain') });
    assert.ok(link.startsWith(`${publicAddress}/_matrix/client/mail/unsubscribe?token=`), link);
    assert.equal((await fetch(link.replace(publicAddress, troupe.matrix))).status, 200);
    assert.equal((await pushers()).length, 1, 'looking ends nothing');
    assert.equal((await press(link)).status, 200);
    assert.deepEqual(await pushers(), []);
  });
});

// Bots that speak of their own accord, in the real program: answers that come later, inbound webhooks, reminders.
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { createServer } from 'node:http';
import { after, before, test } from 'node:test';
import { Troupe, until } from './lib/troupe.mjs';

let troupe;
let anna;
let service;
const asked = [];
let serviceAnswer = (question, response) => response.writeHead(202).end();

before(async () => {
  troupe = await Troupe.start();
  anna = await troupe.user('anna');
  service = createServer(async (request, response) => {
    const pieces = [];
    for await (const piece of request) pieces.push(piece);
    const raw = Buffer.concat(pieces).toString();
    if (request.method !== 'POST') return response.writeHead(405).end();
    const question = { ...JSON.parse(raw), raw, headers: request.headers };
    asked.push(question);
    serviceAnswer(question, response);
  });
  await new Promise((r) => service.listen(0, '127.0.0.1', r));
});
after(async () => {
  await troupe?.stop();
  service?.closeAllConnections();
  service?.close();
});

async function botIn(bot_id, brain) {
  const made = await troupe.api('POST', '/api/v1/bots', { bot_id, brain });
  assert.equal(made.status, 201, JSON.stringify(made.body));
  assert.equal((await troupe.api('POST', `/api/v1/bots/${bot_id}/start`)).status, 200);
  const room = await anna.createRoom({ invite: [`@bot_${bot_id}:localhost`], preset: 'trusted_private_chat', is_direct: true });
  await until(async () => (await anna.request('GET', `/_matrix/client/v3/rooms/${encodeURIComponent(room)}/joined_members`))
    .joined[`@bot_${bot_id}:localhost`], 'the bot to join');
  return { bot_id, room, user: `@bot_${bot_id}:localhost`, secret: made.body.generated_secret };
}
async function said({ room, user }) {
  return (await anna.history(room)).filter((e) => e.type === 'm.room.message' && e.sender === user);
}
const bodies = async (bot) => (await said(bot)).map((e) => e.content.body);
async function ask(bot, text) {
  const before = (await said(bot)).length;
  await anna.send(bot.room, text);
  return until(async () => (await bodies(bot))[before], `an answer to '${text}'`);
}
const post = (path, body, headers = {}) => fetch(troupe.platform + path,
  { method: 'POST', body: typeof body === 'string' ? body : JSON.stringify(body), headers: { 'content-type': 'application/json', ...headers } });

test('a webhook answers later by a one-time token, also over a kill', async () => {
  const bot = await botIn('later', { kind: 'webhook', config: { url: `http://127.0.0.1:${service.address().port}/`, later_s: 600 } });
  await anna.send(bot.room, 'take your time');
  const question = await until(() => asked.find((q) => q.text === 'take your time'), 'the question');
  const expected = createHmac('sha256', bot.secret).update(`${question.headers['x-troupe-timestamp']}.${question.raw}`).digest('hex');
  assert.equal(question.headers['x-troupe-signature'], `sha256=${expected}`);
  assert.match(question.reply.path, /^\/api\/v1\/turns\/[A-Za-z0-9_-]{43}\/reply$/);

  // Another conversation is not held up.
  serviceAnswer = (q, response) => response.writeHead(200, { 'content-type': 'application/json' }).end('{"text":"quick"}');
  const other = await anna.createRoom({ invite: [bot.user], preset: 'trusted_private_chat' });
  await until(async () => (await anna.request('GET', `/_matrix/client/v3/rooms/${encodeURIComponent(other)}/joined_members`)).joined[bot.user], 'the join');
  assert.equal(await ask({ ...bot, room: other }, 'hello'), 'quick');
  assert.deepEqual(await bodies(bot), []);

  await troupe.restart();
  assert.equal((await post(question.reply.path.replace(/.{5}\/reply/, 'AAAAA/reply'), { text: 'forged' })).status, 404);
  assert.equal((await post(question.reply.path, { nonsense: 1 })).status, 400);
  const first = await post(question.reply.path, { text: '**here** it is', html: '<b>here</b> it is<script>alert(1)</script>' });
  assert.deepEqual([first.status, await first.json()], [200, { ok: true, duplicate: false }]);
  await until(async () => (await bodies(bot)).length === 1, 'the late answer');
  const again = await post(question.reply.path, { text: '**here** it is', html: '<b>here</b> it is<script>alert(1)</script>' });
  assert.deepEqual(await again.json(), { ok: true, duplicate: true });
  assert.equal((await post(question.reply.path, { text: 'something else' })).status, 409);
  assert.equal((await bodies(bot)).length, 1);
  assert.doesNotMatch((await said(bot))[0].content.formatted_body ?? '', /script/);
  assert.equal(asked.filter((q) => q.text === 'take your time').length, 1, 'not asked again after the kill');
});

test('HTML of a webhook is sanitised, and alone it is words, too', async () => {
  const bot = await botIn('rich', { kind: 'webhook', config: { url: `http://127.0.0.1:${service.address().port}/` } });
  serviceAnswer = (q, response) => response.writeHead(200, { 'content-type': 'application/json' })
    .end(JSON.stringify({ html: '<p onclick="x()">one</p><script>alert(1)</script><p><a href="javascript:x">two</a> &amp; <img src="https://tracker.example/x.png">three</p>' }));
  assert.equal(await ask(bot, 'hello'), 'one\ntwo & three');
  assert.equal((await said(bot))[0].content.formatted_body, '<p>one</p><p><a>two</a> &amp; three</p>');
});

test('reminders in a person\'s zone, once over a kill', async () => {
  const bot = await botIn('clock', { kind: 'command', config: { shortest_interval_minutes: 1 } });
  assert.equal(await ask(bot, '!ping'), 'pong');
  assert.match(await ask(bot, '!timezone Europe/Berlin'), /Europe\/Berlin now/);
  assert.match(await ask(bot, '!remind in 3 seconds to stretch'), /Reminder 1 is set for .*\(Europe\/Berlin\)/);
  await troupe.kill();
  await troupe.launch();
  const fired = await until(async () => (await said(bot)).filter((e) => e.content.body.startsWith('⏰'))[0], 'the reminder');
  assert.match(fired.content.body, /^⏰ anna: stretch/);
  assert.deepEqual(fired.content['m.mentions'], { user_ids: [anna.id] });
  assert.equal(fired.content.msgtype, 'm.text');
  assert.match(await ask(bot, '!remind list'), /no reminders/);
  assert.match(await ask(bot, '!schedule "0 9 * * 1-5" Good morning'), /Schedule 2 is set; it comes first at .* 09:00 \(Europe\/Berlin\)/);
  assert.match(await ask(bot, '!schedule cancel 2'), /Cancelled schedule 2/);
  assert.match(await ask(bot, '!remind at 2020-01-01 10:00 too late'), /has passed/);
  assert.match(await ask(bot, '!nonsense'), /do not know/);
  assert.equal((await said(bot)).filter((e) => e.content.body.startsWith('⏰')).length, 1);
});

test('hookshot\'s bodies arrive once', async (t) => {
  const bot = await botIn('ci', { kind: 'echo', config: {} });
  const made = await troupe.api('POST', `/api/v1/bots/${bot.bot_id}/hooks`, { name: 'CI', room_id: bot.room });
  assert.equal(made.status, 201, JSON.stringify(made.body));
  const path = new URL(made.body.url, troupe.platform).pathname;
  assert.match(path, /^\/webhook\/[A-Za-z0-9_-]{43}$/);
  const listed = await troupe.api('GET', `/api/v1/bots/${bot.bot_id}/hooks`);
  assert.equal(JSON.stringify(listed.body).includes(path.slice(9)), false, 'the address is shown once');

  const sent = await post(path, { text: '**built**', username: 'CI', seconds: 1.5 }, { 'idempotency-key': 'build 1' });
  assert.deepEqual([sent.status, await sent.json()], [202, { ok: true }]);
  assert.equal((await post(path, { text: '**built**', username: 'CI', seconds: 1.5 }, { 'idempotency-key': 'build 1' })).status, 202);
  await until(async () => (await said(bot)).length === 1, 'the message');
  const [event] = await said(bot);
  assert.equal(event.content.msgtype, 'm.notice');
  assert.equal(event.content['uk.half-shot.hookshot.webhook_data'].seconds, '1.5E0');
  assert.match(event.content.formatted_body, /<strong>/);

  assert.equal((await post(path, 'text=from+a+form', { 'content-type': 'application/x-www-form-urlencoded' })).status, 202);
  assert.equal((await post(path, 'plain words', { 'content-type': 'text/plain' })).status, 202);
  assert.equal((await post(path, { build: 7 })).status, 202);
  assert.equal((await post(path, { text: 'edited', edit: event.event_id })).status, 202);
  await until(async () => (await said(bot)).length === 5, 'all messages');
  const [, pairs, plain, dump, edit] = await said(bot);
  assert.equal(pairs.content.body, 'from a form');
  assert.match(plain.content.body, /plain words/);
  assert.match(dump.content.body, /"build": 7/);
  assert.equal(edit.content['m.relates_to'].rel_type, 'm.replace');

  // Files, as JSON and as a form of curl's; the answer waits until all is in the room.
  const waiting = await troupe.api('POST', `/api/v1/bots/${bot.bot_id}/hooks`, { name: 'files', room_id: bot.room, wait_for_complete: true, expires_in_days: 30 });
  assert.equal(waiting.status, 201, JSON.stringify(waiting.body));
  assert.equal(waiting.body.hook.wait_for_complete, true);
  assert.ok(Date.parse(waiting.body.hook.expires_at) > Date.now() + 29 * 86_400_000);
  const filesPath = new URL(waiting.body.url, troupe.platform).pathname;
  const png = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==', 'base64');
  const there = await post(filesPath, { text: 'the chart', thread: event.event_id, reply_to: event.event_id,
    attachments: [{ name: 'chart.png', content_type: 'image/png', data: png.toString('base64') }] });
  assert.equal(there.status, 200);
  const words = (await said(bot)).find((e) => e.content.body === 'the chart');
  assert.equal((await there.json()).event_id, words.event_id);
  assert.deepEqual(words.content['m.relates_to'], { rel_type: 'm.thread', event_id: event.event_id, is_falling_back: false, 'm.in_reply_to': { event_id: event.event_id } });
  const picture = (await said(bot)).at(-1);
  assert.deepEqual([picture.content.msgtype, picture.content.info.size], ['m.image', png.length]);
  const fetched = await anna.raw('GET', `/_matrix/client/v1/media/download/${picture.content.url.slice(6)}`);
  assert.equal(fetched.status, 200);
  const form = new FormData();
  form.set('text', 'a log');
  form.set('file', new Blob(['line\n'], { type: 'text/plain' }), 'build.log');
  assert.equal((await fetch(troupe.platform + filesPath, { method: 'POST', body: form })).status, 200);
  assert.deepEqual((await said(bot)).slice(-2).map((e) => [e.content.msgtype, e.content.body]), [['m.notice', 'a log'], ['m.file', 'build.log']]);
  assert.equal((await post(filesPath, { attachments: [{ data: '***' }] })).status, 400);
  assert.match((await (await post(filesPath, '<a><b>1</b></a>', { 'content-type': 'application/xml' })).json()).event_id, /^\$/);

  const get = await fetch(troupe.platform + path);
  assert.equal(get.status, 405);
  assert.equal((await get.json()).ok, false);
  const unknown = await post(`/webhook/${'A'.repeat(43)}`, {});
  assert.deepEqual([unknown.status, await unknown.json()], [404, { ok: false, error: 'Webhook not found' }]);
  assert.equal((await post(path, '{"text":')).status, 400);
  assert.equal((await post(path, `{"text":"${'x'.repeat(1024 * 1024)}"}`)).status, 413);
  assert.equal((await troupe.api('DELETE', `/api/v1/bots/${bot.bot_id}/hooks/${listed.body.items[0].hook_id}`)).status, 204);
  assert.equal((await post(path, { text: 'gone' })).status, 404);
  assert.equal(troupe.output.includes(path.slice(9)), false, 'the secret is in no log line');
});

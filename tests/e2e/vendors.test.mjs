// The stand-ins of the vendors are what the vendors are: credentials, errors, paging to the end, limits, what a lost answer
// leaves behind. No Troupe runs here.
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { after, beforeEach, afterEach, test } from 'node:test';
import { AccuLynx } from './lib/vendors/acculynx.mjs';
import { Bolt } from './lib/vendors/bolt.mjs';
import { CompanyCam } from './lib/vendors/companycam.mjs';
import { environment, furnish } from './lib/vendors/demo.mjs';
import { PlanningModel } from './lib/vendors/openai.mjs';
import { Slack } from './lib/vendors/slack.mjs';

const open = [];
afterEach(async () => { for (const each of open.splice(0)) await each.stop(); });
after(() => setTimeout(() => process.exit(), 1000).unref());

async function start(kind, options) {
  const vendor = await kind.start(options);
  open.push(vendor);
  return vendor;
}
/** One request with the vendor's credential; yields {status, body, type, headers}. */
async function ask(vendor, method, path, body, headers = {}) {
  const authorization = vendor.name ? `Token token="${vendor.key}", name="${vendor.name}"` : `Bearer ${vendor.key}`;
  const response = await fetch(vendor.url + path, { method, redirect: 'manual', signal: AbortSignal.timeout(30_000),
    headers: { authorization, ...(body === undefined ? {} : { 'content-type': 'application/json; charset=utf-8' }), ...headers },
    body: body === undefined || typeof body === 'string' || body instanceof Buffer ? body : JSON.stringify(body) });
  const text = await response.text();
  let parsed = text;
  try { parsed = JSON.parse(text); } catch { /* it is none */ }
  return { status: response.status, body: parsed, type: response.headers.get('content-type') ?? '', headers: response.headers };
}
const lost = (promise) => assert.rejects(promise, /fetch failed|terminated|other side closed|reset/i);

let vendors;
beforeEach(async () => {
  vendors = { companycam: await start(CompanyCam), acculynx: await start(AccuLynx), bolt: await start(Bolt), slack: await start(Slack) };
});

test('a wrong credential is refused in the words of each vendor', async () => {
  const { companycam, acculynx, bolt, slack } = vendors;
  const wrong = { authorization: 'Bearer another' };
  assert.deepEqual(await ask(companycam, 'GET', '/projects', undefined, wrong).then(({ status, body }) => ({ status, body })), { status: 401, body: { errors: ['Unauthorized'] } });
  const problem = await ask(acculynx, 'GET', '/jobs', undefined, wrong);
  assert.equal(problem.status, 401);
  assert.match(problem.type, /^application\/problem\+json/);
  for (const member of ['type', 'title', 'status', 'traceId']) assert.ok(problem.body[member], member);
  // Bolt takes its own scheme alone, with the name of the token.
  for (const authorization of [`Bearer ${bolt.key}`, `Token token="${bolt.key}"`, `Token token="${bolt.key}", name="another"`]) {
    const refused = await ask(bolt, 'GET', '/open/v1/jobs', undefined, { authorization });
    assert.equal(refused.status, 401);
    assert.deepEqual(Object.keys(refused.body), ['exception', 'message', 'success']);
    assert.equal(refused.body.success, false);
  }
  assert.deepEqual((await ask(slack, 'POST', '/auth.test', {}, wrong)).body, { ok: false, error: 'invalid_auth' });
  const none = await fetch(`${slack.url}/auth.test`, { method: 'POST' });
  assert.equal(none.status, 200);
  assert.deepEqual(await none.json(), { ok: false, error: 'not_authed' });
});

test('lists are read to their end as each vendor has it', async () => {
  const { companycam, acculynx, bolt, slack } = vendors;
  for (let i = 0; i < 120; ++i) companycam.project({ name: `House ${i}` });
  const names = [];
  for (let page = 1; ; ++page) {
    const { body } = await ask(companycam, 'GET', `/projects?page=${page}&per_page=50`);
    assert.ok(Array.isArray(body), 'a bare array, and no total');
    names.push(...body.map((each) => each.name));
    if (body.length < 50) break;
  }
  assert.equal(new Set(names).size, 120);
  assert.equal((await ask(companycam, 'GET', '/projects?query=house%2011')).body.length, 11);

  const contact = acculynx.contact({ firstName: 'A', lastName: 'B' });
  for (let i = 0; i < 30; ++i) acculynx.job(contact, {});
  const first = await ask(acculynx, 'GET', '/jobs?pageSize=25&milestones=Lead');
  assert.deepEqual([first.body.count, first.body.pageSize, first.body.pageStartIndex, first.body.items.length], [30, 25, 0, 25]);
  assert.equal((await ask(acculynx, 'GET', '/jobs?pageSize=25&recordStartIndex=25')).body.items.length, 5);
  assert.equal((await ask(acculynx, 'GET', '/jobs?pageSize=25&recordStartIndex=30')).status, 416);
  assert.equal((await ask(acculynx, 'GET', '/contacts?pageSize=25&pageStartIndex=1')).status, 416, 'past the end');
  assert.equal((await ask(acculynx, 'GET', '/contacts?pageSize=25&recordStartIndex=1')).status, 200, 'not this spelling');

  for (let i = 0; i < 250; ++i) bolt.add('jobs', { address: `${i} Elm` });
  let query = '';
  const batches = [];
  do {
    const { body } = await ask(bolt, 'GET', `/open/v1/jobs${query}`);
    assert.equal(body.success, true);
    assert.equal('next_batch' in body, !('refresh_token' in body));
    batches.push(body.jobs.length);
    query = body.next_batch ? `?next_batch=${body.next_batch}` : '';
    bolt.token = body.refresh_token;
  } while (query);
  assert.deepEqual(batches, [100, 100, 50]);
  const [job] = bolt.list('jobs');
  bolt.change(job, { notes: 'x' });
  assert.deepEqual((await ask(bolt, 'GET', `/open/v1/jobs?refresh_token=${bolt.token}`)).body.jobs.map((each) => each.id), [job.id]);
  assert.equal((await ask(bolt, 'GET', `/open/v1/jobs?refresh_token=${bolt.token}&next_batch=b0-100`)).status, 400);

  for (let i = 0; i < 25; ++i) slack.channel({ name: `c${i}`, is_private: i % 5 === 0 });
  slack.short = true;
  const seen = [];
  let cursor = '';
  let empty = 0;
  do {
    const { body } = await ask(slack, 'GET', `/conversations.list?limit=10&types=public_channel,private_channel&cursor=${encodeURIComponent(cursor)}`);
    assert.equal(body.ok, true);
    empty += body.channels.length === 0 ? 1 : 0;
    seen.push(...body.channels.map((each) => each.id));
    cursor = body.response_metadata.next_cursor;
  } while (cursor !== '');
  assert.equal(new Set(seen).size, 26);
  assert.equal(empty, 3, 'a page may be empty before the end');
  assert.equal((await ask(slack, 'GET', '/conversations.list')).body.channels.length, 0);
  const form = await ask(slack, 'POST', '/conversations.info', 'channel=C000000001&include_num_members=true', { 'content-type': 'application/x-www-form-urlencoded' });
  assert.equal(form.body.channel.num_members, 2);
  assert.equal((await ask(slack, 'POST', '/conversations.info', { channel: 'C000000001' })).body.error, 'channel_not_found', 'methods that read take no JSON');
});

test('what is missing or wrong is refused as there, and nothing is written', async () => {
  const { companycam, acculynx, bolt, slack } = vendors;
  const { id } = companycam.project({ name: 'One' });
  for (const [method, path, body, status] of [['POST', '/projects', {}, 400], ['POST', `/projects/${id}/comments`, { content: 'x' }, 400], ['POST', `/projects/${id}/photos`, { photo: { uri: 'https://a.example/p.jpg' } }, 400],
    ['GET', '/projects/none', undefined, 404], ['POST', `/projects/${id}/conversations`, { message: 'x' }, 404]]) {
    const said = await ask(companycam, method, path, body);
    assert.equal(said.status, status, path);
    assert.ok(said.body.errors?.length, path);
  }
  const contact = acculynx.contact({ firstName: 'A' });
  for (const [method, path, body, status] of [['POST', '/contacts', { firstName: 'A' }, 400], ['POST', '/contacts/search', { searchTerm: 'A' }, 400], ['POST', '/jobs', { contact: { id: 'none' } }, 400],
    ['POST', '/jobs', { contact: { id: contact.id }, notes: 'x'.repeat(1001) }, 400], ['POST', '/jobs', { contact: { id: contact.id }, locationAddress: { street1: 'x' } }, 400], ['GET', '/jobs/none', undefined, 404],
    ['POST', '/api/v1/leads', {}, 404]])
    assert.equal((await ask(acculynx, method, path, body)).status, status, path);
  const job = bolt.add('jobs', { address: '1 Elm' });
  for (const [method, path, body, status, exception] of [['POST', '/open/v1/jobs', { address: '2 Elm' }, 422, 'validation'], ['POST', '/open/v1/jobs', { job: { address: '1 Elm' } }, 422, 'validation'],
    ['PATCH', `/open/v1/jobs/${job.id}`, { job: { notes: 'x', etag: 'old' } }, 409, 'conflict'], ['GET', '/open/v1/estimates', undefined, 404, 'not found']]) {
    const said = await ask(bolt, method, path, body);
    assert.equal(said.status, status, path);
    assert.equal(said.body.exception, exception);
    assert.equal(said.body.success, false);
  }
  for (const [method, body, error] of [['chat.postMessage', { channel: 'nowhere', text: 'x' }, 'channel_not_found'], ['chat.postMessage', { channel: 'C000000001' }, 'no_text'], ['conversations.create', { name: 'Not So' }, 'invalid_name_specials'],
    ['conversations.create', { name: 'general' }, 'name_taken'], ['conversations.invite', { channel: 'C000000001', users: 'U000000001' }, 'already_in_channel'], ['conversations.invite', { channel: 'C000000001', users: 'nobody' }, 'user_not_found'],
    ['chat.unknown', {}, 'unknown_method']]) {
    const said = await ask(slack, 'POST', `/${method}`, body);
    assert.equal(said.status, 200);
    assert.equal(said.body.ok, false);
    assert.equal(said.body.error, error);
  }
  assert.equal((await ask(slack, 'GET', '/users.lookupByEmail?email=no%40b.example')).body.error, 'users_not_found');
  slack.scopes = ['chat:write'];
  assert.deepEqual((await ask(slack, 'GET', '/conversations.list')).body, { ok: false, error: 'missing_scope', needed: 'channels:read', provided: 'chat:write' });
  for (const vendor of Object.values(vendors)) assert.equal(vendor.writes.length, 0);
});

test('writes are answered as there, and each is kept', async () => {
  const { companycam, acculynx, bolt, slack } = vendors;
  const project = await ask(companycam, 'POST', '/projects', { name: 'Ivy Hall', address: { street_address_1: '1 Oak', city: 'Austin' } });
  assert.equal(project.status, 201);
  assert.equal(typeof project.body.id, 'string');
  assert.ok(Math.abs(project.body.created_at - Date.now() / 1000) < 60, 'Unix seconds');
  const comment = await ask(companycam, 'POST', `/projects/${project.body.id}/comments`, { comment: { content: 'gutters done' } });
  assert.deepEqual([comment.status, comment.body.content, comment.body.commentable_type], [201, 'gutters done', 'Project']);
  assert.equal((await ask(companycam, 'GET', `/projects/${project.body.id}/comments`)).body.length, 1);
  await ask(companycam, 'PUT', `/projects/${project.body.id}/notepad`, { notepad: 'steep' });
  await ask(companycam, 'PUT', `/projects/${project.body.id}/notepad`, { notepad: 'steep' });
  assert.equal(companycam.wrote('steep').length, 1, 'what changes nothing is told apart');
  assert.equal((await ask(companycam, 'DELETE', `/projects/${project.body.id}`)).status, 204);
  assert.equal((await ask(companycam, 'GET', `/projects/${project.body.id}`)).status, 404);

  const types = await ask(acculynx, 'GET', '/contacts/contact-types');
  const contact = await ask(acculynx, 'POST', '/contacts', { contactTypeIds: [types.body.items[0].id], firstName: 'Ned', lastName: 'Park', crossReference: 'mark-1' });
  assert.equal(contact.status, 201);
  assert.deepEqual(Object.keys(contact.body), ['id', '_link']);
  assert.ok(contact.headers.get('ratelimit-limit'));
  const found = await ask(acculynx, 'POST', '/contacts/search', { searchTerm: 'Park', startDate: '2000-01-01', endDate: '2100-01-01', sort: { sortDirection: 'Descending', sortColumn: 'CreatedDate' } });
  assert.equal(found.body.items[0].crossReference, 'mark-1');
  const job = await ask(acculynx, 'POST', '/jobs', { contact: { id: contact.body.id } });
  assert.equal(job.status, 201);
  const leads = await ask(acculynx, 'GET', '/jobs?milestones=Lead&sortBy=CreatedDate&sortOrder=Descending&includes=contact');
  assert.equal(leads.body.items[0].contacts[0].contact.id, contact.body.id);
  assert.ok((await ask(acculynx, 'POST', `/jobs/${job.body.id}/messages`, { message: 'hello' })).body.messageId);
  assert.equal((await ask(acculynx, 'PUT', `/jobs/${job.body.id}/priority`, { priority: 'High' })).status, 204);
  const photo = Buffer.from('--b\r\nContent-Disposition: form-data; name="file"; filename="a.jpg"\r\nContent-Type: image/jpeg\r\n\r\n\xff\xd8\r\n--b--\r\n', 'latin1');
  assert.equal((await ask(acculynx, 'POST', `/jobs/${job.body.id}/photos-videos`, photo, { 'content-type': 'multipart/form-data; boundary=b' })).status, 202);
  assert.deepEqual(acculynx.files[0].file, { filename: 'a.jpg', bytes: 2 });
  assert.equal(acculynx.writes.length, 5, 'a search is none');

  const made = await ask(bolt, 'POST', '/open/v1/customers', { customer: { name: 'Harbor View LLC', external_id: 'mark-2' } });
  assert.equal(made.body.success, true);
  const { etag, id } = made.body.customer;
  const changed = await ask(bolt, 'PATCH', `/open/v1/customers/${id}`, { customer: { phone: '1', etag } });
  assert.notEqual(changed.body.customer.etag, etag);
  assert.equal((await ask(bolt, 'PATCH', `/open/v1/customers/${id}`, { customer: { phone: '1', etag } })).status, 409, 'the second one is stale');
  const { body: { work_order: order } } = await ask(bolt, 'POST', '/open/v1/work_orders', { work_order: { job_id: bolt.add('jobs', { address: '1 Elm' }).id, work_order_type_id: 1, notes: 'n' } });
  assert.equal((await ask(bolt, 'GET', `/open/v1/jobs/${order.job_id}/work_orders`)).body.work_orders[0].id, order.id);
  bolt.busy = 1;
  assert.equal((await ask(bolt, 'GET', '/open/v1/jobs')).status, 521);

  const sent = await ask(slack, 'POST', '/chat.postMessage', { channel: 'general', text: 'hello', metadata: { event_type: 'troupe_call', event_payload: { id: 'mark-3' } } });
  assert.deepEqual([sent.body.ok, sent.body.channel, /^\d{10}\.\d{6}$/.test(sent.body.ts)], [true, 'C000000001', true]);
  const plain = await ask(slack, 'GET', '/conversations.history?channel=C000000001');
  assert.equal(plain.body.messages[0].metadata, undefined);
  const whole = await ask(slack, 'GET', '/conversations.history?channel=C000000001&include_all_metadata=true');
  assert.equal(whole.body.messages[0].metadata.event_payload.id, 'mark-3');
  assert.equal((await ask(slack, 'POST', '/chat.postMessage', { channel: 'general', text: 'x' }, { 'content-type': 'application/json' })).body.warning, 'missing_charset');
  assert.equal(slack.wrote('mark-3').length, 1);
});

test('over its limits each vendor says 429 in its own way', async () => {
  const { companycam, acculynx, bolt, slack } = vendors;
  for (const vendor of Object.values(vendors)) vendor.order('limited', { on: 'any' });
  const cam = await ask(companycam, 'GET', '/projects');
  assert.deepEqual([cam.status, cam.headers.get('retry-after'), Array.isArray(cam.body.errors)], [429, null, true]);
  const lynx = await ask(acculynx, 'GET', '/jobs');
  assert.equal(lynx.status, 429);
  assert.match(lynx.type, /^text\/plain/);
  assert.equal((await ask(bolt, 'GET', '/open/v1/jobs')).body.exception, 'RETRY LATER');
  const said = await ask(slack, 'POST', '/chat.postMessage', { channel: 'general', text: 'x' });
  assert.deepEqual([said.status, said.headers.get('retry-after'), said.body.error], [429, '1', 'ratelimited']);
  assert.equal(slack.writes.length, 0);
  slack.rates = true;
  const many = await Promise.all(Array.from({ length: 25 }, () => ask(slack, 'GET', '/conversations.list')));
  assert.equal(many.filter((each) => each.status === 429).length, 5, 'tier 2 has 20 a minute');
  assert.equal((await ask(slack, 'GET', '/users.lookupByEmail?email=anna%40b.example')).body.ok, true, 'another method has its own');
  acculynx.rates = true;
  const burst = await Promise.all(Array.from({ length: 40 }, () => ask(acculynx, 'GET', '/diagnostics/ping')));
  assert.ok(burst.some((each) => each.status === 429));
});

test('whatever goes wrong, what was done is known', async () => {
  const { slack } = vendors;
  const post = (text) => ask(slack, 'POST', '/chat.postMessage', { channel: 'general', text });
  slack.order('lost_before');
  slack.order('lost_after');
  slack.order('error', { times: 2 });
  slack.order('error_after');
  slack.order('broken');
  slack.order('cut');
  await lost(post('m1'));
  await lost(post('m2'));
  for (const text of ['m3', 'm4']) assert.equal((await post(text)).body.ok, false);
  assert.equal((await post('m5')).body.ok, false);
  assert.equal((await post('m6')).body, '{"id":');
  await lost(post('m7'));
  assert.equal((await post('m8')).body.ok, true);
  assert.deepEqual(slack.writes.map((each) => each.body.text), ['m2', 'm5', 'm6', 'm7', 'm8']);

  for (const [mishap, text, count] of [['hang_before', 'm9', 5], ['hang_after', 'm10', 6]]) {
    slack.order(mishap, { on: /chat\.postMessage/ });
    const hanging = new Promise((r) => slack.once('hang', r));
    const waiting = post(text);
    await hanging;
    assert.equal(slack.writes.length, count);
    slack.calm();
    await lost(waiting);
  }
  slack.elsewhere = 'http://127.0.0.1:1/';
  slack.order('elsewhere');
  slack.order('elsewhere_kept');
  assert.equal((await post('m11')).status, 302);
  assert.equal((await post('m12')).status, 307);
  slack.order('die_after');
  await lost(post('m13'));
  await lost(post('m14'));
  await slack.up();
  assert.equal((await post('m15')).body.ok, true);
  assert.deepEqual(slack.writes.slice(-2).map((each) => each.body.text), ['m13', 'm15'], 'what it has is still there');
  slack.slow = 300;
  slack.order('late');
  await assert.rejects(fetch(`${slack.url}/chat.postMessage`, { method: 'POST', signal: AbortSignal.timeout(100), headers: { authorization: `Bearer ${slack.key}`, 'content-type': 'application/json; charset=utf-8' },
    body: JSON.stringify({ channel: 'general', text: 'm16' }) }));
  assert.equal(slack.wrote('m16').length, 0);
  await new Promise((r) => slack.once('wrote', r));
  assert.equal(slack.wrote('m16').length, 1, 'done though nobody waits');
});

test('each operation of the packs\' documents is one of the stand-in\'s', async () => {
  for (const [name, vendor] of Object.entries(vendors)) {
    const { paths } = JSON.parse(readFileSync(join(import.meta.dirname, `../../packs/${name}/openapi.json`), 'utf8'));
    let count = 0;
    for (const [path, methods] of Object.entries(paths)) {
      for (const method of Object.keys(methods).filter((each) => ['get', 'put', 'post', 'patch', 'delete'].includes(each))) {
        await ask(vendor, method.toUpperCase(), path.replaceAll(/\{\w+\}/g, '1'), method === 'get' ? undefined : {});
        count += 1;
      }
    }
    assert.deepEqual(vendor.unknown, [], name);
    assert.ok(count >= 20, name);
  }
});

test('Slack tells an app of events, signed, and again when it must', async () => {
  const { slack } = vendors;
  const heard = [];
  const app = createServer(async (request, response) => {
    const pieces = [];
    for await (const piece of request) pieces.push(piece);
    const body = Buffer.concat(pieces).toString();
    const wanted = createHmac('sha256', 'a-signing-secret').update(`v0:${request.headers['x-slack-request-timestamp']}:${body}`).digest('hex');
    heard.push({ ...JSON.parse(body), retry: request.headers['x-slack-retry-num'] });
    response.writeHead(request.headers['x-slack-signature'] === `v0=${wanted}` ? 200 : 401);
    response.end(JSON.parse(body).challenge);
  });
  await new Promise((r) => app.listen(0, '127.0.0.1', r));
  open.push({ stop: () => new Promise((r) => app.close(r)) });
  const address = `http://127.0.0.1:${app.address().port}/`;
  assert.equal((await slack.deliver(address, { type: 'url_verification', challenge: 'c1' })).text, 'c1');
  const first = await slack.deliver(address, { type: 'app_mention', user: 'U000000001', text: '<@UBOT> list channels', channel: 'C000000001' });
  assert.equal(first.status, 200);
  await slack.deliver(address, {}, { again: first });
  assert.equal((await slack.deliver(address, { type: 'message' }, { secret: 'another' })).status, 401);
  assert.deepEqual(heard.slice(1, 3).map(({ event_id, retry }) => [event_id, retry]), [[first.event_id, undefined], [first.event_id, '1']]);
  assert.equal(heard[1].event.user, 'U000000001');
});

test('the demo has names to choose from, and says where it is', () => {
  furnish(vendors);
  assert.equal(vendors.companycam.projects.filter((each) => each.name === 'Smith').length, 2);
  const lines = environment(vendors);
  for (const name of ['COMPANYCAM', 'ACCULYNX', 'BOLT', 'SLACK']) assert.ok(lines[`${name}_BASE_URL`] && lines[`${name}_API_KEY`], name);
  assert.equal(lines.BOLT_TOKEN_NAME, vendors.bolt.name);
});

test('the planning model answers by its rules, and badly where it is told to', async () => {
  const model = await start(PlanningModel, 'planner');
  const body = (extra) => JSON.stringify({ model: 'm', stream: true, messages: [{ role: 'system', content: 'rules' }, { role: 'user', content: 'post "hi" to #ops' }], ...extra });
  const choose = { response_format: { type: 'json_schema', json_schema: { name: 'choice', schema: { properties: { choice: { enum: ['slack__list_channels', 'slack__send_message', 'ask'] }, question: {} } } } } };
  const fill = { response_format: { type: 'json_schema', json_schema: { name: 'slack__send_message', schema: { properties: { channel: {}, message: {}, thread_ts: {} } } } } };
  const said = async (extra) => {
    const response = await fetch(`${model.url}/chat/completions`, { method: 'POST', body: body(extra) });
    const events = (await response.text()).split('\n\n').filter((each) => each.startsWith('data: {')).map((each) => JSON.parse(each.slice(6)));
    const deltas = events.flatMap((each) => each.choices ?? []);
    return { status: response.status, text: deltas.map((each) => each.delta.content ?? '').join(''), refusal: deltas.map((each) => each.delta.refusal ?? '').join(''),
      calls: deltas.flatMap((each) => each.delta.tool_calls ?? []), finish: deltas.at(-1)?.finish_reason };
  };
  assert.deepEqual(JSON.parse((await said(choose)).text), { choice: 'slack__send_message', question: null });
  assert.deepEqual(JSON.parse((await said(fill)).text), { channel: 'ops', message: 'hi', thread_ts: null });
  model.modes = ['limited', 'truncated', 'refusal', 'well'];
  assert.equal((await said(choose)).status, 429);
  const cut = await said(fill);
  assert.equal(cut.finish, 'length');
  assert.throws(() => JSON.parse(cut.calls.map((each) => each.function.arguments).join('')));
  assert.match((await said(choose)).refusal, /cannot help/);
  assert.equal(JSON.parse((await said(choose)).text).choice, 'slack__send_message');
});

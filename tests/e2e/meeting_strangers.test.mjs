// What strangers try on somebody's meeting: other people of the house, other tenants, bots of other meetings, and bots that say nonsense.
// Nothing is shown, nothing changes, and the server goes on.
import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { after, before, test } from 'node:test';
import { botOf, startWithBots, Voice } from './lib/meeting_voice.mjs';
import { MatrixUser, until } from './lib/troupe.mjs';

const secret = 'Zanzibar';
let troupe, anna, mallory, stranger;
before(async () => {
  troupe = await startWithBots({ TROUPE_LOG_LEVEL: 'info' });
  [anna, mallory] = [await member('anna'), await member('mallory')];
  stranger = await elsewhere('stranger');
});
after(() => troupe?.stop());

/** A call of the API with this person's key. */
const as = (person, method, path, body) => troupe.api(method, path, body, { authorization: `Bearer ${person.key}` });
async function keyOf(name, password, more) {
  const headers = { 'content-type': 'application/json' };
  const session = await fetch(`${troupe.platform}/api/v1/session`, { method: 'POST', headers, body: JSON.stringify({ user: name, password }) });
  assert.equal(session.status, 200);
  const cookie = session.headers.getSetCookie()[0].split(';')[0];
  const key = await fetch(`${troupe.platform}/api/v1/keys`, { method: 'POST', headers: { ...headers, cookie }, body: JSON.stringify({ name: 'own', ...more }) });
  return (await key.json()).token;
}
async function member(name) {
  await troupe.user(name);
  return { name, key: await keyOf(name, `password-of-${name}`, { role: 'member' }) };
}
/** Somebody of another tenant. */
async function elsewhere(name) {
  const password = 'a-password-of-twelve';
  const tenant = (await troupe.api('POST', '/api/v1/tenants', { name: `House of ${name}` })).body.id;
  await troupe.api('POST', '/api/v1/users', { username: name, password });
  await troupe.api('PATCH', `/api/v1/users/${name}`, { tenant_id: tenant });
  return { name, key: await keyOf(name, password, { scopes: ['bots'] }) };
}
const look = async (id) => (await as(anna, 'GET', `/api/v1/meetings/${id}`)).body;
const becomes = (person, id, state) => until(async () => (await as(person, 'GET', `/api/v1/meetings/${id}`)).body.state === state, `meeting ${id} to be ${state}`);
async function active(person, name, more = {}) {
  const made = await as(person, 'POST', '/api/v1/meetings', { link: `https://meet.jit.si/joins-${name}`, ...more });
  assert.equal(made.status, 201, JSON.stringify(made.body));
  await becomes(person, made.body.id, 'active');
  return made.body.id;
}
const everything = async (id) => JSON.stringify([await look(id), (await as(anna, 'GET', `/api/v1/meetings/${id}/history`)).body, (await as(anna, 'GET', `/api/v1/meetings/${id}/transcript`)).body]);

test('other people and other tenants see nothing of a meeting and change nothing, whatever they ask', async () => {
  const id = await active(anna, 'Hers', { recording: true });
  const voice = await Voice.join(troupe, id);
  await voice.say('Anna', `${secret} is warm`, 1);
  const was = await everything(id);
  const rest = ['', '/history', '/transcript', ...['text', 'srt', 'vtt', 'json'].map((format) => `/transcript?format=${format}`), '/live', '/thread', '/summary', '/participants',
    '/recordings', '/recordings/1'].map((path) => ['GET', path]);
  const changes = [['POST', '/stop'], ['POST', '/reconfigure', { language: 'es' }], ['POST', '/summary'], ['DELETE', ''], ['DELETE', '/recordings/1']];
  for (const person of [mallory, stranger]) {
    for (const [method, path, body] of [...rest, ...changes]) {
      const answer = await as(person, method, `/api/v1/meetings/${id}${path}`, body);
      assert.equal(answer.status, 404, `${person.name}: ${method} ${path}: ${JSON.stringify(answer.body)}`);
      assert.ok(!JSON.stringify(answer.body).includes(secret));
    }
    assert.deepEqual((await as(person, 'GET', `/api/v1/transcripts/search?q=${secret}`)).body.items, [], person.name);
    const key = { 'x-api-key': person.key, 'content-type': 'application/json' };
    for (const [method, path, body] of [['POST', '/transcripts/jitsi/joins-hers/share'], ['DELETE', '/transcripts/jitsi/joins-hers/share'], ['GET', '/transcripts/jitsi/joins-hers'], ['GET', `/transcripts/jitsi/joins-hers?meeting_id=${id}`],
      ['DELETE', '/bots/jitsi/joins-hers'], ['PUT', '/bots/jitsi/joins-hers/config', { language: 'es' }], ['POST', '/bots/jitsi/joins-hers/speak', { text: 'hello' }], ['POST', '/bots/jitsi/joins-hers/chat', { text: 'hello' }],
      ['GET', `/bots/id/${id}`], ['DELETE', '/meetings/jitsi/joins-hers'], ['PATCH', '/meetings/jitsi/joins-hers', { data: { name: 'x' } }]]) {
      const answer = await fetch(`${troupe.platform}/vexa${path}`, { method, headers: key, body: body && JSON.stringify(body) });
      const text = await answer.text();
      assert.equal(answer.status, 404, `${person.name}: ${method} ${path}: ${answer.status} ${text}`);
    }
    const socket = new WebSocket(`${troupe.platform.replace('http', 'ws')}/ws?api_key=${person.key}`);
    const frames = [];
    socket.onmessage = ({ data }) => frames.push(JSON.parse(data));
    await until(() => socket.readyState === WebSocket.OPEN, 'the WebSocket');
    socket.send(JSON.stringify({ action: 'subscribe', meetings: [{ platform: 'jitsi', native_id: 'joins-hers' }] }));
    socket.send(JSON.stringify({ action: 'ping' }));
    await until(() => frames.some((frame) => frame.type === 'pong'), 'the answers');
    assert.ok(frames.some((frame) => frame.type === 'error'), JSON.stringify(frames));
    assert.deepEqual(frames.filter((frame) => frame.type === 'subscribed').flatMap((frame) => frame.meetings), []);
    await voice.say('Anna', 'more', 3);
    socket.send(JSON.stringify({ action: 'ping' }));
    await until(() => frames.filter((frame) => frame.type === 'pong').length === 2, 'the second answer');
    assert.ok(!JSON.stringify(frames).includes('more'));
    socket.close();
  }
  assert.equal((await look(id)).state, 'active');
  assert.equal((await look(id)).language, JSON.parse(was)[0].language);
  voice.end();
  await as(anna, 'POST', `/api/v1/meetings/${id}/stop`);
  await becomes(anna, id, 'completed');
});

test('!meet of somebody else in the room stops nobody else\'s bot', async () => {
  assert.equal((await troupe.cli(['bot', 'add', 'meet', '--brain', 'meetings', '--display-name', 'Meetings'])).code, 0);
  assert.equal((await troupe.cli(['bot', 'start', 'meet'])).code, 0);
  const [a, m] = await Promise.all(['anna', 'mallory'].map((name) => MatrixUser.login(troupe.matrix, name, `password-of-${name}`)));
  const room = await a.createRoom({ name: 'Calls', invite: [m.id, '@bot_meet:localhost'] });
  await m.join(room);
  await until(async () => (await a.request('GET', `/_matrix/client/v3/rooms/${encodeURIComponent(room)}/joined_members`)).joined['@bot_meet:localhost'], 'the bot to join');
  await a.send(room, '!meet https://meet.jit.si/joins-by-words');
  const mine = await until(async () => (await as(anna, 'GET', '/api/v1/meetings')).body.items.find((meeting) => meeting.native_meeting_id === 'joins-by-words'), 'the meeting');
  await becomes(anna, mine.id, 'active');
  const answers = async () => (await a.history(room)).filter((event) => event.sender === '@bot_meet:localhost' && event.content.body && !event.content['m.relates_to']?.rel_type).length;
  const before = await answers();
  await m.send(room, '!meet stop');
  await until(async () => (await answers()) > before, 'an answer');
  assert.equal((await look(mine.id)).state, 'active');
  await a.send(room, '!meet stop');
  await becomes(anna, mine.id, 'completed');
});

test('a bot\'s token does nothing in another meeting, by no word, and nothing once its own is over', async () => {
  const hers = await active(anna, 'Victim'), own = await active(mallory, 'Own');
  const [victim, bot] = [await botOf(troupe, hers), await botOf(troupe, own)];
  const was = await everything(hers);
  const base = (config) => config.botManagerCallbackUrl.replace('/exited', '');
  const post = async (url, body, headers) => (await fetch(url, { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify(body) })).status;
  const words = { status_change: { status: 'completed' }, lifecycle: { status: 'failed' }, started: {}, joining: {}, awaiting_admission: {}, exited: { exit_code: 0 },
    notice: { notice: 'off' }, matrix_device: { device_id: 'MEETX' }, consent: { user_id: '@anna:localhost', declined: true } };
  for (const [word, body] of Object.entries(words)) {
    assert.equal(await post(`${base(bot)}/${word}`, { connection_id: victim.connectionId, ...body }), 404, `${word}: its own token, her session`);
    assert.equal(await post(`${base(bot).replace(bot.token, victim.connectionId)}/${word}`, { connection_id: victim.connectionId, ...body }), 404, `${word}: her session as token`);
    assert.equal(await post(`${base(bot).replace(bot.token, mallory.key)}/${word}`, { connection_id: victim.connectionId, ...body }), 404, `${word}: a person's key`);
  }
  const upload = await fetch(`${troupe.platform}/bots/internal/recording/${bot.token}/p1/0?until_ms=5000`, { method: 'PUT', body: 'sound' });
  assert.equal(upload.status, 404, 'nobody asked for a recording of its own, and none of hers begins');
  // Its line to Redis: hers is not there for it.
  const voice = await Voice.of(bot);
  for (const command of [['SUBSCRIBE', `bot_commands:${victim.connectionId}`], ['SUBSCRIBE', `bot_commands:meeting:${hers}`], ['PUBLISH', `bot_commands:${victim.connectionId}`, '{"action":"leave"}'],
    ['PUBLISH', `bot_reports:${victim.connectionId}`, '{}'], ['PUBLISH', `va:meeting:${hers}:chat`, '{"sender":"x","text":"y"}'],
    ['XADD', 'transcription_segments', '*', 'payload', JSON.stringify({ type: 'transcription', token: victim.token, uid: victim.connectionId, meeting_id: hers, segments: [{ start: 1, end: 2, text: 'planted', completed: true }] })],
    ['XADD', 'transcription_segments', '*', 'payload', JSON.stringify({ type: 'transcript_retract', meeting_id: hers, segment_ids: ['x'] })]]) {
    await assert.rejects(voice.ask(...command), /NOPERM|ERR/, command.join(' ').slice(0, 80));
  }
  voice.end();
  assert.equal(await everything(hers), was);
  // What is kept and said again later.
  const session = { connection_id: bot.connectionId };
  await as(mallory, 'POST', `/api/v1/meetings/${own}/stop`);
  await becomes(mallory, own, 'completed');
  const steps = async () => (await as(mallory, 'GET', `/api/v1/meetings/${own}/history`)).body.transitions.length;
  const before = await steps();
  for (const status of ['joining', 'awaiting_admission', 'active', 'completed', 'failed']) assert.equal(await post(`${base(bot)}/status_change`, { ...session, status }), 200);
  assert.equal(await steps(), before);
  assert.equal((await as(mallory, 'GET', `/api/v1/meetings/${own}`)).body.state, 'completed');
  await as(anna, 'POST', `/api/v1/meetings/${hers}/stop`);
  await becomes(anna, hers, 'completed');
});

/** Sends these bytes as the payload of an entry; yields the answer, or null when the connection is cut. */
async function entry(config, bytes) {
  const url = new URL(config.redisUrl);
  const socket = connect(Number(url.port), url.hostname);
  let answers = '', isOver = false;
  socket.on('data', (data) => { answers += data; });
  socket.on('error', () => {}).on('close', () => { isOver = true; });
  const word = (text) => Buffer.concat([Buffer.from(`$${Buffer.byteLength(text)}\r\n`), Buffer.from(text), Buffer.from('\r\n')]);
  socket.write(Buffer.concat([Buffer.from('*2\r\n'), word('AUTH'), word(config.token)]));
  await until(() => answers.endsWith('\r\n'), 'the sign-in');
  assert.match(answers, /^\+OK/);
  answers = '';
  socket.write(Buffer.concat([Buffer.from('*5\r\n'), ...['XADD', 'transcription_segments', '*', 'payload', bytes].map(word)]));
  await until(() => isOver || answers.endsWith('\r\n'), 'an answer');
  socket.destroy();
  return answers || null;
}

test('pieces that are nonsense are refused or harmless, and what is there can be read in every form', async () => {
  const id = await active(anna, 'Nonsense');
  const config = await botOf(troupe, id);
  const voice = await Voice.of(config);
  await voice.say('Anna', 'The first that makes sense.', 1);
  const whole = (segments) => JSON.stringify({ type: 'transcription', token: config.token, uid: config.connectionId, meeting_id: id, segments });
  const piece = (more) => whole([{ start: 2, end: 3, text: 'odd one', completed: true, language: 'en', ...more }]);
  const text = (raw) => whole([]).replace('"segments":[]', `"segments":[${raw}]`);
  const odd = [
    ...[-1, -1e308, 1e308, 1e300, 9e15, 2 ** 63, 1e18].flatMap((at) => [piece({ start: at }), piece({ end: at }), piece({ start: at, end: at })]),
    ...['NaN', 'Infinity', '-Infinity', '1e999', '', ' 2', '0x10', null, [], {}, true].flatMap((at) => [piece({ start: at }), piece({ end: at })]),
    text('{"start":NaN,"end":3,"text":"x"}'), text('{"start":1e999,"end":3,"text":"x"}'), text('{"start":-1e999,"end":1e999,"text":"x","completed":true}'), text('null'), text('7'), text('[]'), text(`${'['.repeat(5000)}${']'.repeat(5000)}`),
    text('{"start":5,"end":6,"text":"\\ud800 half","completed":true}'), text('{"start":5,"end":6,"text":"\\u0000zero","completed":true}'), text('{"start":7,"end":8,"text":"\\u202eturned\\u0007","completed":true,"speaker":"\\ud83d"}'),
    piece({ text: 7 }), piece({ text: null }), piece({ speaker: { a: 1 } }), piece({ language: 'x'.repeat(300) }), piece({ language: 'english' }), piece({ segment_id: 'x'.repeat(300) }), piece({ text: 'x'.repeat(17_000) }), piece({ speaker: 'x'.repeat(17_000) }),
    piece({ absolute_start_time: 'yesterday' }), piece({ absolute_start_time: '9999-99-99T99:99:99Z' }), piece({ words: Array(10_000).fill({ word: 'x' }) }), whole(Array(1_500).fill({ start: 1, end: 2, text: 'x', completed: true })), '{', '', '[]', '"x"', 'null',
  ];
  for (const payload of odd) assert.notEqual(await entry(config, payload), null, `the connection was cut at ${String(payload).slice(0, 120)}`);
  // No UTF-8: a letter that is cut in half, bytes that begin nothing, forms that are too long.
  for (const bytes of [[0xc3], [0xff, 0xfe], [0xc0, 0x80], [0xed, 0xa0, 0x80], [0xf4, 0x90, 0x80, 0x80]]) {
    const [before, behind] = piece({ text: '#' }).split('#');
    await entry(config, Buffer.concat([Buffer.from(before), Buffer.from(bytes), Buffer.from(behind)]));
  }
  // Ten megabytes.
  await entry(config, piece({ text: 'x'.repeat(10 << 20) }));
  await voice.say('Anna', 'And the last that does.', 9);
  const get = (format) => fetch(`${troupe.platform}/api/v1/meetings/${id}/transcript?format=${format}`, { headers: { authorization: `Bearer ${anna.key}` } });
  for (const format of ['json', 'text', 'srt', 'vtt']) {
    const answer = await get(format);
    assert.equal(answer.status, 200, format);
    const bytes = Buffer.from(await answer.arrayBuffer());
    const read = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    assert.ok(read.includes('The first that makes sense.') && read.includes('And the last that does.'), `${format}: ${read.slice(0, 500)}`);
    assert.ok(!/NaN|Infinity|inf\b/.test(read), `${format}: ${read.match(/.{40}(NaN|Infinity|inf\b).{40}/s)?.[0]}`);
  }
  const items = (await as(anna, 'GET', `/api/v1/meetings/${id}/transcript`)).body.items;
  const day = 86_400 * 1_000;
  for (const one of items) assert.ok(Math.abs(new Date(one.absolute_start_time ?? one.starts_at ?? Date.now()) - Date.now()) < 3 * day, JSON.stringify(one));
  assert.equal((await fetch(`${troupe.platform}/vexa/transcripts/jitsi/joins-nonsense`, { headers: { 'x-api-key': anna.key } })).status, 200);
  voice.end();
  await as(anna, 'POST', `/api/v1/meetings/${id}/stop`);
  await becomes(anna, id, 'completed');
  assert.equal((await as(anna, 'DELETE', `/api/v1/meetings/${id}`)).status, 200);
});

test('links with tricks are refused with a reason, and make nothing', async () => {
  const tricks = ['https://meet.google.com@evil.example/abc-defg-hij', 'https://evil.example#@meet.google.com/abc-defg-hij', 'https://evil.example\\@meet.google.com/abc-defg-hij', 'https://meet.google.com\\.evil.example/abc-defg-hij',
    'https://meet.google.com%2eevil.example/abc-defg-hij', 'https://m\u0435et.google.com/abc-defg-hij', 'https://meet\u3002google.com/abc-defg-hij', 'https://\uff4deet.google.com/abc-defg-hij', 'https://xn--met-lza.google.com/abc-defg-hij',
    'https://meet.google.com:443@10.0.0.1/abc-defg-hij', 'https://meet.google.com:80/abc-defg-hij', 'https://meet.google.com./abc-defg-hij/../../x', 'https://meet.google.com/abc-defg-hij%00', 'https://meet.google.com/abc-defg-hij\n', 'https://meet.google.com/abc-defg-hij\u0000.evil.example',
    'https://meet.google.com/linkredirect?dest=https://evil.example', 'https://www.google.com/url?q=https://evil.example', 'https://teams.live.com/dl/launcher/launcher.html?url=//evil.example', 'https://zoom.us/j/85173157171/../../redirect?to=evil.example',
    'https://zoom.us.evil.example/j/85173157171', 'https://evil.example/?https://zoom.us/j/85173157171', 'https://[::ffff:127.0.0.1]/x', 'https://127.0.0.1:8001/x', 'https://169.254.169.254/latest', 'https://meet.jit.si//evil.example/x',
    'HTTPS:meet.google.com/abc-defg-hij', '//meet.google.com/abc-defg-hij', 'data:text/html,x', 'blob:https://meet.google.com/x', 'view-source:https://meet.google.com/abc-defg-hij', `https://meet.jit.si/${'x'.repeat(5_000)}`, ['https://meet.google.com/abc-defg-hij'], { href: 'x' }, 7, null];
  const count = async () => (await as(anna, 'GET', '/api/v1/meetings')).body.total;
  const before = await count();
  for (const link of tricks) {
    const answer = await as(anna, 'POST', '/api/v1/meetings', { link });
    assert.equal(answer.status, 400, `${JSON.stringify(link).slice(0, 120)}: ${answer.status} ${JSON.stringify(answer.body)}`);
    const dialect = await fetch(`${troupe.platform}/vexa/bots`, { method: 'POST', headers: { 'x-api-key': anna.key, 'content-type': 'application/json' }, body: JSON.stringify({ meeting_url: link, platform: undefined }) });
    assert.ok([400, 422].includes(dialect.status), `Vexa: ${JSON.stringify(link).slice(0, 120)}: ${dialect.status} ${await dialect.text()}`);
  }
  assert.equal(await count(), before);
  // Dots are resolved as a browser does it, and encoded ones stay as they are: both lead to the platform's own host.
  for (const [link, shown] of [['https://meet.jit.si/../Dotted', 'https://meet.jit.si/Dotted'], ['https://meet.jit.si/x%2f..%2f..%2fy', 'https://meet.jit.si/x%2F..%2F..%2Fy'], ['https://teams.microsoft.com/l/meetup-join/..%2f..%2fx', 'https://teams.microsoft.com/l/meetup-join/..%2f..%2fx']]) {
    const made = await as(anna, 'POST', '/api/v1/meetings', { link });
    assert.deepEqual([made.status, made.body.link], [201, shown]);
    await as(anna, 'DELETE', `/api/v1/meetings/${made.body.id}`);
  }
});

test('webhooks to private addresses are refused, however they are written', async () => {
  const private_ = ['http://127.0.0.1/x', 'http://localhost:8001/x', 'http://[::1]/x', 'http://10.1.2.3/x', 'http://192.168.0.1/x', 'http://172.16.5.5/x', 'http://169.254.169.254/latest/meta-data', 'http://0.0.0.0/x', 'http://2130706433/x', 'http://0x7f000001/x', 'http://0177.0.0.1/x',
    'http://127.1/x', 'http://[::ffff:10.0.0.1]/x', 'http://[fd00::1]/x', 'http://[fe80::1]/x', 'http://[64:ff9b::7f00:1]/x', 'http://100.64.0.1/x', 'http://user:pw@10.0.0.1/x', 'http://localhost./x', 'file:///etc/passwd', 'gopher://127.0.0.1/x', 'https://', 'x'];
  for (const url of private_) {
    const answer = await as(mallory, 'POST', '/api/v1/meetings/webhooks', { url });
    assert.ok(answer.status === 400 || answer.status === 403, `${url}: ${answer.status} ${JSON.stringify(answer.body)}`);
    const dialect = await fetch(`${troupe.platform}/vexa/user/webhook`, { method: 'PUT', headers: { 'x-api-key': mallory.key, 'content-type': 'application/json' }, body: JSON.stringify({ webhook_url: url }) });
    assert.ok([400, 403, 422].includes(dialect.status), `Vexa: ${url}: ${dialect.status} ${await dialect.text()}`);
  }
});

test('DELETE ends a meeting that goes on, in whatever state, deletes one that has ended, and Vexa\'s waits for the end', async () => {
  const ended = ['completed', 'failed', 'error'];
  const vexa = async (name) => (await fetch(`${troupe.platform}/vexa/meetings/jitsi/${name}`, { method: 'DELETE', headers: { 'x-api-key': anna.key } })).status;
  const gone = (id) => as(anna, 'DELETE', `/api/v1/meetings/${id}`);
  const early = (await as(anna, 'POST', '/api/v1/meetings', { link: 'https://meet.jit.si/mute-early' })).body.id;
  const late = await active(anna, 'late');
  for (const [id, name] of [[early, 'mute-early'], [late, 'joins-late']]) {
    assert.ok(!ended.includes((await look(id)).state));
    assert.equal(await vexa(name), 409);
    const answers = [(await gone(id)).status, (await gone(id)).status, await vexa(name)];
    await until(async () => ended.includes((await look(id)).state), 'its end');
    assert.equal(answers[0], 202);
    const meeting = await look(id);
    assert.deepEqual([meeting.state, meeting.reason], ['completed', 'stopped'], JSON.stringify(meeting));
    for (let again = 0; again < 2; ++again) assert.equal((await gone(id)).status, 200);
    assert.ok((await look(id)).transcript_erased_at);
    assert.equal(await vexa(name), 200);
    assert.equal(await vexa(name), 404, 'which call it was is gone, too');
  }
});

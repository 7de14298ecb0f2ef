// Files that services answer with: kept with the task, downloaded by its owner alone, saved from a terminal, sent on by a
// later step, posted in a room; after a kill they are there still, and what they are is what their bytes say.
import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { createDecipheriv } from 'node:crypto';
import * as sdk from 'matrix-js-sdk';
import { Asker, startAssistant, startVendors, stopAll } from './lib/assistant.mjs';
import { sdkClient, stopClients } from './lib/js_sdk.mjs';
import { until } from './lib/troupe.mjs';

const picture = Buffer.concat([Buffer.from('89504e470d0a1a0a', 'hex'), Buffer.from('<script>alert(1)</script>'), Buffer.from([0, 255, 254, 13, 10])]);
const config = {
  service: 'gallery', title: 'Gallery', enabled: true, synonyms: ['the gallery'], openapiRef: 'openapi.json', auth: { scheme: 'none' },
  approval: { of: 'marked' },
};
const ok = { 200: { description: 'ok' } };
const document = {
  openapi: '3.0.3', info: { title: 'Gallery', version: '1' }, servers: [{ url: 'https://gallery.example/v1' }],
  paths: {
    '/picture': { get: { operationId: 'get_picture', summary: 'Get the picture of the gallery', responses: ok } },
    '/album': { put: { operationId: 'put_picture', summary: 'Put a picture into the album', responses: ok,
      requestBody: { required: true, content: { 'application/octet-stream': { schema: { type: 'string', format: 'binary' } } } } } },
  },
};
const workflows = { copy_picture: [{ action: 'gallery.get_picture', bind: {}, out: 'picture' }, { action: 'gallery.put_picture', bind: { body: '$steps.picture.file' } }] };

let troupe, vendors, gallery, folder, dev, anna;
let held; // until it is done, the gallery does not answer
const put = [];
before(async () => {
  vendors = await startVendors();
  gallery = createServer(async (request, response) => {
    if (request.method === 'GET') {
      await held; // a service that takes its time
      response.writeHead(200, { 'content-type': 'text/html', 'content-disposition': 'attachment; filename="../../roof.png"' });
      return response.end(picture);
    }
    const chunks = [];
    request.on('data', (chunk) => chunks.push(chunk));
    request.on('end', () => {
      put.push(Buffer.concat(chunks));
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end('{"ok":true}');
    });
  });
  await new Promise((r) => gallery.listen(0, '127.0.0.1', r));
  troupe = await startAssistant(vendors, { env: { GALLERY_BASE_URL: `http://127.0.0.1:${gallery.address().port}/v1` } });
  dev = new Asker(troupe);
  folder = await mkdtemp(join(tmpdir(), 'troupe-gallery-'));
  for (const [name, content] of Object.entries({ 'config.json': config, 'openapi.json': document, 'workflows.json': workflows })) await writeFile(join(folder, name), JSON.stringify(content));
  const added = await troupe.cli(['pack', 'add', folder]);
  assert.equal(added.code, 0, added.stdout + added.stderr);
  await until(async () => (await dev.ask('POST', '/api/v1/tasks', { service: 'gallery', intent: 'copy_picture', inputs: {} })).status < 300, 'the running server to take the pack up');
});
after(async () => {
  anna?.stopClient();
  await troupe?.stop();
  await stopAll(vendors);
  gallery?.closeAllConnections();
  gallery?.close();
  if (folder) await rm(folder, { recursive: true });
  await stopClients();
});

const fetched = (path, token) => fetch(troupe.platform + path, { headers: token ? { authorization: `Bearer ${token}` } : {} });

test('a file is kept with its task, and sent on by a later step', async () => {
  const taskId = await dev.plan('gallery', 'copy_picture', {});
  const done = await dev.finish(taskId);
  assert.equal(done.task.status, 'done', JSON.stringify(done.task));
  assert.deepEqual(done.files.map(({ name, type, bytes, kept }) => [name, type, bytes, kept]), [['roof.png', 'image/png', picture.length, true]]);
  assert.match(done.message, /roof\.png/);
  assert.equal(put.length, 1);
  assert.deepEqual(put[0], picture);

  await troupe.kill();
  await troupe.launch();
  const { path, file_id: file } = done.files[0];
  const given = await fetched(path, dev.token);
  assert.equal(given.status, 200);
  assert.equal(given.headers.get('content-type'), 'image/png', 'what it is, not what it was called');
  assert.equal(given.headers.get('content-disposition'), 'attachment; filename="roof.png"');
  assert.equal(given.headers.get('x-content-type-options'), 'nosniff');
  assert.match(given.headers.get('content-security-policy'), /^sandbox/);
  assert.deepEqual(Buffer.from(await given.arrayBuffer()), picture);
  const stranger = await Asker.person(troupe, 'carla');
  assert.equal((await fetched(path, stranger.token)).status, 404);
  assert.equal((await fetched(path)).status, 401);
  assert.equal((await fetched(path.replace(file, '9-9'), dev.token)).status, 404);
});

test('a photo that somebody posts goes to a service by an address that it can fetch, and nobody else can make up', async () => {
  const bella = await Asker.person(troupe, 'bella');
  const posted = await fetch(`${troupe.platform}/api/v1/files?name=roof.png`, { method: 'POST', body: picture, headers: { authorization: `Bearer ${bella.token}`, 'content-type': 'image/png' } });
  assert.equal(posted.status, 201, await posted.clone().text());
  const { uri } = await posted.json();
  const project = vendors.companycam.projects[0].id;
  const taskId = await bella.plan('companycam', 'create_project_photo', { project_id: String(project), photo: { uri, captured_at: 1_790_000_000 } });
  const done = await bella.finish(taskId);
  assert.equal(done.task.status, 'done', JSON.stringify(done.task));
  const photo = vendors.companycam.photos.find((each) => each.captured_at === 1_790_000_000);
  assert.ok(photo.uri.startsWith(`${troupe.matrix}/_troupe/files/`), photo.uri);
  const given = await fetch(photo.uri);
  assert.equal(given.status, 200);
  assert.equal(given.headers.get('content-type'), 'image/png');
  assert.match(given.headers.get('content-disposition'), /^attachment/);
  assert.deepEqual(Buffer.from(await given.arrayBuffer()), picture);
  assert.equal((await fetch(photo.uri.slice(0, -4) + 'AAAA')).status, 404);
  assert.equal((await fetch(`${troupe.matrix}/_troupe/files/none`)).status, 404);
  const calls = JSON.stringify(await bella.calls(taskId));
  assert.ok(calls.includes(uri) && !calls.includes(photo.uri.split('/').at(-1)), 'the address itself is in no record of the call');
});

test('a terminal says where it is, and saves it', async () => {
  const asked = await troupe.cli(['ask', 'get the picture of the gallery', '--yes']);
  assert.equal(asked.code, 0, asked.stdout + asked.stderr);
  const [, taskId, file] = /roof\.png: troupe task file (\S+) (\S+)/.exec(asked.stdout) ?? assert.fail(asked.stdout);
  const out = join(folder, 'saved.png');
  const saved = await troupe.cli(['task', 'file', taskId, file, '--out', out]);
  assert.equal(saved.code, 0, saved.stderr);
  assert.deepEqual(await readFile(out), picture);
  const again = await troupe.cli(['task', 'file', taskId, file, '--out', out]);
  assert.notEqual(again.code, 0, 'it takes no place of what is there');
});

test('a room gets it as a picture', async () => {
  const user = await troupe.user('anna');
  anna = sdk.createClient({ baseUrl: troupe.matrix, accessToken: user.token, userId: user.id, deviceId: user.device });
  await anna.startClient({ initialSyncLimit: 100 });
  await until(() => anna.isInitialSyncComplete(), 'the first sync');
  const added = await troupe.cli(['bot', 'add', 'helper', '--brain', 'assistant']);
  assert.equal(added.code, 0, added.stderr);
  const started = await troupe.api('POST', '/api/v1/bots/helper/start');
  assert.ok(started.status < 300 || started.status === 409, JSON.stringify(started.body));
  const bot = '@bot_helper:localhost';
  const { room_id: id } = await anna.createRoom({ invite: [bot], preset: 'trusted_private_chat', is_direct: true });
  await until(() => anna.getRoom(id)?.getMember(bot)?.membership === 'join', 'the bot to join');
  const said = () => anna.getRoom(id).getLiveTimeline().getEvents().filter((event) => event.getType() === 'm.room.message' && event.getSender() === bot);
  await anna.sendTextMessage(id, 'get the picture of the gallery');
  await until(() => said().some((event) => /Run it/.test(event.getContent().body)), 'the plan', 60_000);
  await anna.sendTextMessage(id, 'yes');
  const posted = await until(() => said().find((event) => event.getContent().msgtype === 'm.image'), 'the picture', 60_000);
  assert.equal(posted.getContent().body, 'roof.png');
  assert.equal(posted.getContent().info.mimetype, 'image/png');
  const [, server, media] = /^mxc:\/\/([^/]+)\/(.+)$/.exec(posted.getContent().url);
  const given = await fetch(`${troupe.matrix}/_matrix/client/v1/media/download/${server}/${media}`, { headers: { authorization: `Bearer ${user.token}` } });
  assert.deepEqual(Buffer.from(await given.arrayBuffer()), picture);
});

test('an encrypted room gets it encrypted, also long after its task began', async () => {
  const user = await troupe.user('dora');
  const dora = await sdkClient(troupe, user);
  const made = await troupe.api('POST', '/api/v1/bots', { bot_id: 'patient', brain: { kind: 'assistant', config: { patience_s: 5 } } });
  assert.equal(made.status, 201, JSON.stringify(made.body));
  assert.equal((await troupe.api('POST', '/api/v1/bots/patient/start')).status, 200);
  const bot = '@bot_patient:localhost';
  const { room_id: id } = await dora.createRoom({ invite: [bot], preset: 'trusted_private_chat', is_direct: true,
    initial_state: [{ type: 'm.room.encryption', state_key: '', content: { algorithm: 'm.megolm.v1.aes-sha2' } }] });
  await until(() => dora.getRoom(id)?.getMember(bot)?.membership === 'join', 'the bot to join', 60_000);
  const said = () => dora.getRoom(id).getLiveTimeline().getEvents().filter((event) => event.getSender() === bot && !event.isState()).map((event) => event.getContent());
  await dora.sendTextMessage(id, 'get the picture of the gallery');
  await until(() => said().some(({ body }) => /Run it/.test(body)), 'the plan', 60_000);

  let answer;
  held = new Promise((r) => { answer = r; });
  const before = said().length;
  await dora.sendTextMessage(id, 'yes');
  // Its patience is over: the turn has ended before the file is there.
  await until(() => said().slice(before).some(({ body }) => /takes longer/.test(body ?? '')), 'word that it takes longer', 60_000);
  assert.ok(!said().some(({ msgtype }) => msgtype === 'm.image'));
  answer();
  held = undefined;
  const posted = await until(() => said().find(({ msgtype }) => msgtype === 'm.image'), 'the picture', 60_000);
  assert.equal(posted.body, 'roof.png');
  assert.equal(posted.url, undefined);
  const { url, key, iv } = posted.file;
  const [, server, media] = /^mxc:\/\/([^/]+)\/(.+)$/.exec(url);
  const given = await fetch(`${troupe.matrix}/_matrix/client/v1/media/download/${server}/${media}`, { headers: { authorization: `Bearer ${user.token}` } });
  assert.equal(given.headers.get('content-type'), 'application/octet-stream');
  const sealed = Buffer.from(await given.arrayBuffer());
  assert.ok(!sealed.includes(picture.subarray(0, 8)));
  const cipher = createDecipheriv('aes-256-ctr', Buffer.from(key.k, 'base64url'), Buffer.from(iv, 'base64'));
  assert.deepEqual(Buffer.concat([cipher.update(sealed), cipher.final()]), picture);
  const raw = (await user.history(id)).filter((event) => event.sender === bot && event.state_key === undefined && event.type !== 'm.reaction');
  assert.deepEqual([...new Set(raw.map(({ type }) => type))], ['m.room.encrypted']);
});

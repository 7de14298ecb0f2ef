// The server's own push gateway, as phones and browsers use it without anybody's cloud: pushers set by matrix-js-sdk,
// UnifiedPush and Web Push to a push service that stands in, and kill -9 between a message and its push.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import * as sdk from 'matrix-js-sdk';
import { Browser, PushService, vapidOf } from './lib/push_service.mjs';
import { Troupe, until } from './lib/troupe.mjs';

const c = '/_matrix/client/v3';
const publicAddress = 'https://matrix.example.org';
const notify = '/_matrix/push/v1/notify';

describe('the push gateway', () => {
  let service, troupe, anna, ben, room, client;
  const set = (pushkey, data = {}, more = {}) => client.setPusher({ app_id: 'org.example.app', pushkey, kind: 'http', lang: 'en',
    app_display_name: 'App', device_display_name: 'Phone', data: { url: publicAddress + notify, ...data }, ...more });
  const remove = (pushkey) => client.setPusher({ app_id: 'org.example.app', pushkey, kind: null });
  const post = (notification) => fetch(troupe.matrix + notify, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ notification }) });

  before(async () => {
    service = await PushService.start();
    troupe = await Troupe.start({ env: { TROUPE_ALLOWED_PRIVATE: '127.0.0.1', TROUPE_PUBLIC_BASE_URL: publicAddress } });
    anna = await troupe.user('anna');
    ben = await troupe.user('ben');
    room = await anna.createRoom({ preset: 'public_chat', name: 'Kitchen' });
    await ben.join(room);
    client = sdk.createClient({ baseUrl: troupe.matrix, accessToken: ben.token, userId: ben.id, deviceId: ben.device });
  });
  after(async () => {
    client?.stopClient();
    await troupe?.stop();
    await service?.stop();
  });

  test('a client finds it', async () => {
    const found = await fetch(troupe.matrix + notify);
    assert.deepEqual(await found.json(), { unifiedpush: { gateway: 'matrix' } });
  });

  test('UnifiedPush: a message reaches the address, and one that is gone loses its pusher', async () => {
    const address = `${service.url}/up/ben`;
    await set(address);
    const event = await anna.send(room, 'tea?');
    await until(() => service.pushes.length === 1, 'the push');
    const [push] = service.pushes;
    assert.equal(push.path, '/up/ben');
    const { notification } = JSON.parse(push.body.toString());
    assert.equal(notification.event_id, event);
    assert.equal(notification.content.body, 'tea?');
    assert.equal(notification.counts.unread, 1);
    assert.equal(push.body.includes(service.url), false);
    service.status = 410;
    await anna.send(room, 'anybody?');
    await until(async () => (await client.getPushers()).pushers.length === 0, 'the pusher to go');
    service.status = 201;
  });

  test('Web Push: the browser alone reads it, and knows who sent it', async () => {
    service.pushes.length = 0;
    const browser = new Browser(`${service.url}/wp/ben?x=1`);
    const { capabilities } = await (await fetch(`${troupe.matrix}${c}/capabilities`, { headers: { authorization: `Bearer ${ben.token}` } })).json();
    const { vapid } = capabilities['org.matrix.msc4174.webpush'];
    await set(browser.pushkey, { ...browser.data, events_only: true, only_last_per_room: true, default_payload: { account: 'ben' } });
    const event = await anna.send(room, 'Ünïcödé 🍵');
    await until(() => service.pushes.length === 1, 'the push');
    const [push] = service.pushes;
    assert.equal(push.path, '/wp/ben?x=1');
    assert.equal(push.headers['content-encoding'], 'aes128gcm');
    assert.equal(push.headers.topic.length, 32);
    assert.equal(push.headers.ttl, '86400');
    const said = browser.read(push.body);
    assert.equal(said.account, 'ben');
    assert.equal(said.event_id, event);
    assert.equal(said.content.body, 'Ünïcödé 🍵');
    const claims = vapidOf(push.headers.authorization, vapid);
    assert.equal(claims.aud, service.url);
    assert.ok(claims.exp * 1000 > Date.now() && claims.exp * 1000 < Date.now() + 24 * 3_600_000);
    await troupe.restart();
    await anna.send(room, 'again');
    // Killed before it heard that the first one was taken, the server sends that once more.
    const again = await until(() => service.pushes.find((one) => browser.read(one.body).content.body === 'again'), 'the push after a restart');
    vapidOf(again.headers.authorization, vapid);
    assert.ok(service.pushes.length <= 3, `${service.pushes.length} pushes`);
    await remove(browser.pushkey);
  });

  test('kill -9 between messages and pushes loses none', async () => {
    service.pushes.length = 0;
    await set(`${service.url}/up/ben2`);
    service.status = 503;
    const tries = service.tries;
    for (const text of ['one', 'two', 'three']) await anna.send(room, text);
    await until(() => service.tries > tries, 'a try');
    await troupe.kill();
    service.status = 201;
    await troupe.launch();
    const bodies = () => service.pushes.map((push) => JSON.parse(push.body).notification.content.body);
    await until(() => bodies().includes('three'), 'the pushes');
    // A try that was under way at the kill may have been taken: it is repeated.
    assert.deepEqual(bodies().filter((body, i, all) => all.indexOf(body) === i), ['one', 'two', 'three']);
    assert.ok(bodies().length <= 4, bodies().join(' '));
    await remove(`${service.url}/up/ben2`);
  });

  test('other servers: what it takes from them, and where it sends nothing', async () => {
    service.pushes.length = 0;
    const devices = (...keys) => keys.map((pushkey) => ({ app_id: 'other', pushkey }));
    // The push service stands in a private network, which the settings open to members alone.
    const wrong = [`${service.url}/up/other`, 'key', 'http://169.254.169.254/x', 'https://[::1]/x', 'https://10.0.0.1/x', `${service.url}${notify}`, 'file:///etc/passwd'];
    const refused = await post({ event_id: '$e', devices: devices(...wrong) });
    assert.deepEqual(await refused.json(), { rejected: wrong });
    assert.equal(service.pushes.length, 0);
    assert.equal((await post({ event_id: '$e', devices: [] })).status, 400);
    assert.equal((await post({ event_id: '$e', content: { body: 'x'.repeat(70_000) }, devices: devices('key') })).status, 413);
  });
});

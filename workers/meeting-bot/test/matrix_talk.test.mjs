// What the page of a Matrix call makes of the room, without a browser: nobody is heard before it is known who declines.
import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import { test } from 'node:test';
import { FrameKeys, onlySealed } from '../src/matrix_call/page/frame_keys.ts';
import { Talk } from '../src/matrix_call/page/talk.ts';
import { Reports } from '../src/matrix_call/reports.ts';

const until = async (check) => { for (const end = Date.now() + 20_000; !check(); await new Promise((r) => setTimeout(r, 5))) assert.ok(Date.now() < end, 'too late'); };
const settled = () => new Promise((r) => setImmediate(r));

/** An event as the library has it; `sealed`: nobody can read it before `open()`. */
class Said extends EventEmitter {
  constructor(id, sender, body, { sealed = false, type = 'm.room.message', content = { body }, redacts } = {}) {
    super();
    Object.assign(this, { id, sender, type, content, sealed, wasSealed: sealed, failed: false, event: { event_id: id, redacts } });
  }
  open() { this.sealed = false; this.failed = false; this.emit('Event.decrypted', this); }
  isEncrypted() { return this.wasSealed; }
  isDecryptionFailure() { return this.failed; }
  getClearContent() { return this.sealed ? null : this.content; }
  getContent() { return this.sealed ? {} : this.content; }
  getId() { return this.id; }
  getSender() { return this.sender; }
  getType() { return this.sealed ? 'm.room.encrypted' : this.type; }
  isState() { return false; }
  getRelation() { return this.content['m.relates_to'] ?? null; }
}
const mark = (id, sender, to) => new Said(id, sender, '', { type: 'm.reaction', content: { 'm.relates_to': { rel_type: 'm.annotation', event_id: to, key: '\u274c' } } });
const raw = (said) => ({ event_id: said.id, said });

function scene(early, { declined = [], ...ways } = {}) {
  const timeline = [...early], changes = [], overs = [];
  const room = Object.assign(new EventEmitter(), { roomId: '!x:h', token: 'back', getLiveTimeline: () => ({ getEvents: () => timeline, getPaginationToken: () => room.token }),
    findEventById: (id) => timeline.find((one) => one.id === id) });
  const client = Object.assign(new EventEmitter(), { getEventMapper: () => (one) => one.said, decryptEventIfNeeded: async () => {},
    fetchRelations: async () => ({ chunk: [] }), fetchRoomEvent: async () => ({ sender: '@else:h' }), createMessagesRequest: async () => ({ chunk: [] }), ...ways });
  const talk = new Talk({ client, room }, { roomId: '!x:h', userId: '@bot:h', declined }, '/stop', (why) => overs.push(why), (change) => changes.push(change), () => {});
  const say = (said) => { timeline.push(said); room.emit('Room.timeline', said, room, false, false, { liveEvent: true }); return said; };
  const gap = (...rest) => { timeline.splice(0, timeline.length, ...rest); room.emit('Room.timelineReset'); };
  return { talk, room, client, say, gap, changes, overs, heard: (who) => talk.mayBeHeard(who) };
}

test('a late word to accept undoes no later decline, however that was told', async () => {
  for (const [name, early, declined, decline] of [
    ['a word', [], [], ({ say }) => say(new Said('$d', '@b:h', '!meet decline'))],
    ['said again', [new Said('$0', '@b:h', '!meet decline')], [], ({ say }) => say(new Said('$d', '@b:h', '!meet decline'))],
    ['a mark', [new Said('$n', '@bot:h', 'notice')], [], ({ say }) => say(mark('$d', '@b:h', '$n'))],
    ['elsewhere', [], [], ({ talk }) => talk.also(['@b:h'])],
    ['elsewhere, known', [], ['@b:h'], ({ talk }) => talk.also(['@b:h'])]]) {
    const on = scene(early, { declined });
    await on.talk.catchUp();
    const late = on.say(new Said('$a', '@b:h', '!meet accept', { sealed: true }));
    decline(on);
    await settled();
    late.open();
    await settled();
    assert.ok(!on.heard('@b:h'), name);
    on.say(new Said('$later', '@b:h', '!meet accept'));
    await settled();
    assert.ok(on.heard('@b:h'), `${name}: a later word does`);
  }
});

test('thousands who decline are all remembered', async () => {
  const on = scene([]);
  await on.talk.catchUp();
  const late = on.say(new Said('$a', '@last:h', '!meet accept', { sealed: true }));
  on.talk.also([...Array.from({ length: 10_000 }, (_, n) => `@p${n}:h`), '@last:h']);
  late.open();
  await settled();
  assert.ok(!on.heard('@last:h'));
});

test('what was said before undoes nothing that whoever started the bot knows', async () => {
  const on = scene([new Said('$a', '@b:h', '!meet accept'), new Said('$c', '@c:h', '!meet decline'), new Said('$e', '@c:h', '!meet accept')], { declined: ['@b:h'] });
  assert.ok(!on.heard('@d:h'), 'nobody before it was read');
  await on.talk.catchUp();
  assert.deepEqual(['@b:h', '@c:h', '@d:h'].map(on.heard), [false, true, true]);
});

test('the begin and a gap wait for what is still being decrypted', async () => {
  let open = () => {};
  const decryptEventIfNeeded = (said) => new Promise((done) => { open = () => { said.open(); done(); }; });
  const on = scene([new Said('$c', '@c:h', '!meet decline', { sealed: true })], { decryptEventIfNeeded });
  const caught = on.talk.catchUp();
  await settled();
  assert.ok(!on.heard('@d:h'));
  open();
  await caught;
  assert.deepEqual([on.heard('@c:h'), on.heard('@d:h')], [false, true]);
  const missed = new Said('$m', '@d:h', '!meet decline', { sealed: true });
  on.client.createMessagesRequest = async () => ({ chunk: [raw(missed), { event_id: '$c' }] });
  open = () => {};
  on.gap();
  await settled();
  await settled();
  assert.ok(!on.heard('@e:h'), 'a gap');
  open();
  await until(() => on.heard('@e:h'));
  assert.ok(!on.heard('@d:h'));
});

test('a gap whose end the server does not have ends the bot, and nobody is heard any more', async () => {
  for (const [name, ways, token] of [['pages run out', {}, 'back'], ['no page at all', {}, null], ['no answer', { createMessagesRequest: async () => { throw new Error('502'); } }, 'back']]) {
    const on = scene([new Said('$c', '@c:h', 'hello')], ways);
    await on.talk.catchUp();
    assert.ok(on.heard('@c:h'));
    on.room.token = token;
    on.gap();
    await until(() => on.overs.length === 1);
    assert.deepEqual([on.overs, on.heard('@c:h')], [['page_lost'], false], name);
  }
});

test('what is left out before the begin was read counts; a page that fails once is asked again', async () => {
  let asked = 0;
  const on = scene([new Said('$c', '@c:h', 'hello'), new Said('~!x:h:local', '@bot:h', 'under way')], { createMessagesRequest: async () => {
    if (++asked === 1) throw new Error('502');
    return { chunk: [raw(new Said('$m', '@b:h', '!meet decline')), { event_id: '$c' }] };
  } });
  on.gap(new Said('$n', '@d:h', 'later'));
  await on.talk.catchUp();
  await until(() => on.heard('@d:h'));
  assert.deepEqual([on.heard('@b:h'), asked, on.overs], [false, 2, []]);
});

test('marks that were put before the begin count, and what cannot be looked up is no leave to hear', async () => {
  let fails = 2;
  const on = scene([new Said('$n', '@bot:h', 'notice')], {
    fetchRelations: async () => { if (fails-- > 0) throw new Error('502'); return { chunk: [raw(mark('$old', '@b:h', '$n'))] }; },
    fetchRoomEvent: async (_, id) => { if (id === '$lost') throw new Error('502'); return { sender: id === '$ours' ? '@bot:h' : '@else:h' }; } });
  await on.talk.catchUp();
  assert.ok(!on.heard('@b:h'));
  on.say(mark('$1', '@c:h', '$lost'));
  assert.ok(!on.heard('@c:h'), 'while it is looked up');
  on.say(mark('$2', '@d:h', '$theirs'));
  assert.ok(!on.heard('@d:h'), 'while it is looked up');
  await until(() => on.heard('@d:h'));
  await until(() => on.changes.some((one) => one.id === '@c:h'));
  assert.ok(!on.heard('@c:h'));
  const broken = scene([new Said('$n', '@bot:h', 'notice')], { fetchRelations: async () => { throw new Error('502'); } });
  await broken.talk.catchUp();
  assert.deepEqual([broken.overs, broken.heard('@d:h')], [['page_lost'], false]);
});

test('the word to go, and being put out of the room', async () => {
  const on = scene([new Said('$s', '@b:h', '/stop')]);
  await on.talk.catchUp();
  assert.deepEqual(on.overs, [], 'of an earlier meeting');
  on.say(new Said('$t', '@b:h', ' /STOP '));
  on.client.emit('RoomMember.membership', null, { roomId: '!x:h', userId: '@bot:h', membership: 'leave' });
  assert.deepEqual(on.overs, ['asked_in_chat', 'removed']);
});

test('keys: one that is forgotten is overwritten, also while it is being set, and one that is set anew stays', async () => {
  const keys = new FrameKeys(), set = [];
  keys.onSetEncryptionKey = (material, identity, number) => set.push([material, identity, number]);
  const key = new Uint8Array(16).fill(7);
  for (const number of [-1, 256, 1.5]) await keys.set('a', key, number, () => true);
  await keys.set('a', key, 1, () => false);
  assert.equal(set.length, 0);
  await keys.set('a', key, 1, () => true);
  await keys.forget('a');
  assert.deepEqual(set.map(([, ...rest]) => rest), [['a', 1], ['a', 1]]);
  assert.notEqual(set[0][0], set[1][0]);
  const late = keys.set('a', key, 2, () => true);
  await Promise.all([keys.forget('a'), late]);
  assert.equal(set.length, 2, 'set before it was forgotten');
  await keys.set('a', key, 3, () => true);
  const forgetting = keys.forget('a');
  await Promise.all([keys.set('a', key, 3, () => true), forgetting]);
  const last = set.length;
  await settled();
  assert.equal(set.length, last);
  await keys.forget('a');
  assert.equal(set.length, last + 1, 'it can still be forgotten');
});

test('a frame key counts only sealed, from the device that it is said to be of', () => {
  const client = new EventEmitter(), heard = [];
  const sealed = onlySealed(client), listener = (event) => heard.push(event.getSender());
  sealed.on('toDeviceEvent', listener);
  const give = (encryptionInfo, claimed = 'D') => client.emit('receivedToDeviceMessage', { encryptionInfo,
    message: { type: 'io.element.call.encryption_keys', sender: '@b:h', content: { member: { claimed_device_id: claimed } } } });
  give(null);
  give({ sender: '@eve:h', senderDevice: 'D' });
  give({ sender: '@b:h', senderDevice: 'D' }, 'OTHER');
  assert.deepEqual(heard, []);
  give({ sender: '@b:h', senderDevice: 'D' });
  sealed.off('toDeviceEvent', listener);
  give({ sender: '@b:h', senderDevice: 'D' });
  assert.deepEqual(heard, ['@b:h']);
});

test('who decides while the bot leaves is told of, whatever became of the one before', async (t) => {
  const asked = [];
  t.mock.method(globalThis, 'fetch', async (_, { body }) => { asked.push(JSON.parse(body).user_id); return new Response('', { status: 503 }); });
  const stop = new AbortController();
  stop.abort();
  const reports = new Reports({ callbackUrl: 'http://127.0.0.1:1/exited', token: 't', connectionId: 'C' }, stop.signal);
  for (const id of ['@a:h', '@b:h', '@c:h']) reports.consent({ id, declined: true });
  await reports.done();
  assert.deepEqual([...new Set(asked)].sort(), ['@a:h', '@b:h', '@c:h']);
});

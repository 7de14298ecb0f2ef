// The whole way of what is said in an encrypted call of several people: this server lets them and the bot into a real LiveKit server
// itself, the bot is there as a member of the room with a device of its own, the transcriber on this machine hears each person by
// themselves, and the words stand in the thread of a room under their names.
import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { wordErrors } from '../../workers/transcriber/test/lib/speech.mjs';
import { botArguments } from './lib/call_bot.mjs';
import { noPeers, Peer, spoken } from './lib/call_peers.mjs';
import { Livekit, noLivekit } from './lib/livekit.mjs';
import { transcriberFolder } from './lib/transcribe.mjs';
import { Troupe, until } from './lib/troupe.mjs';

const said = {
  anna: ['Good morning everybody, thank you for joining the meeting today.', 'The first topic is the budget for the next year.'],
  bob: ['I think we should wait for the answer of the customer.', 'Let us move the next meeting to Thursday afternoon.'],
};
const mostWrong = 0.25;
const missing = ['/usr/bin/espeak-ng', '/usr/bin/sox', join(transcriberFolder, 'node_modules')].find((path) => !existsSync(path));
const skip = noLivekit || noPeers || (missing && `${missing} is missing (scripts/setup --test)`);
let folder, livekit, troupe, anna, bob, peers;

before(async () => {
  if (skip) return;
  folder = mkdtempSync(join(tmpdir(), 'matrix-whole-'));
  livekit = await Livekit.start();
  troupe = await Troupe.start({ env: { ...livekit.env,
    TROUPE_MEETINGS_ATTEMPTS: '1', TROUPE_MEETINGS_STOP_GRACE_S: '20', TROUPE_MEETINGS_BOT_COMMAND: [process.execPath, ...botArguments].join(',') } });
  for (const words of [['bot', 'add', 'meet', '--brain', 'meetings', '--display-name', 'Scribe'], ['bot', 'start', 'meet']]) {
    const done = await troupe.cli(words);
    assert.equal(done.code, 0, done.stderr);
  }
  [anna, bob] = await Promise.all([troupe.user('anna'), troupe.user('bob')]);
});
after(async () => {
  for (const peer of Object.values(peers ?? {})) await peer.stop();
  for (const one of [troupe, livekit]) await one?.stop();
  if (folder) rmSync(folder, { recursive: true, force: true });
});

/** A call of Troupe's API as Anna. */
async function asAnna() {
  const headers = { 'content-type': 'application/json', origin: troupe.platform };
  const session = await fetch(`${troupe.platform}/api/v1/session`, { method: 'POST', headers, body: JSON.stringify({ user: anna.id, password: anna.password }) });
  const cookie = session.headers.getSetCookie()[0].split(';')[0];
  return async (method, path, body) => {
    const answer = await fetch(troupe.platform + path, { method, headers: { ...headers, cookie }, body: body && JSON.stringify(body) });
    const text = await answer.text();
    assert.ok(answer.status < 300, `${method} ${path}: ${answer.status} ${text}`);
    return text ? JSON.parse(text) : null;
  };
}

test('what people say in an encrypted call stands under their names', { skip }, async () => {
  const ask = await asAnna();
  const call = await anna.createRoom({ preset: 'private_chat', invite: [bob.id], power_level_content_override: { events: { 'org.matrix.msc3401.call.member': 0 } },
    initial_state: [{ type: 'm.room.encryption', state_key: '', content: { algorithm: 'm.megolm.v1.aes-sha2' } }] });
  await bob.join(call);
  const notes = await anna.createRoom({ name: 'Notes' });
  const service = `${troupe.matrix}/_matrix/livekit/jwt`;
  peers = Object.fromEntries(await Promise.all(Object.entries({ anna, bob }).map(async ([name, user]) =>
    [name, await Peer.start(user, { room: call, service, wav: spoken(folder, name, 'en-us', said[name], { lead: 2 }) })])));
  await Promise.all(Object.values(peers).map((peer) => peer.do('joinCall')));
  const { id } = await ask('POST', '/api/v1/meetings', { link: `https://matrix.to/#/${call}`, room: notes, language: 'en' });
  const history = () => ask('GET', `/api/v1/meetings/${id}/history`);
  const becomes = (wanted) => until(async () => {
    const { state } = await ask('GET', `/api/v1/meetings/${id}`);
    if (state !== wanted && ['completed', 'failed', 'error'].includes(state)) throw Object.assign(new Error(JSON.stringify(await history())), { fatal: true });
    return state === wanted;
  }, `the meeting to be ${wanted}`, 120_000);
  await becomes('active');
  for (const peer of Object.values(peers)) await until(() => peer.do('participants').then((all) => all.some((one) => one.startsWith('@bot_meet:localhost:'))), 'the bot to be seen');
  await Promise.all(Object.values(peers).map((peer) => peer.do('speak')));
  const segments = async () => (await ask('GET', `/api/v1/meetings/${id}/transcript`)).items;
  const wordsOf = (all, name) => all.filter((one) => one.speaker === name).map((one) => one.text).join(' ');
  const enough = (all) => Object.entries(said).every(([name, sentences]) => {
    const { errors, count } = wordErrors(sentences.join(' '), wordsOf(all, name));
    return errors / count <= mostWrong;
  });
  await until(async () => {
    const all = await segments();
    if (!enough(all)) throw new Error(JSON.stringify(all.map(({ speaker, text }) => [speaker, text])));
    return true;
  }, 'the words of both', 90_000);
  await ask('POST', `/api/v1/meetings/${id}/stop`);
  await becomes('completed');
  const all = await segments();
  for (const [name, sentences] of Object.entries(said)) {
    const { errors, count } = wordErrors(sentences.join(' '), wordsOf(all, name));
    console.log(`${name}: ${errors} of ${count} words wrong: ${wordsOf(all, name)}`);
    assert.ok(errors / count <= mostWrong);
  }
  assert.deepEqual([...new Set(all.map((one) => one.speaker))].sort(), ['anna', 'bob'], 'nobody is guessed');
  await until(async () => {
    const told = (await anna.history(notes)).map((event) => event.content.body ?? '').join('\n');
    return /anna/.test(told) && /bob/.test(told);
  }, 'the thread to have them');
});

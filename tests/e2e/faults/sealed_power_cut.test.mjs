// Power cuts while a person and a bot talk encrypted (see power_cut.test.mjs for how): on what each cut left, what was
// acknowledged is there, each question has one answer, no key of a ratchet says two things, and no one-time key that
// was handed out before the cut is handed out again. TROUPE_SEED replays the choices, TROUPE_SEALED_CUTS: how many.
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { Chance, seed } from '../lib/chaos.mjs';
import { choose } from '../lib/disk.mjs';
import { sdkClient, stopClients } from '../lib/js_sdk.mjs';
import { afterCuts, ends, recordedServer } from '../lib/power_cuts.mjs';
import { MatrixUser, until } from '../lib/troupe.mjs';

const cuts = Number(process.env.TROUPE_SEALED_CUTS ?? 8);
const env = { TROUPE_PRESENCE: 'off' };
const bot = '@bot_parrot:localhost';
const kLong = 120_000;
const folder = await mkdtemp(join(tmpdir(), 'troupe-sealed-power-'));
after(async () => {
  await rm(folder, { recursive: true, force: true });
  await stopClients();
});

const sealed = (events, sender) => events.filter((e) => e.sender === sender && e.type === 'm.room.encrypted');
/** The place of a Megolm message: its session, and the index in it. */
function placeOf({ content }) {
  const bytes = Buffer.from(content.ciphertext, 'base64'); // version 3, then field 1: the index
  let index = 0;
  for (let at = 2, shift = 0; ; at++, shift += 7) {
    index += (bytes[at] & 0x7f) * 2 ** shift;
    if (bytes[at] < 0x80) return `${content.session_id} ${index}`;
  }
}
/** Claims keys of the bot's device; yields those that are no fallback. */
async function claim(user, times) {
  const asked = await user.request('POST', '/_matrix/client/v3/keys/query', { device_keys: { [bot]: [] } });
  const [device] = Object.keys(asked.device_keys[bot] ?? {});
  const keys = [];
  for (let i = 0; device && i < times; ++i) {
    const { one_time_keys: got } = await user.request('POST', '/_matrix/client/v3/keys/claim', { one_time_keys: { [bot]: { [device]: 'signed_curve25519' } } });
    for (const key of Object.values(got?.[bot]?.[device] ?? {})) if (!key.fallback) keys.push(key.key);
  }
  return keys;
}

test(`${cuts} power cuts while a bot talks encrypted (seed ${seed})`, async (t) => {
  const chance = new Chance(seed);
  const { disk, troupe } = await recordedServer({ folder, name: 'recorded', env });
  const annaUser = await troupe.user('anna');
  const anna = await sdkClient(troupe, annaUser);
  assert.equal((await troupe.api('POST', '/api/v1/bots', { bot_id: 'parrot', brain: { kind: 'echo' } })).status, 201);
  assert.equal((await troupe.api('POST', '/api/v1/bots/parrot/start')).status, 200);
  const { room_id: room } = await anna.createRoom({ preset: 'trusted_private_chat', is_direct: true, invite: [bot],
    initial_state: [{ type: 'm.room.encryption', state_key: '', content: { algorithm: 'm.megolm.v1.aes-sha2', rotation_period_msgs: 3 } }] });
  await until(() => anna.getRoom(room)?.getMember(bot)?.membership === 'join', 'the bot', kLong);
  const begun = disk.position();
  const known = []; // what somebody was told, with the position of the journal by then
  const claimed = [];
  const answers = () => (anna.getRoom(room)?.getLiveTimeline().getEvents() ?? []).filter((e) => e.getSender() === bot && !e.isState());
  for (let n = 0; n < 12; ++n) {
    const { event_id: question } = await anna.sendTextMessage(room, `question ${n}`);
    known.push({ event: question, at: disk.position() });
    const answer = await until(() => answers().find((e) => e.getContent().body === `question ${n}`), `the answer to question ${n}`, kLong);
    known.push({ event: answer.getId(), at: disk.position() });
    for (const key of await claim(annaUser, 4)) claimed.push({ key, at: disk.position() });
    // A device that comes in is given the keys; one that goes ends the session.
    if (n === 4) await MatrixUser.login(troupe.matrix, 'anna', annaUser.password).then((other) => other.request('POST', '/_matrix/client/v3/logout', {}));
  }
  anna.stopClient();
  await troupe.kill();
  const ended = Date.now();

  /** What the server after a cut has, and how it goes on. */
  const check = async (server, at) => {
    const lost = [], doubled = [];
    const user = await MatrixUser.login(server.matrix, 'anna', annaUser.password);
    const settled = () => until(async () => (await server.api('GET', '/api/v1/bots/parrot')).body.queue === 0, 'all turns', kLong);
    const before = await user.history(room);
    for (const one of known) if (one.at <= at && !before.some((e) => e.event_id === one.event)) lost.push(`event ${one.event}`);
    const old = new Set(claimed.filter((one) => one.at <= at).map((one) => one.key));
    for (const key of await claim(user, 60)) {
      if (old.has(key)) doubled.push(`the one-time key ${key}`);
      old.add(key);
    }
    const client = await sdkClient(server, user);
    try {
      await until(() => client.getRoom(room)?.getMember(bot)?.membership === 'join', 'the room', kLong);
      for (const text of ['after the cut', 'and again']) {
        await client.sendTextMessage(room, text);
        await until(() => client.getRoom(room).getLiveTimeline().getEvents().some((e) => e.getSender() === bot && e.getContent().body === text), `the answer to '${text}'`, kLong);
      }
    } catch (error) {
      lost.push(`an answer: ${error.message.slice(0, 500)}`);
    } finally {
      client.stopClient();
    }
    await settled();
    // A question that waits for its key is no turn yet.
    const ofBoth = async () => {
      const all = await user.history(room);
      return [sealed(all, user.id), sealed(all, bot)];
    };
    await until(async () => {
      const [asked, said] = await ofBoth();
      return said.length >= asked.length;
    }, 'an answer to each question', kLong).catch(() => {});
    const [asked, said] = await ofBoth();
    if (said.length < asked.length) lost.push(`${asked.length} questions, ${said.length} answers`);
    if (said.length > asked.length) doubled.push(`${asked.length} questions, ${said.length} answers`);
    const places = new Map();
    for (const event of said) {
      const place = placeOf(event);
      if (places.has(place)) doubled.push(`the place ${place}`);
      places.set(place, event.event_id);
    }
    const sessions = new Set(said.filter((e) => e.origin_server_ts <= ended).map((e) => e.content.session_id));
    for (const event of said) {
      if (event.origin_server_ts > ended && sessions.has(event.content.session_id)) doubled.push(`the session ${event.content.session_id}`);
    }
    return { lost, doubled };
  };
  const positions = choose(chance, ends(disk).filter((at) => at > begun), cuts);
  const wrong = await afterCuts({ disk, folder, env, name: 'cut', positions, chance, check });
  const line = `${cuts} power cuts: ${wrong.lost.length} lost, ${wrong.doubled.length} doubled, ${wrong.refused.length} starts refused`;
  t.diagnostic(line);
  assert.equal(wrong.lost.length + wrong.doubled.length + wrong.refused.length, 0, `${line}\n${[...wrong.refused, ...wrong.lost, ...wrong.doubled].slice(0, 12).join('\n')}`);
});

// What every platform's bot does, tried in that platform's replica: it comes in, is refused, hears, is told, is removed, is left
// alone, and ends, each time saying why.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { createClient } from '../../../workers/meeting-bot/node_modules/@redis/client/dist/index.js';
import { CallHouse } from './call_bot.mjs';
import { Redis } from './services.mjs';
import { writeTone } from './tone.mjs';
import { until } from './troupe.mjs';
import { loudest } from './whisper_stand_in.mjs';

/**
 * Tests of one platform. `id(n)`: the name of its n-th call. `chat`: the call has one. `link(id)`: when it is not the usual one.
 * `common`: also what no platform's page has a part in, which is the same on all of them.
 * Yields a function that returns the house, once it stands.
 */
export function platformTests(platform, { id, chat = true, common = false, link, config: more = {} }) {
  let house, redis, folder, calls = 0;
  before(async () => {
    [house, redis] = await Promise.all([CallHouse.start(), Redis.start()]);
    folder = mkdtempSync(join(tmpdir(), 'tone-'));
    writeTone(join(folder, 'tone.wav'));
  });
  after(async () => {
    await house?.stop();
    await redis?.stop();
    rmSync(folder, { recursive: true, force: true });
  });
  /** A bot on its way into a new call, and that call. */
  const send = ({ config = {}, env } = {}) => {
    const call = id(++calls);
    const bot = house.send(platform, call, { config: { ...more, ...config }, env, ...(link && { link: link(call) }) });
    return { bot, room: house.room(platform, call) };
  };
  /** A bot that is in the call, where Ann is, who says nothing. */
  const inside = async (options) => {
    const { bot, room } = send(options);
    room.puppet('Ann');
    await house.becomes(bot, 'awaiting_admission');
    room.admit('Scribe');
    await house.becomes(bot, 'active');
    return { bot, room };
  };
  const said = ({ status, reason, completion_reason, exit_code }) => [status, reason, completion_reason, exit_code];

  test(`${platform}: it waits to be let in, hears who speaks, follows a change of language, and leaves when it is told`, async () => {
    const { bot, room } = send({ config: { redisUrl: redis.url } });
    const commands = await createClient({ url: redis.url }).on('error', () => {}).connect();
    const listener = await commands.duplicate().connect();
    const reports = [];
    await listener.subscribe(`bot_reports:${bot.config.connectionId}`, (body) => reports.push(JSON.parse(body)));
    try {
      await house.becomes(bot, 'awaiting_admission');
      assert.equal(house.whisper.sessions.length, 0, 'nothing is heard before it is let in');
      const ann = await house.person('Ann', `${platform}/${bot.config.nativeMeetingId}`, join(folder, 'tone.wav'), { once: false });
      room.admit('Scribe');
      await house.becomes(bot, 'active');
      const first = await house.until(bot, () => house.whisper.last?.frames > 0 && house.whisper.last, 'sound');
      assert.deepEqual([first.hello.language, first.hello.task, first.hello.platform, first.hello.token, first.hello.meeting_id],
        ['en', 'transcribe', platform, bot.config.token, bot.config.nativeMeetingId]);
      await house.until(bot, () => loudest(first) > 0.05, 'the tone');
      const turns = (kind) => first.texts.filter((one) => one.type === 'speaker_activity' && one.payload.event_type === kind).map((one) => one.payload);
      await house.until(bot, () => turns('SPEAKER_START').length > 0 && turns('SPEAKER_END').length > 0, 'a turn');
      assert.deepEqual([...new Set(turns('SPEAKER_START').map((one) => one.participant_name))], ['Ann']);
      assert.equal(turns('SPEAKER_START')[0].uid, first.hello.uid);
      assert.ok(first.texts.filter((one) => one.type === 'audio_chunk_metadata').length >= first.frames);
      if (chat) await house.until(bot, () => room.lines.some((one) => one.from === 'Scribe' && /writes down/.test(one.text)), 'the notice');

      assert.equal(await commands.publish(`bot_commands:${bot.config.connectionId}`, JSON.stringify({ action: 'reconfigure', uid: bot.config.connectionId, language: 'de', task: 'translate' })), 1);
      const second = await house.until(bot, () => house.whisper.last !== first && house.whisper.last.frames > 0 && house.whisper.last, 'a new session');
      assert.deepEqual([second.hello.language, second.hello.task], ['de', 'translate']);
      assert.notEqual(second.hello.uid, first.hello.uid);
      await until(() => first.closed, 'the old session to close');
      await house.until(bot, () => reports.length > 0, 'the report');
      assert.deepEqual(reports[0], { action: 'reconfigure', status: 'applied', language: 'de', task: 'translate' });

      await commands.publish(`bot_commands:${bot.config.connectionId}`, '{"action":"leave"}');
      const last = await house.ends(bot);
      assert.deepEqual(said(last), ['completed', 'self_initiated_leave', 'stopped', 0]);
      assert.equal(bot.code, 0);
      assert.ok(second.ended, 'the server was told that no more comes');
      await until(() => !room.of('Scribe'), 'it to be out of the call');
      assert.deepEqual(house.sayings(bot).map((one) => one.status), ['joining', 'awaiting_admission', 'active', 'completed']);
      assert.ok(house.sayings(bot).every((one) => one.url === '/bots/internal/callback/a-secret/status_change' && one.container_id === 'vexa-bot-42' && one.timestamp.endsWith('Z')));
      await ann.gone();
    } finally {
      commands.destroy();
      listener.destroy();
    }
  });

  test(`${platform}: who is refused says so`, async () => {
    const { bot, room } = send();
    await house.becomes(bot, 'awaiting_admission');
    room.deny('Scribe');
    assert.deepEqual(said(await house.ends(bot)), ['completed', 'admission_rejected_by_admin', 'awaiting_admission_rejected', 0]);
  });

  if (common) test(`${platform}: nobody answers`, async () => {
    const { bot, room } = send({ config: { automaticLeave: { waitingRoomTimeout: 1500, noOneJoinedTimeout: 60_000, everyoneLeftTimeout: 60_000 } } });
    assert.deepEqual(said(await house.ends(bot)), ['completed', 'admission_timeout', 'awaiting_admission_timeout', 0]);
    assert.ok(!house.sayings(bot).some((one) => one.status === 'active'));
    await until(() => !room.of('Scribe'), 'it to be gone from the lobby');
  });

  test(`${platform}: it is removed`, async () => {
    const { bot, room } = await inside();
    room.kick('Scribe');
    assert.deepEqual(said(await house.ends(bot)), ['completed', 'removed_by_admin', 'evicted', 0]);
  });

  test(`${platform}: the call ends for all`, async () => {
    const { bot, room } = await inside();
    room.end();
    assert.deepEqual(said(await house.ends(bot)), ['completed', 'meeting_ended', 'left_alone', 0]);
  });

  test(`${platform}: everybody else leaves`, async () => {
    const { bot, room } = await inside({ config: { automaticLeave: { waitingRoomTimeout: 60_000, noOneJoinedTimeout: 60_000, everyoneLeftTimeout: 1500 } } });
    if (chat) await house.until(bot, () => room.lines.length > 0, 'the notice');
    else await house.until(bot, () => house.whisper.last?.frames > 4, 'sound');
    room.move('Ann', 'gone');
    assert.deepEqual(said(await house.ends(bot)), ['completed', 'left_alone_timeout', 'left_alone', 0]);
  });

  if (common) test(`${platform}: SIGTERM in the lobby`, async () => {
    const { bot } = send();
    await house.becomes(bot, 'awaiting_admission');
    bot.process.kill('SIGTERM');
    assert.deepEqual(said(await house.ends(bot)), ['completed', 'stop_requested_pre_admission', 'stopped', 0]);
    assert.equal(bot.code, 0);
  });

  return { house: () => house, send, inside, said };
}

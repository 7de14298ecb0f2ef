// What somebody says to a bot, recorded as clients record it, reaches the bot as words: the whole way on this machine.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { sentences, spokenOpus, wordErrors } from '../../workers/transcriber/test/lib/speech.mjs';
import { Troupe, until } from './lib/troupe.mjs';

let troupe, anna;
before(async () => {
  troupe = await Troupe.start();
  anna = await troupe.user('anna');
});
after(() => troupe?.stop());

async function roomWithBot(bot_id, config) {
  const made = await troupe.api('POST', '/api/v1/bots', { bot_id, brain: { kind: 'echo', config } });
  assert.equal(made.status, 201, JSON.stringify(made.body));
  assert.equal((await troupe.api('POST', `/api/v1/bots/${bot_id}/start`)).status, 200);
  const bot = made.body.bot.user_id;
  const room = await anna.createRoom({ preset: 'private_chat', invite: [bot] });
  await until(async () => (await anna.request('GET', `/_matrix/client/v3/rooms/${encodeURIComponent(room)}/joined_members`)).joined[bot], 'the bot to join');
  return { room, bot };
}

async function record(room, bytes, mimetype = 'audio/ogg') {
  const uploaded = await anna.raw('POST', '/_matrix/media/v3/upload', bytes, { 'content-type': mimetype });
  const url = uploaded.body.content_uri;
  await anna.request('PUT', `/_matrix/client/v3/rooms/${encodeURIComponent(room)}/send/m.room.message/${crypto.randomUUID()}`, {
    msgtype: 'm.audio', body: 'Voice message.ogg', url, info: { mimetype, size: bytes.length, duration: 3000 },
    'org.matrix.msc1767.audio': { duration: 3000 }, 'org.matrix.msc3245.voice': {},
  });
}

const answers = async (room, bot) => (await anna.history(room)).filter((event) => event.sender === bot && event.type === 'm.room.message').map((event) => event.content.body);
const answerNumber = (room, bot, count) => until(async () => (await answers(room, bot)).length >= count && (await answers(room, bot)).at(-1), `answer ${count}`);

test('a bot that takes no sound is told the words of a voice message', async () => {
  const { room, bot } = await roomWithBot('listener');
  await record(room, spokenOpus(sentences[1]));
  const said = await answerNumber(room, bot, 1);
  const { errors, count } = wordErrors(sentences[1], said);
  assert.ok(errors <= 0.15 * count, `"${said}"`);
  await record(room, Buffer.from('this is no sound'));
  assert.match(await answerNumber(room, bot, 2), /^\(A voice message that could not be turned into text: its sound is of no known kind/);
});

test('where the setting is off it is a file', async () => {
  const { room, bot } = await roomWithBot('deaf', { voice_messages: 'off' });
  await record(room, spokenOpus(sentences[1]));
  assert.match(await answerNumber(room, bot, 1), /only read text/);
});

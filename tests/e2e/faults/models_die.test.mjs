// Five hundred questions to bots whose models die at random bytes, are down, keep silent or refuse: each is answered once, by
// the whole text of one model, and what the failures add to an answer stays bounded. A failing run shows its seed.
// Alone: it measures what failures add to an answer.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Chance, seed } from '../lib/chaos.mjs';
import { Follower, messagesOf } from '../lib/follower.mjs';
import { ModelStandIn } from '../lib/model_stand_in.mjs';
import { Troupe, until } from '../lib/troupe.mjs';

const turns = Number(process.env.TROUPE_MODEL_TURNS ?? 500);
const talks = 10;

test(`models that die at any byte (seed ${seed})`, { timeout: 900_000 }, async () => {
  const chance = new Chance(seed);
  const plan = (question, model) => {
    const bytes = model.bytes(question);
    if (chance.likely(0.6)) return {};
    if (chance.likely(0.75)) return { cut: Math.floor(chance.between(0, bytes)) };
    if (chance.likely(0.7)) return { refuse: chance.pick([429, 500, 503]) };
    return { silent: Math.floor(chance.between(0, bytes)) };
  };
  const models = [];
  for (const name of ['one', 'two', 'three', 'four']) models.push(await ModelStandIn.start(name, { plan }));
  const troupe = await Troupe.start();
  const anna = await troupe.user('anna');
  const follower = new Follower(anna);
  const lags = []; // how busy the machine is
  const sent = new Map();
  let looked = Date.now();
  const watch = setInterval(() => {
    lags.push(Date.now() - looked - 20);
    looked = Date.now();
  }, 20);
  try {
    const rooms = [];
    for (let i = 0; i < talks; ++i) {
      const bot_id = `die${i}`;
      const [first, ...others] = models.map((_, n) => models[(n + i) % models.length]);
      const made = await troupe.api('POST', '/api/v1/bots', { bot_id, brain: { kind: 'openai', config: {
        base_url: first.url, model: 'm', history_turns: 0, retries: 5, fallbacks: others.map((m) => ({ name: m.name, base_url: m.url, model: 'm' })) } } });
      assert.equal(made.status, 201, JSON.stringify(made.body));
      assert.equal((await troupe.api('POST', `/api/v1/bots/${bot_id}/start`)).status, 200);
      const user = `@bot_${bot_id}:localhost`;
      const room = await anna.createRoom({ invite: [user], preset: 'trusted_private_chat' });
      await until(async () => (await anna.request('GET', `/_matrix/client/v3/rooms/${encodeURIComponent(room)}/joined_members`)).joined[user], 'the bot to join', 60_000);
      rooms.push({ room, user });
    }
    const wholes = (text) => models.map((model) => model.text(text));
    const answered = ({ room, user }) => messagesOf(follower.events(room)).filter((one) => one.sender === user);
    await Promise.all(rooms.map(async (talk, i) => {
      for (let n = 0; n < turns / talks; ++n) {
        const text = `q${i}-${n}`;
        sent.set(text, Date.now());
        await anna.send(talk.room, text);
        await follower.until(() => wholes(text).includes(answered(talk).at(-1)?.body),
          () => `an answer to ${text}; there is ${JSON.stringify(answered(talk).at(-1)?.body)}`, 180_000);
      }
    }));
    for (const [i, talk] of rooms.entries()) {
      const bodies = answered(talk).map((one) => one.body);
      assert.equal(bodies.length, turns / talks, 'one message each');
      for (const [n, body] of bodies.entries()) assert.ok(wholes(`q${i}-${n}`).includes(body), body);
    }
    // From the first request for a question to the beginning of the one that was answered whole.
    const added = new Map();
    for (const seen of models.flatMap((model) => model.requests)) {
      const one = added.get(seen.question) ?? { from: Infinity, to: 0, asked: 0 };
      added.set(seen.question, { from: Math.min(one.from, seen.at), to: Math.max(one.to, seen.at), asked: one.asked + 1 });
    }
    const times = [...added.values()].map((one) => one.to - one.from).sort((a, b) => a - b);
    assert.equal(times.length, turns);
    const p99 = times[Math.ceil(times.length * 0.99) - 1];
    console.log(`p50 ${times[Math.floor(times.length / 2)]} ms, p99 ${p99} ms, most ${times.at(-1)} ms; ${models.reduce((sum, m) => sum + m.requests.length, 0)} requests`);
    const lag = lags.sort((a, b) => a - b)[Math.floor(lags.length * 0.99)];
    const begins = [...added].map(([question, one]) => one.from - sent.get(question)).sort((a, b) => a - b);
    const begin = begins[Math.floor(begins.length * 0.99)]; // from a question to its first request, the disk included
    // Two silences of 2.5 s in one answer are rarer than one in a hundred; a machine that hardly runs us, or stands still for
    // a moment, proves nothing.
    const quiet = lag < 50 && lags.at(-1) < 400 && begin < 100 && begins.at(-1) < 400;
    assert.ok(p99 <= (quiet ? 3_000 : 60_000), `p99 of what failures add is ${p99} ms (the machine lags ${lag} ms, a question ${begin} ms)`);
  } finally {
    clearInterval(watch);
    await follower.stop();
    await troupe.stop();
    for (const model of models) await model.stop();
  }
});

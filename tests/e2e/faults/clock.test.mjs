// The wall clock steps by hours and days, both ways, under load: nobody is signed out, nothing is lost or doubled, what waits
// for a bot is answered, a reminder comes once.
import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { Acknowledged } from '../lib/acknowledged.mjs';
import { Chance, pause, seed } from '../lib/chaos.mjs';
import { Disk } from '../lib/disk.mjs';
import { Watcher } from '../lib/load.mjs';
import { MatrixUser, Troupe, until } from '../lib/troupe.mjs';
import { Webhook } from '../lib/webhook.mjs';

const hour = 3_600_000;
const day = 24 * hour;
const path = (room) => `/_matrix/client/v3/rooms/${encodeURIComponent(room)}`;

describe(`the wall clock steps (seed ${seed})`, () => {
  let folder, disk, troupe, known, anna, ben, room, slow;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'troupe-clock-'));
    mkdirSync(join(folder, 'disk'));
    disk = new Disk({ root: join(folder, 'disk'), beside: join(folder, 'beside') });
    troupe = await Troupe.start({ data: join(folder, 'disk/data'), cwd: folder, env: { TROUPE_PRESENCE: 'off', ...disk.env } });
    known = new Acknowledged(troupe);
    await known.openModel();
    anna = await known.user('anna');
    ben = await known.user('ben');
    room = await known.createRoom(anna, { preset: 'public_chat' });
    await known.join(ben, room);
    await known.bot(anna, 'clerk');
    slow = await Webhook.start({ thinkMs: 700 });
  });
  after(async () => {
    await slow?.stop();
    await known?.close();
    await troupe?.stop();
    await rm(folder, { recursive: true, force: true });
  });

  async function roomWith(id, brain) {
    const made = await troupe.api('POST', '/api/v1/bots', { bot_id: id, brain });
    assert.equal(made.status, 201, JSON.stringify(made.body));
    assert.ok((await troupe.api('POST', `/api/v1/bots/${id}/start`)).status < 300);
    const bot = made.body.bot.user_id;
    const talk = await anna.createRoom({ preset: 'private_chat', invite: [bot] });
    await until(async () => (await anna.request('GET', `${path(talk)}/joined_members`)).joined[bot], 'the bot to join', 90_000);
    return { bot, talk };
  }
  const said = async (talk, bot) => (await anna.history(talk)).filter((e) => e.sender === bot && e.type === 'm.room.message').map((e) => e.content.body);

  for (const [name, step] of [['two hours ahead', 2 * hour], ['a day ahead', day], ['forty days ahead', 40 * day], ['two hours back', -2 * hour], ['a day back', -day]]) {
    test(`${name}, and back again: everybody goes on`, async () => {
      const watcher = new Watcher(ben, room, troupe);
      await until(() => watcher.since, 'the client to listen', 90_000);
      let running = true;
      const sent = [];
      const loops = [anna, ben].map(async (user) => {
        while (running) sent.push(await known.send(user, room));
      });
      const grows = async () => {
        const then = sent.length;
        await until(() => sent.length > then + 20, 'the load to go on', 90_000);
      };
      try {
        await grows();
        disk.clock(step);
        await grows();
        await MatrixUser.login(troupe.matrix, 'anna', 'password-of-anna');
        await known.upload(anna, 5_000);
        disk.clock(0);
        await grows();
      } finally {
        running = false;
        await Promise.all(loops);
        disk.clock(0);
      }
      const latest = new Set(sent);
      await until(() => watcher.seen.filter((id) => latest.has(id)).length >= sent.length, 'the client to see it all', 90_000);
      await watcher.stop();
      const seen = watcher.seen.filter((id) => latest.has(id));
      assert.equal(seen.length, sent.length, 'each once');
      const order = (await anna.history(room)).map((e) => e.event_id).filter((id) => latest.has(id));
      assert.deepEqual(seen, order, 'in the one order');
    });

    test(`${name}: the questions that wait for a bot are answered, each once`, async () => {
      const { bot, talk } = await roomWith(`slow${step < 0 ? 'm' : 'p'}${Math.abs(step) / hour}`, { kind: 'webhook', config: { url: slow.url } });
      for (let i = 0; i < 4; i++) await anna.send(talk, `question${i}.`);
      await pause(300); // the first is being answered, the others wait
      disk.clock(step);
      try {
        const answers = await until(async () => {
          const all = await said(talk, bot);
          return [0, 1, 2, 3].every((i) => all.some((body) => body.includes(`question${i}.`))) && all;
        }, 'four questions to be answered', 90_000).catch(async (error) => assert.fail(`${error.message}; there are ${JSON.stringify(await said(talk, bot))}`));
        for (let i = 0; i < 4; i++) assert.equal(answers.filter((body) => body.includes(`question${i}.`)).length, 1);
        // And one that is asked now.
        await anna.send(talk, 'question4.');
        await until(async () => (await said(talk, bot)).some((body) => body.includes('question4.')), 'an answer in the new time', 90_000);
      } finally {
        disk.clock(0);
      }
      await anna.send(talk, 'question5.');
      await until(async () => (await said(talk, bot)).some((body) => body.includes('question5.')), 'an answer when the clock is right again', 90_000);
    });

    test(`${name}: a reminder comes once`, async () => {
      const { bot, talk } = await roomWith(`clock${step < 0 ? 'm' : 'p'}${Math.abs(step) / hour}`, { kind: 'command', config: {} });
      await anna.send(talk, '!remind in 4 seconds to stretch');
      await until(async () => (await said(talk, bot)).some((body) => body.startsWith('Reminder')), 'it to be set', 90_000);
      const reminders = async () => (await said(talk, bot)).filter((body) => body.startsWith('⏰'));
      disk.clock(step);
      try {
        // Ahead, it is late at once; back, it waits until the clock is right.
        if (step > 0) await until(async () => (await reminders()).length > 0, 'the reminder', 120_000);
        else await pause(1_000);
      } finally {
        disk.clock(0);
      }
      await until(async () => (await reminders()).length > 0, 'the reminder', 120_000);
      await anna.send(talk, '!remind in 2 seconds to sit');
      await until(async () => (await reminders()).some((body) => body.includes('sit')), 'the next reminder', 120_000);
      assert.equal((await reminders()).filter((body) => body.includes('stretch')).length, 1);
    });

    test(`${name}: what is to be sent later comes in its time, also over kill -9`, async () => {
      const later = (ms, body) => anna.request('PUT', `${path(room)}/send/m.room.message/${body.replaceAll(' ', '')}?org.matrix.msc4140.delay=${ms}`,
        { msgtype: 'm.text', body });
      const heard = async (body) => (await anna.history(room)).filter((e) => e.content.body === body).length;
      const [soon, far, meanwhile] = ['soon', 'far', 'meanwhile'].map((word) => `${word} ${name}`);
      await later(3_000, soon);
      await later(hour, far);
      disk.clock(step);
      try {
        await later(3_000, meanwhile);
        for (const body of [soon, meanwhile]) await until(async () => await heard(body) === 1, body, 60_000);
        assert.equal(await heard(far), 0, 'not hurried');
      } finally {
        disk.clock(0);
      }
      const after = `after ${name}`;
      await later(3_000, after);
      await troupe.restart();
      await until(async () => await heard(after) === 1, after, 60_000);
      for (const [body, times] of [[soon, 1], [meanwhile, 1], [far, 0]]) assert.equal(await heard(body), times, body);
    });
  }

  test('thirty steps at random under load, then kill -9: everything is there, once', async (t) => {
    const chance = new Chance(seed);
    let running = true;
    const people = [anna, ben];
    const loops = people.map(async (user, i) => {
      for (let n = 0; running; n++) {
        const event = await known.send(user, room);
        if (n % 5 === 1) await known.receipt(user, room, event);
        if (n % 9 === 2) await known.toDevice(user, people[1 - i]);
        if (n % 9 === 4) await known.upload(user, 2_000);
        await user.request('GET', `${path(room)}/state`);
        await user.messages(room);
      }
    });
    for (let i = 0; i < 30; i++) {
      disk.clock(Math.round(chance.between(-2, 2) * chance.pick([hour, day, 30 * day])));
      await pause(chance.between(20, 150)); // the random point is the test
    }
    disk.clock(0);
    running = false;
    await Promise.all(loops);
    const state = (await anna.request('GET', `${path(room)}/joined_members`)).joined;
    for (const user of people) assert.ok(state[user.id], 'they are in the room');
    await troupe.restart();
    const { lost, doubled } = await known.check();
    assert.deepEqual([lost.slice(0, 5), doubled.slice(0, 5)], [[], []]);
    t.diagnostic(`${known.list.length} acknowledged`);
  });
});

// Bots that are programs: a plain Node program under the process driver answers each message once, whoever is killed,
// and its token is nowhere but in its file.
import assert from 'node:assert/strict';
import { existsSync, readFileSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { filesBelow, textOf, withProgramBot } from './lib/program_bot.mjs';
import { until } from './lib/troupe.mjs';

test('a program answers, its output is in the log, its token in one file only', async () => {
  await withProgramBot(async ({ troupe, bot, anna, room }) => {
    const event = await anna.send(room, 'hello');
    await bot.hasAnswered([event]);
    const [answers] = await bot.answersTo([event]);
    assert.equal(answers.length, 1);
    assert.equal(answers[0].content.body, 'heard: hello');
    const lines = await until(async () => {
      const { items } = (await troupe.api('GET', '/api/v1/bots/prog/logs?limit=200')).body;
      return items.some((line) => line.text.includes(`answered ${event}`)) && items;
    }, 'the program\'s line in the log');
    assert.ok(lines.some((line) => line.source === 'stdout' && line.text.startsWith(`running as ${bot.id}`)));

    const tokens = filesBelow(join(troupe.data, 'tasks')).filter((path) => path.endsWith('/secrets/token'));
    assert.equal(tokens.length, 1);
    assert.equal(statSync(tokens[0]).mode & 0o777, 0o600);
    const token = readFileSync(tokens[0], 'utf8').trim();
    assert.ok(token.length > 20);
    for (const path of filesBelow(troupe.data)) {
      if (path !== tokens[0]) assert.ok(!textOf(path).includes(token), `the token is in ${path}`);
    }
    for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
      for (const what of ['cmdline', 'environ']) {
        let text = '';
        try { text = readFileSync(`/proc/${pid}/${what}`, 'latin1'); } catch { /* ended, or somebody else's */ }
        assert.ok(!text.includes(token), `the token is in /proc/${pid}/${what}`);
      }
    }
    for (const path of ['/api/v1/bots/prog', '/api/v1/bots/prog/logs', '/api/v1/bots/prog/history', '/api/v1/bots']) {
      assert.ok(!JSON.stringify((await troupe.api('GET', path)).body).includes(token), `the token is in ${path}`);
    }
    assert.ok(!troupe.output.includes(token), 'the token is in Troupe\'s log');
    const pid = await bot.running();
    await troupe.api('POST', '/api/v1/bots/prog/stop');
    await until(() => !existsSync(`/proc/${pid}`), 'the program to be stopped');
    await until(() => !existsSync(tokens[0]), 'the token to go with the program');
  });
});

test('a killed program is started again and answers what it has missed', async () => {
  await withProgramBot(async ({ bot, anna, room }) => {
    const before = await anna.send(room, 'before');
    await bot.hasAnswered([before]);
    const pid = await bot.running();
    process.kill(pid, 'SIGKILL');
    const during = await anna.send(room, 'during');
    await until(async () => (await bot.look()).task?.pid > 0 && (await bot.look()).task.pid !== pid, 'another program', 90_000);
    await bot.hasAnswered([before, during], 90_000);
    for (const answers of await bot.answersTo([before, during])) assert.equal(answers.length, 1);
  });
});

test('a program goes on while Troupe is killed and started again: the same pid', async () => {
  await withProgramBot(async ({ troupe, bot, anna, room }) => {
    const before = await anna.send(room, 'before');
    await bot.hasAnswered([before]);
    const pid = await bot.running();
    await troupe.kill();
    assert.ok(existsSync(`/proc/${pid}`), 'it goes on alone');
    await troupe.launch();
    assert.equal(await bot.running(), pid);
    const after = await anna.send(room, 'after');
    await bot.hasAnswered([after], 90_000);
    for (const answers of await bot.answersTo([before, after])) assert.equal(answers.length, 1);
    // An end by SIGTERM leaves it running as well.
    await troupe.terminate();
    assert.ok(existsSync(`/proc/${pid}`));
    await troupe.launch();
    assert.equal(await bot.running(), pid);
  });
});

test('a program that ends while Troupe is away is known to have ended, and is started again', async () => {
  await withProgramBot(async ({ troupe, bot, anna, room }) => {
    const pid = await bot.running();
    await troupe.kill();
    process.kill(pid, 'SIGKILL');
    await until(() => !existsSync(`/proc/${pid}`), 'its end');
    await troupe.launch();
    await until(async () => (await bot.running()) !== pid, 'another program', 60_000);
    const event = await anna.send(room, 'again');
    await bot.hasAnswered([event], 90_000);
    assert.equal((await bot.answersTo([event]))[0].length, 1);
  });
});

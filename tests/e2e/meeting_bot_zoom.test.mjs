// The meeting bot in the replica of Zoom's web client.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { links } from './lib/call_bot.mjs';
import { platformTests } from './lib/call_bot_suite.mjs';

const { house, send, said } = platformTests('zoom', { id: (n) => `8123456${String(n).padStart(3, '0')}`, link: (id) => `${links.zoom(id)}?pwd=abc123`, config: { passcode: 'abc123' } });

test('zoom: the link leads to the web client', () => {
  const opened = house().replicas.opened.filter((url) => new URL(url).hostname === 'zoom.us');
  assert.ok(opened.length > 0 && opened.every((url) => /^https:\/\/zoom\.us\/wc\/\d+\/join\?pwd=abc123$/.test(url)), opened.join(' '));
});

test('zoom: a wrong passcode is not tried for ever', async () => {
  const { bot } = send({ config: { passcode: 'wrong' } });
  assert.deepEqual(said(await house().ends(bot)), ['failed', 'wrong_passcode', 'validation_error', 1]);
  assert.equal(bot.code, 1);
  assert.ok(!bot.output.includes('abc123') && !bot.output.includes('wrong '), bot.output);
});

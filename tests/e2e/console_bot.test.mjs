// A bot's page in a real browser, from its first message to its end: the drawing of its states, a chat with hostile
// answers, the log, the graphs, its settings and its webhooks; in both themes, on a phone and on a desktop.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, test } from 'node:test';
import { Browser } from './lib/browser.mjs';
import { check, heading, makeBot, nothingWrong, picture, say, shownState, signIn, stage as stageOn, subPage, webhookBrain } from './lib/console.mjs';
import { until } from './lib/troupe.mjs';

let browser;
before(async () => { browser = await Browser.start(); });
after(() => browser.stop());
const stage = (t, options) => stageOn(t, browser, options);

/** Makes an inbound webhook for the room of the chat, posts to it, and takes it away. */
async function tryWebhooks(troupe, page) {
  const dialog = page.getByRole('dialog');
  const post = (url, body) => fetch(troupe.platform + new URL(url, troupe.platform).pathname, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });
  await subPage(page, 'Settings');
  await page.getByRole('button', { name: 'New webhook' }).click();
  await dialog.getByLabel('Name').fill('builds');
  await check(page, 'new webhook');
  await dialog.getByRole('button', { name: 'Make webhook' }).click();
  const url = await dialog.locator('[data-secret]').innerText();
  await check(page, 'address of a webhook');
  await dialog.getByRole('button', { name: 'I have kept it' }).click();
  await page.locator('[data-hook="builds"]').waitFor();
  await check(page, 'webhooks of a bot');
  const posted = await post(url, { text: 'the build is green' });
  assert.ok(posted.ok, `the webhook takes what is posted: ${posted.status}`);
  await subPage(page, 'Chat');
  await page.locator('.message:not([data-own])', { hasText: 'the build is green' }).waitFor();
  await subPage(page, 'Settings');
  await page.getByRole('button', { name: 'Delete builds' }).click();
  await dialog.getByRole('button', { name: 'Delete webhook' }).click();
  await page.locator('[data-hook="builds"]').waitFor({ state: 'detached' });
  assert.ok((await post(url, { text: 'x' })).status >= 400, 'and takes nothing any more');
}

// Both sizes and both themes are seen; all four pairs would take half a minute more and have never differed.
for (const [screen, theme] of [['desktop', 'light'], ['phone', 'dark']]) {
  test(`the day of an operator with one bot: ${screen}, ${theme}`, async (t) => {
    const { troupe, page } = await stage(t, { screen, theme });
    const shot = (name) => picture(page, `${name}-${screen}-${theme}`);
    const dialog = page.getByRole('dialog');
    await signIn(page);

    // Made, started, and its states drawn as they change.
    await makeBot(page, 'echo', 'parrot', { 'Display name': 'Parrot' });
    await page.getByRole('button', { name: 'Make bot' }).click();
    await heading(page, 'Parrot');
    await shownState(page, 'Running');
    await page.getByRole('textbox', { name: /^Message to/ }).waitFor(); // It runs: the next thing is to say hello.
    await subPage(page, 'Overview');
    await page.getByRole('img', { name: /^The bot is running\. It came from starting by ready\. From here .*stop leads to stopping/ }).waitFor();
    await page.getByText('All transitions as a table').click();
    await page.getByRole('cell', { name: 'stopping' }).first().waitFor();
    await check(page, 'a running bot');
    await shot('bot');
    await page.getByRole('button', { name: 'Stop Parrot' }).click();
    await page.getByRole('img', { name: /^The bot is stopped\./ }).waitFor();

    // Written to while it is stopped: said so, and started from here.
    await subPage(page, 'Chat');
    await page.getByText('Say something to Parrot').waitFor();
    await page.getByText('it answers nothing until it runs').waitFor();
    await check(page, 'chat with a stopped bot');
    await page.locator('.composer').getByRole('button', { name: 'Start Parrot' }).click();
    await shownState(page, 'Running');
    await page.locator('.composer-note').waitFor({ state: 'detached' });
    await say(page, 'Polly wants a cracker', 'Polly wants a cracker');
    await say(page, 'see https://example.org/x', 'see https://example.org/x');
    assert.equal(await page.locator('.message:not([data-own]) a[href="https://example.org/x"]').count(), 1, 'an address is a link');
    await check(page, 'chat');
    await shot('chat');
    // It is a real room, and the page finds it again.
    await page.reload();
    await page.locator('.message:not([data-own])', { hasText: 'Polly wants a cracker' }).waitFor();
    await page.getByText('your Matrix client shows it too').waitFor();

    await subPage(page, 'Overview');
    await page.getByRole('img', { name: /^Messages: 2 answered/ }).waitFor();
    await page.getByText('The numbers as a table').click();
    await page.getByRole('table', { name: 'Usage by hour' }).getByRole('cell', { name: '2', exact: true }).first().waitFor();
    await check(page, 'a bot that has answered');
    await shot('bot-usage');

    await subPage(page, 'Logs');
    const log = page.getByRole('log', { name: 'Log of parrot' });
    await log.locator('.log-line').first().waitFor();
    await check(page, 'log');
    await shot('logs');
    const before = await log.locator('.log-line').count();
    await troupe.api('POST', '/api/v1/bots/parrot/stop');
    await until(async () => (await log.locator('.log-line').count()) > before, 'a line that shows as it is written');
    await page.getByRole('button', { name: 'Pause' }).click();
    await troupe.api('POST', '/api/v1/bots/parrot/start');
    await page.getByText(/^Paused, \d+ more lines?$/).waitFor();
    await page.getByRole('button', { name: 'Go on' }).click();
    await page.getByText(/^Paused/).waitFor({ state: 'detached' });
    await page.getByRole('searchbox', { name: 'Search the log' }).fill('no line is like this');
    await page.getByText('No line matches.').waitFor();
    await page.getByRole('searchbox', { name: 'Search the log' }).fill('');
    const [file] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: 'Download' }).click()]);
    assert.equal(file.suggestedFilename(), 'parrot.log');
    assert.match(await readFile(await file.path(), 'utf8'), /^\d{4}-\d\d-\d\dT\S+ \w+ +\w+: /);
    await page.getByRole('button', { name: 'Copy log' }).click();
    assert.match(await page.evaluate(() => navigator.clipboard.readText()), /^\d{4}-/);

    await subPage(page, 'History');
    await page.getByText('starting → running').first().waitFor();
    await check(page, 'history');
    await shot('history');
    await page.getByRole('searchbox', { name: 'Search the history' }).fill('nothing is like this');
    await page.getByText('Nothing matches').waitFor();

    await subPage(page, 'Settings');
    await page.getByLabel('Prefix').fill('x'.repeat(300));
    await page.getByText(/^At most \d+ characters\.$/).waitFor();
    await page.getByRole('button', { name: 'Discard changes' }).click();
    await page.getByLabel('Prefix').fill('Parrot says: ');
    await page.getByRole('form', { name: 'Brain' }).getByRole('button', { name: 'Save' }).click();
    await page.getByText('The changes are saved.').waitFor();
    await page.getByLabel('Restart', { exact: true }).selectOption('never');
    await page.getByRole('form', { name: 'Restart policy' }).getByRole('button', { name: 'Save' }).click();
    await until(async () => (await troupe.api('GET', '/api/v1/bots/parrot')).body.restart?.policy === 'never', 'the restart policy to be kept');
    await page.getByText('The restart policy is saved.').waitFor();
    await check(page, 'settings of a bot');
    await shot('bot-settings');
    await subPage(page, 'Chat');
    await say(page, 'again', 'Parrot says: again');
    await tryWebhooks(troupe, page);

    await subPage(page, 'Settings');
    await page.getByRole('button', { name: 'Delete bot' }).click();
    await check(page, 'before a bot is deleted');
    await dialog.getByRole('textbox').fill('parrot');
    await dialog.getByRole('button', { name: 'Delete bot' }).click();
    await page.getByText('No bots yet').waitFor();
    nothingWrong(page);
  });
}

test('a hostile answer stays text', async (t) => {
  const { page } = await stage(t);
  const html = '<h1>Title</h1><p>ok <strong>bold</strong> <code>x &lt; y</code></p><script>document.title="owned"</script><img src="/api/v1/session" onerror="document.title=\'owned\'">'
    + '<p style="position:fixed;inset:0" onclick="x()">styled</p><a href="javascript:document.title=\'owned\'">bad link</a> <a href="https://example.org/">good link</a><iframe src="/ui"></iframe>'
    + '<form action="/api/v1/session"><button>press</button></form><ul><li>one<li>two</ul>';
  const url = await webhookBrain(t, () => ({ text: 'plain', html }));
  await signIn(page);
  await makeBot(page, 'webhook', 'evil', { Address: url });
  await page.getByRole('button', { name: 'Make bot' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'I have kept it' }).click();
  await shownState(page, 'Running');
  await subPage(page, 'Chat');
  await say(page, 'hello', 'bold');
  const bubble = page.locator('.message:not([data-own]) .bubble').last();
  assert.deepEqual(await bubble.evaluate((element) => [...new Set([...element.querySelectorAll('*')].map((e) => e.tagName.toLowerCase()))].sort()
    .filter((name) => ['script', 'img', 'iframe', 'form', 'button', 'style', 'h1', 'h2'].includes(name))), []);
  assert.deepEqual(await bubble.locator('a').evaluateAll((links) => links.map((a) => [a.textContent, a.href, a.rel])), [['good link', 'https://example.org/', 'noopener noreferrer nofollow']]);
  assert.equal(await bubble.locator('[style], [onclick]').count(), 0);
  assert.equal(await bubble.locator('li').count(), 2);
  assert.match(await page.title(), /Troupe$/);
  await check(page, 'a hostile answer');
  nothingWrong(page);
});

test('a brain that fails is seen in the numbers, the last error and the log', async (t) => {
  const { page } = await stage(t);
  const url = await webhookBrain(t, () => undefined);
  await signIn(page);
  await makeBot(page, 'webhook', 'unwell', { Address: url });
  await page.getByRole('button', { name: 'Test the connection' }).click();
  await page.locator('.test-result').waitFor();
  await check(page, 'a failed test');
  await page.getByRole('button', { name: 'Make bot' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'I have kept it' }).click();
  await shownState(page, 'Running');
  await subPage(page, 'Chat');
  await page.getByRole('textbox', { name: /^Message to/ }).fill('hello?');
  await page.keyboard.press('Enter');
  await page.locator('.message:not([data-own])').first().waitFor();
  await subPage(page, 'Overview');
  await page.getByText('Last error').waitFor();
  await page.getByText('0 answered, 1 failed', { exact: true }).waitFor();
  await check(page, 'a bot whose brain failed');
  await subPage(page, 'Logs');
  await page.getByLabel('Levels shown').selectOption('warning');
  await page.locator('.log-line[data-level="error"], .log-line[data-level="warning"]').first().waitFor();
  nothingWrong(page);
});

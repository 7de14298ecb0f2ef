// Bots of the brains flowise and openai made in a real browser, against stand-ins with the habits of the real ones: from
// the card over the connection test to an answer that grows while one looks.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Browser } from './lib/browser.mjs';
import { check, field, heading, makeBot, nothingWrong, picture, say, shownState, signIn, stage as stageOn, subPage } from './lib/console.mjs';
import { Flowise } from './lib/flowise.mjs';
import { OpenAi } from './lib/openai.mjs';
import { until } from './lib/troupe.mjs';

let browser;
let flowise;
let model;
before(async () => {
  browser = await Browser.start();
  flowise = await Flowise.start({ key: 'a-flowise-key', tokenMs: 150 });
  model = await OpenAi.start();
});
after(async () => {
  await browser?.stop();
  await flowise?.stop();
  await model?.stop();
});
const stage = (t, options) => stageOn(t, browser, options);

/** The distinct texts that the last answer has shown so far. */
async function watchAnswer(page) {
  await page.locator('.chat').waitFor();
  await page.evaluate(() => {
    globalThis.seen = [];
    new MutationObserver(() => {
      const text = [...document.querySelectorAll('.message:not([data-own]) .bubble')].at(-1)?.textContent ?? '';
      if (text && globalThis.seen.at(-1) !== text) globalThis.seen.push(text);
    }).observe(document.querySelector('.chat'), { subtree: true, childList: true, characterData: true });
  });
  return () => page.evaluate(() => globalThis.seen);
}

for (const [screen, theme] of [['desktop', 'dark'], ['phone', 'light']]) {
  test(`a Flowise bot: ${screen}, ${theme}`, async (t) => {
    const { troupe, page } = await stage(t, { screen, theme });
    await signIn(page);
    await makeBot(page, 'flowise', 'support', { 'Display name': 'Support', Address: flowise.url });
    await page.getByRole('button', { name: 'Test the connection' }).click();
    await page.locator('.test-result').waitFor();
    await check(page, 'the test of a flow without its key');
    await page.getByLabel('API key', { exact: true }).fill('a-flowise-key');
    await page.locator('.test-result').waitFor({ state: 'detached' }); // It spoke of other settings.
    await page.getByRole('button', { name: 'Test the connection' }).click();
    await page.locator('.test-result', { hasText: 'Took' }).waitFor();
    await check(page, 'the test of a flow');
    await picture(page, `new-flowise-${screen}-${theme}`);
    await page.getByRole('button', { name: 'Make bot' }).click();
    await heading(page, 'Support');
    await shownState(page, 'Running');
    await subPage(page, 'Chat');
    const seen = await watchAnswer(page);
    // The rest of the answer waits until the page has shown its beginning.
    flowise.before = (question, n) => n !== 20 || until(async () => (await seen()).length > 0, 'the beginning of the answer');
    await page.getByRole('textbox', { name: /^Message to/ }).fill('slow please');
    await page.keyboard.press('Enter');
    await page.getByText('Support is typing').waitFor();
    await page.getByText('Support is typing').waitFor({ state: 'detached', timeout: 60_000 });
    await page.locator('.message:not([data-own])').first().waitFor();
    const texts = await seen();
    assert.ok(texts.length >= 2, `the answer grew while it was written: ${JSON.stringify(texts)}`);
    await check(page, 'a streamed answer');
    await picture(page, `chat-flowise-${screen}-${theme}`);
    await subPage(page, 'Settings');
    assert.equal(await page.getByLabel('API key', { exact: true }).inputValue(), '', 'a stored key is never shown');
    assert.ok(!(await page.content()).includes('a-flowise-key'));
    assert.ok(!JSON.stringify((await troupe.api('GET', '/api/v1/bots/support')).body).includes('a-flowise-key'));
    // Saved with the key left empty it still works.
    await field(page, 'Display name').fill('Helpdesk');
    await page.getByRole('form', { name: 'Brain' }).getByRole('button', { name: 'Save' }).click();
    await heading(page, 'Helpdesk');
    await page.getByRole('form', { name: 'Brain' }).getByRole('button', { name: 'Test the connection' }).click();
    await page.locator('.test-result', { hasText: 'Took' }).waitFor();
    nothingWrong(page);
  });
}

test('a bot of a language model', async (t) => {
  const { page } = await stage(t);
  await signIn(page);
  await makeBot(page, 'openai', 'model', { 'Display name': 'Model', Address: model.url, Model: 'missing' });
  await page.getByLabel('Key', { exact: true }).fill('sk-secret');
  await page.getByRole('button', { name: 'Test the connection' }).click();
  await page.locator('.test-result').waitFor();
  await check(page, 'the test of a model that is not there');
  await field(page, 'Model').fill('stand-in');
  await page.getByRole('button', { name: 'Test the connection' }).click();
  await page.locator('.test-result', { hasText: 'Took' }).waitFor();
  await page.getByText('More settings').click();
  await page.getByLabel('Temperature').fill('9');
  await page.getByText('The most is 2.').waitFor();
  await page.getByRole('button', { name: 'Make bot' }).click();
  await page.locator('[name="config.temperature"]:focus').waitFor(); // The mistake has the focus.
  await page.getByLabel('Temperature').fill('0.5');
  await page.getByRole('button', { name: 'Make bot' }).click();
  await heading(page, 'Model');
  await shownState(page, 'Running');
  await subPage(page, 'Chat');
  await say(page, 'json', 'whole answer');
  await say(page, 'reasoning', 'the answer');
  await subPage(page, 'Overview');
  await page.getByRole('img', { name: /^Tokens: .* in, .* out/ }).waitFor();
  await check(page, 'a bot that has used tokens');
  nothingWrong(page);
});

test('Ollama has its address filled in', async (t) => {
  const { page } = await stage(t);
  await signIn(page);
  await makeBot(page, 'openai-2', 'llama');
  assert.equal(await field(page, 'Address').inputValue(), 'http://127.0.0.1:11434/v1');
  nothingWrong(page);
});

// What the tests of the console share: a server with a window on it, signing in, going about, and looking for faults.
// TROUPE_SCREENSHOTS=<folder> keeps pictures of the pages; docs/images came from there.
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { accessibilityFaults, cutOff, overflow } from './browser.mjs';
import { adminPassword, Troupe, until } from './troupe.mjs';

/** A server and a window on it, both gone after the test. */
export async function stage(t, browser, options = {}) {
  const troupe = options.troupe ?? (await Troupe.start(options.server));
  let page;
  t.after(async () => {
    await page?.context().close(); // First, so that no open live stream keeps the server from ending.
    if (!options.troupe) await troupe.stop();
  });
  page = await browser.open({ ...options, base: troupe.platform });
  return { troupe, page };
}

/** A page that complained fails the test. */
export const nothingWrong = (page) => assert.deepEqual([...new Set(page.complaints)], []);
export const heading = (page, name) => page.getByRole('heading', { level: 1, name, exact: true }).waitFor();
export const row = (page, bot) => page.locator(`[data-bot="${bot}"]`);
export const state = (page, bot, word) => row(page, bot).locator('.state', { hasText: word }).waitFor();
/** The state in the head of a bot's page. */
export const shownState = (page, word) => page.locator('.page-head .state', { hasText: word }).waitFor();

export async function signIn(page, user = 'admin', password = adminPassword) {
  await page.goto('/');
  await heading(page, 'Sign in');
  await page.getByLabel('User').fill(user);
  await page.getByLabel('Password', { exact: true }).fill(password);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await heading(page, 'Overview');
}
export async function goTo(page, name) {
  await page.getByRole('navigation', { name: 'Pages', exact: true }).getByRole('link', { name, exact: true }).click();
  await heading(page, name);
}
/** By the letters: `g` and the page's own. The second must come soon after the first, so a slow machine presses them again. */
export async function goByKeys(page, key, name) {
  await until(async () => {
    await page.keyboard.press('g');
    await page.keyboard.press(key);
    return page.getByRole('heading', { level: 1, name, exact: true }).waitFor({ timeout: 5_000 }).then(() => true, () => false);
  }, `the page ${name}`, 90_000);
}
/** Another page of the bot or of the settings. */
export async function subPage(page, name) {
  await page.getByRole('navigation', { name: /^Pages of (this bot|the settings)$/ }).getByRole('link', { name, exact: true }).click();
}
/** Dialogs and notices fade, and a dialog gets its name after its first paint; axe and pictures want them settled. */
export async function check(page, what) {
  const settled = () => document.getAnimations().every((one) => one.playState !== 'running')
    && !document.querySelector('[aria-busy=true], [role=dialog]:not([aria-label], [aria-labelledby])');
  const opened = () => page.locator('[role=dialog], [role=menu]').count();
  // What a click opens may come after the page was settled: then it was looked at half made.
  let faults, before;
  do {
    await page.waitForFunction(settled).catch((error) => { throw new Error(`${what} does not settle`, { cause: error }); });
    before = await opened();
    faults = await accessibilityFaults(page);
  } while (faults.length > 0 && await opened() !== before);
  assert.deepEqual(faults, [], `axe on ${what}`);
  assert.deepEqual(await overflow(page), [], `sideways scrolling on ${what}`);
  assert.deepEqual(await cutOff(page), [], `letters that are cut off on ${what}`);
}
export async function picture(page, name) {
  if (process.env.TROUPE_SCREENSHOTS) await page.screenshot({ path: join(process.env.TROUPE_SCREENSHOTS, `${name}.png`) });
}

/** Says something to the bot in its chat and waits for an answer that holds `answer`. */
export async function say(page, text, answer) {
  await page.getByRole('textbox', { name: /^Message to/ }).fill(text);
  await page.keyboard.press('Enter');
  await page.locator('.message[data-own]', { hasText: text }).last().waitFor();
  await page.locator('.message:not([data-own])', { hasText: answer }).last().waitFor();
}

/** A text field by its name alone: the star of a needed one is not part of it. */
export const field = (page, name) => page.getByRole('textbox', { name, exact: true });

/** Makes a bot on its page from a template; `fields` by label. The button that makes it is left to the test. */
export async function makeBot(page, template, botId, fields = {}) {
  await page.goto('/ui/new-bot');
  await page.locator(`[data-template="${template}"]`).click();
  await page.getByLabel('Bot id').fill(botId);
  for (const [label, value] of Object.entries(fields)) await field(page, label).fill(value);
}

/** A brain of our own: answers what `reply` makes of the text; a refusal, which is not tried again, where that is nothing. */
export async function webhookBrain(t, reply) {
  const server = createServer(async (request, response) => {
    let body = '';
    for await (const part of request) body += part;
    const answer = await reply(JSON.parse(body || '{}'));
    response.writeHead(answer === undefined ? 400 : 200, { 'content-type': 'application/json' });
    response.end(JSON.stringify(answer ?? {}));
  });
  await new Promise((r) => server.listen(0, '127.0.0.1', r));
  t.after(() => { server.closeAllConnections(); server.close(); });
  return `http://127.0.0.1:${server.address().port}/`;
}

// Answers that come late, and work that was not finished: nothing that was shown goes away again, nothing that was typed is lost.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Browser } from './lib/browser.mjs';
import { check, field, goTo, heading, makeBot, nothingWrong, say, shownState, signIn, stage as stageOn, subPage, webhookBrain } from './lib/console.mjs';
import { adminPassword, Troupe, until } from './lib/troupe.mjs';

let browser;
let troupe;
before(async () => { [browser, troupe] = await Promise.all([Browser.start(), Troupe.start()]); });
after(async () => { await browser?.stop(); await troupe?.stop(); });

async function stage(t) {
  const { page } = await stageOn(t, browser, { troupe });
  await signIn(page);
  return page;
}
/** A running bot, over the API; its page is open. */
async function botPage(page, id, brain = { kind: 'echo', config: {} }) {
  await troupe.api('POST', '/api/v1/bots', { bot_id: id, display_name: id, brain });
  await troupe.api('POST', `/api/v1/bots/${id}/start`);
  await page.goto(`/ui/bots/${id}`);
  await shownState(page, 'Running');
}

test('a list of messages that was read before an answer does not take it away', async (t) => {
  const page = await stage(t);
  let read;
  let release;
  const isRead = new Promise((r) => { read = r; });
  const isShown = new Promise((r) => { release = r; });
  const url = await webhookBrain(t, async ({ text }) => {
    if (text === 'two') await isRead; // So that the list cannot hold the answer.
    return { text: `heard ${text}` };
  });
  await botPage(page, 'late', { kind: 'webhook', config: { url } });
  await subPage(page, 'Chat');
  await say(page, 'one', 'heard one');
  const answers = (text) => page.locator('.message:not([data-own])', { hasText: text });
  // The list that is asked for after sending is read at once, and handed over when the page shows what it does not hold.
  await page.route('**/api/v1/bots/late/chat?*', async (route) => {
    const old = await route.fetch();
    read();
    await isShown;
    await route.fulfill({ response: old });
  });
  const late = page.waitForResponse((answer) => answer.request().method() === 'GET' && /\/late\/chat\?/.test(answer.url()));
  await page.getByRole('textbox', { name: /^Message to/ }).fill('two');
  await page.keyboard.press('Enter');
  await answers('heard two').waitFor();
  release();
  await (await late).finished();
  await page.evaluate(() => new Promise((r) => requestAnimationFrame(() => requestAnimationFrame(r))));
  await check(page, 'a chat whose list came late');
  assert.equal(await answers('heard two').count(), 1, 'the answer stays');
  await page.unroute('**/api/v1/bots/late/chat?*');
  nothingWrong(page);
});

test('a chat follows its newest message', async (t) => {
  const page = await stage(t);
  await botPage(page, 'talker');
  await subPage(page, 'Chat');
  // A text of many lines makes the list smaller while it is typed.
  await page.setViewportSize({ width: 390, height: 844 });
  for (let times = 0; times < 2; times++) {
    await page.getByRole('textbox', { name: /^Message to/ }).fill('many words '.repeat(60));
    await page.keyboard.press('Enter');
    await page.locator('.message:not([data-own])', { hasText: 'many words' }).nth(times).waitFor();
  }
  await until(() => page.locator('.chat-list').evaluate((list) => list.scrollHeight - list.scrollTop - list.clientHeight < 5), 'the newest message in sight');
  // The list hears a frame later that somebody has scrolled.
  await until(() => page.locator('.chat-list').evaluate((list) => {
    list.scrollTop = 0;
    return new Promise((r) => { requestAnimationFrame(() => requestAnimationFrame(() => r(list.scrollTop === 0))); });
  }), 'the list to stay at its top');
  await say(page, 'last', 'last');
  assert.equal(await page.locator('.chat-list').evaluate((list) => list.scrollTop), 0, 'who reads further up stays there');
  nothingWrong(page);
});

test('a bot whose end is heard of before the answer to its deletion', async (t) => {
  const page = await stage(t);
  await botPage(page, 'short-lived');
  await subPage(page, 'Settings');
  await page.route('**/api/v1/bots/short-lived?confirm=*', async (route) => {
    const done = await route.fetch();
    await page.getByText('This bot does not exist').waitFor(); // The live stream was faster.
    await route.fulfill({ response: done });
  });
  await page.getByRole('button', { name: 'Delete bot' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('textbox').fill('short-lived');
  await dialog.getByRole('button', { name: 'Delete bot' }).click();
  await heading(page, 'Bots');
  await page.getByText('short-lived is deleted.').waitFor();
  nothingWrong(page);
});

test('what is not saved yet is found again', async (t) => {
  const page = await stage(t);
  await botPage(page, 'draft');
  await subPage(page, 'Settings');
  await field(page, 'Display name').fill('Half a name');
  await page.getByLabel('Prefix').fill('says: ');
  await subPage(page, 'History');
  await page.getByText('The changes to draft are not saved yet.').waitFor();
  await page.getByRole('link', { name: 'Settings (not saved)' }).waitFor();
  await check(page, 'a page beside settings that are not saved');
  await page.getByRole('link', { name: 'Settings (not saved)' }).click();
  assert.equal(await field(page, 'Display name').inputValue(), 'Half a name');
  assert.equal(await page.getByLabel('Prefix').inputValue(), 'says: ');
  // Closing the window would lose it: the browser asks.
  const asked = page.waitForEvent('dialog');
  const reload = page.reload();
  const question = await asked;
  assert.equal(question.type(), 'beforeunload');
  await question.accept();
  await reload;
  assert.equal(await field(page, 'Display name').inputValue(), 'draft');
  await field(page, 'Display name').fill('Saved');
  await page.getByRole('form', { name: 'Brain' }).getByRole('button', { name: 'Save' }).click();
  await heading(page, 'Saved');
  await page.getByRole('link', { name: 'Settings', exact: true }).first().waitFor();
  await page.getByRole('link', { name: 'Settings (not saved)' }).waitFor({ state: 'detached' });

  await makeBot(page, 'echo', 'half-made', { 'Display name': 'Half made' });
  await page.getByRole('link', { name: 'All templates' }).click();
  await page.locator('[data-template="echo"]').click();
  assert.equal(await page.getByLabel('Bot id').inputValue(), 'half-made');
  await check(page, 'a new bot that was begun before');
  await page.getByRole('button', { name: 'Start over' }).click();
  assert.equal(await page.getByLabel('Bot id').inputValue(), '');
  await page.reload(); // Nothing is left that the browser would ask about.
  await heading(page, 'New bot: Echo');
  nothingWrong(page);
});

test('settings are saved while an older answer about the bot is under way', async (t) => {
  const page = await stage(t);
  await botPage(page, 'saved');
  await subPage(page, 'Settings');
  await page.getByLabel('Prefix').fill('says: ');
  let read;
  let release;
  const isRead = new Promise((r) => { read = r; });
  const isSaved = new Promise((r) => { release = r; });
  let held = false;
  await page.route('**/api/v1/bots/saved', async (route) => {
    if (route.request().method() !== 'GET' || held) return route.continue();
    held = true;
    const old = await route.fetch();
    read();
    await isSaved;
    await route.fulfill({ response: old });
  });
  await isRead; // It is asked for every few seconds.
  await page.getByRole('form', { name: 'Brain' }).getByRole('button', { name: 'Save' }).click();
  await page.getByText('The changes are saved.').waitFor();
  const again = page.waitForResponse((answer) => answer.request().method() === 'GET' && answer.url().endsWith('/api/v1/bots/saved') && answer.ok());
  release();
  await again;
  await page.getByRole('form', { name: 'Brain' }).getByRole('button', { name: 'Save', disabled: true }).waitFor();
  assert.equal(await page.getByLabel('Prefix').inputValue(), 'says: ');
  assert.equal(await page.getByRole('link', { name: 'Settings (not saved)' }).count(), 0);
  // Changed by somebody else while nobody types here: the form follows.
  await troupe.api('PATCH', '/api/v1/bots/saved', { brain: { kind: 'echo', config: { prefix: 'now: ' } } });
  await page.waitForFunction(() => document.querySelector('[name="config.prefix"]')?.value === 'now: ');
  nothingWrong(page);
});

test('the history is searched to its beginning', async (t) => {
  const page = await stage(t);
  await botPage(page, 'old');
  const changes = async () => (await troupe.api('GET', '/api/v1/bots/old/history?limit=1')).body.total;
  for (let times = 0; times < 6; times++) {
    const before = await changes();
    await troupe.api('POST', '/api/v1/bots/old/restart');
    // Each is over before the next begins: one that is started again meanwhile skips states.
    await until(async () => await changes() > before && (await troupe.api('GET', '/api/v1/bots/old')).body.state === 'running', 'the bot to run again');
  }
  const { total } = (await troupe.api('GET', '/api/v1/bots/old/history?limit=1')).body;
  assert.ok(total > 25, 'more than a page');
  await subPage(page, 'History');
  await page.getByText(`Page 1 · 25 of ${total} changes`).waitFor();
  await page.getByRole('searchbox', { name: 'Search the history' }).fill('created');
  await page.getByRole('cell', { name: 'created', exact: true }).first().waitFor();
  await page.getByRole('button', { name: 'Next' }).waitFor({ state: 'detached' });
  await page.getByRole('searchbox', { name: 'Search the history' }).fill('Starting → running');
  await page.getByText('7 changes', { exact: true }).waitFor();
  nothingWrong(page);
});

test('a session that ends leaves what was typed where it is, and shows nothing of it', async (t) => {
  const page = await stage(t);
  await goTo(page, 'Users');
  await page.getByRole('button', { name: 'New user' }).click();
  const form = page.getByRole('dialog', { name: 'New user' });
  await form.getByLabel('User name').fill('zoe');
  await page.context().clearCookies();
  await form.getByRole('button', { name: 'Make user' }).click();
  const again = page.getByRole('dialog', { name: 'Sign in' });
  await again.getByText('Your session has ended').waitFor();
  assert.equal(await page.getByLabel('User name').isVisible(), false, 'whoever comes by sees the sign-in alone');
  await page.keyboard.press('Escape');
  await check(page, 'sign-in over a page');
  await again.getByLabel('Password', { exact: true }).fill(adminPassword);
  await page.keyboard.press('Enter');
  await again.waitFor({ state: 'detached' });
  assert.equal(await form.getByLabel('User name').inputValue(), 'zoe');
  await page.getByText('Live', { exact: true }).waitFor();
  await form.getByRole('button', { name: 'Make user' }).click();
  await page.getByRole('dialog', { name: 'zoe is made' }).waitFor();
  nothingWrong(page);
});

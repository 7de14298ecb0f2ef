// The dashboard in a real browser: from the first sign-in to a bot that answers, in both themes, on a phone and on a desktop.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Browser, screens } from './lib/browser.mjs';
import { check, field, goByKeys, goTo, heading, makeBot, nothingWrong, picture, row, shownState, signIn, stage as stageOn, state, subPage } from './lib/console.mjs';
import { adminPassword, MatrixUser, until } from './lib/troupe.mjs';

let browser;
before(async () => { browser = await Browser.start(); });
after(() => browser.stop());
const stage = (t, options) => stageOn(t, browser, options);

for (const screen of ['desktop', 'phone']) {
  for (const theme of ['light', 'dark']) {
    test(`from the first sign-in to an answer: ${screen}, ${theme}`, async (t) => {
      const { troupe, page } = await stage(t, { screen, theme });
      const shot = (name) => picture(page, `${name}-${screen}-${theme}`);

      await page.goto('/');
      await heading(page, 'Sign in');
      assert.equal(await page.evaluate(() => document.documentElement.dataset.mantineColorScheme), theme, 'follows the system');
      await check(page, 'sign-in');
      await shot('sign-in');
      await page.getByLabel('User').fill('admin');
      await page.getByLabel('Password', { exact: true }).fill('not the password');
      await page.getByRole('button', { name: 'Sign in' }).click();
      await page.getByRole('alert').waitFor();
      await check(page, 'refused sign-in');
      await page.getByLabel('Password', { exact: true }).fill(adminPassword);
      await page.keyboard.press('Enter');

      await heading(page, 'Overview');
      await page.getByRole('heading', { name: 'Make a user' }).waitFor();
      await page.getByText(troupe.matrix, { exact: true }).first().waitFor(); // The homeserver's address is there to copy.
      await check(page, 'overview of a fresh server');
      await shot('overview');

      // The guide leads to the users, with the dialog open.
      await page.getByRole('link', { name: 'New user' }).click();
      const dialog = page.getByRole('dialog');
      await dialog.getByLabel('User name').fill('alice');
      await dialog.getByLabel('Display name').fill('Alice');
      await check(page, 'new user');
      await dialog.getByRole('button', { name: 'Make user' }).click();
      const secret = dialog.locator('[data-secret]');
      await secret.waitFor();
      const password = await secret.innerText();
      await dialog.getByRole('button', { name: 'Copy password' }).click();
      await dialog.getByText('Copied').first().waitFor();
      assert.equal(await page.evaluate(() => navigator.clipboard.readText()), password);
      await check(page, 'password of a new user');
      await dialog.getByRole('button', { name: 'I have kept it' }).click();
      await page.locator('[data-user="alice"]').waitFor();
      await check(page, 'users');
      await shot('users');

      await goTo(page, 'Bots');
      await page.getByText('No bots yet').waitFor();
      await check(page, 'bots, none');
      await page.getByRole('link', { name: 'New bot' }).first().click();
      await heading(page, 'New bot');
      await page.locator('[data-template="echo"]').waitFor();
      await check(page, 'templates');
      await shot('templates');
      await page.locator('[data-template="echo"]').click();
      await page.getByLabel('Bot id').fill('echo');
      await page.getByLabel('Display name').fill('Echo');
      await page.getByLabel('Start it right away').uncheck();
      await check(page, 'new bot');
      await shot('new-bot');
      await page.getByRole('button', { name: 'Make bot' }).click();
      await heading(page, 'Echo');
      await shownState(page, 'Created');
      await goTo(page, 'Bots');
      await state(page, 'echo', 'Created');
      await row(page, 'echo').getByRole('button', { name: 'Start Echo' }).click();
      await state(page, 'echo', 'Running');

      // What the guide says to do in a Matrix client.
      const alice = await MatrixUser.login(troupe.matrix, 'alice', password);
      const room = await alice.createRoom({ name: 'Kitchen' });
      await alice.invite(room, '@bot_echo:localhost');
      const joined = async () => Object.keys((await alice.request('GET', `/_matrix/client/v3/rooms/${encodeURIComponent(room)}/joined_members`)).joined);
      await until(async () => (await joined()).includes('@bot_echo:localhost'), 'the bot to join');
      const answers = async (text) => (await alice.history(room)).filter((e) => e.sender === '@bot_echo:localhost' && e.content.body === text).length;
      await alice.send(room, 'hello there');
      await until(() => answers('hello there'), 'the answer');
      await until(async () => /\b1\b/.test(await row(page, 'echo').innerText()), 'the counters on the page', 60_000);
      await check(page, 'bots, one running');
      await shot('bots');

      await row(page, 'echo').getByRole('link', { name: 'Echo' }).first().click();
      await heading(page, 'Echo');
      await page.getByText('Kitchen').waitFor();
      await page.getByRole('img', { name: /^The bot is running/ }).waitFor();
      await check(page, 'a bot');
      await shot('bot');
      await page.getByRole('button', { name: 'Stop Echo' }).click();
      await shownState(page, 'Stopped');
      await goTo(page, 'Bots');
      await state(page, 'echo', 'Stopped');
      await alice.send(room, 'anyone?');
      await goTo(page, 'Overview');
      await check(page, 'overview');
      assert.equal(await answers('anyone?'), 0, 'a stopped bot says nothing');
      assert.equal(await answers('hello there'), 1, 'and it had said it once');

      await goTo(page, 'Audit');
      await page.getByText('bot.start').first().waitFor();
      await check(page, 'audit');
      await shot('audit');
      await goTo(page, 'Settings');
      await page.getByText('No keys yet').waitFor();
      await check(page, 'keys');
      for (const name of ['Tenants', 'Configuration', 'About']) {
        await subPage(page, name);
        await page.getByRole('region', { name: name === 'About' ? 'Server' : name }).waitFor();
        await check(page, name);
        await shot(name.toLowerCase());
      }
      nothingWrong(page);
    });
  }
}

test('a bot can be made, started and deleted with the keyboard alone', async (t) => {
  const { page } = await stage(t);
  const key = page.keyboard;
  /** Tabs until the focus is on what is named so; fails when that takes too long. */
  const tabTo = async (name, how = 'Tab') => {
    for (let i = 0; i < 40; ++i) {
      await key.press(how);
      const found = await page.evaluate((wanted) => {
        const element = document.activeElement;
        const label = element?.getAttribute('aria-label') ?? (element?.id && document.querySelector(`label[for="${CSS.escape(element.id)}"]`)?.textContent) ?? '';
        const text = (label || element?.textContent || '').replace('*', '').trim();
        const ring = element && element !== document.body && (getComputedStyle(element).outlineStyle !== 'none' || element.matches('input, textarea, select'));
        return text === wanted ? (ring ? 'yes' : 'no focus ring') : text;
      }, name);
      if (found === 'yes') return;
      assert.notEqual(found, 'no focus ring', `${name} shows that it has the focus`);
    }
    assert.fail(`${name} cannot be reached with ${how}`);
  };
  await page.goto('/');
  await heading(page, 'Sign in');
  await until(() => page.evaluate(() => document.activeElement?.tagName === 'INPUT'), 'the first field to have the focus');
  await key.type('admin');
  await tabTo('Password');
  await key.type(adminPassword);
  await key.press('Enter');
  await heading(page, 'Overview');

  await page.getByText('Live', { exact: true }).waitFor();
  await tabTo('Skip to the content');
  await tabTo('Bots');
  await key.press('Enter');
  await heading(page, 'Bots');
  await until(() => page.evaluate(() => document.activeElement?.textContent === 'Bots'), 'the new page to have the focus');
  await tabTo('New bot');
  await key.press('Enter');
  await heading(page, 'New bot');
  await until(() => page.evaluate(() => document.activeElement?.textContent === 'New bot'), 'the title to have the focus');
  await tabTo('EchoSays back what it hears. Needs nothing: good for a first try.');
  await key.press('Enter');
  await until(() => page.evaluate(() => document.activeElement?.getAttribute('name') === 'bot_id'), 'the first field to have the focus');
  await key.press('Enter'); // Nothing filled in: the mistake is said and has the focus.
  await page.getByText('A bot needs an id.').waitFor();
  await until(() => page.evaluate(() => document.activeElement?.getAttribute('name') === 'bot_id'), 'the mistake to have the focus');
  await key.type('By'); // Said while it is typed.
  await page.getByText('Only a-z, 0-9').waitFor();
  await key.press('Control+A');
  await key.type('by-keyboard');
  await page.getByText('Only a-z, 0-9').waitFor({ state: 'detached' });
  await tabTo('Make bot');
  await key.press('Enter');
  await heading(page, 'by-keyboard');
  await shownState(page, 'Running');
  await page.locator('textarea:focus').waitFor(); // What comes next is to write to it.
  await key.type('hello');
  await key.press('Enter');
  await page.locator('.message:not([data-own])', { hasText: 'hello' }).waitFor();
  await tabTo('Chat', 'Shift+Tab');

  // The letters that save the mouse.
  await goByKeys(page, 'b', 'Bots');
  await row(page, 'by-keyboard').waitFor();
  await key.press('/');
  await until(() => page.evaluate(() => document.activeElement?.tagName === 'INPUT'), 'the search to have the focus');
  await key.type('nothing is called this');
  await page.getByText('No bot matches').waitFor();
  await key.press('Control+A');
  await key.press('Backspace');
  await state(page, 'by-keyboard', 'Running');
  await tabTo('Keyboard shortcuts', 'Shift+Tab');
  await key.press('?');
  const dialog = page.getByRole('dialog');
  await dialog.waitFor();
  await check(page, 'shortcuts');
  await key.press('Escape');
  await dialog.waitFor({ state: 'hidden' });

  await tabTo('Stop by-keyboard');
  await key.press('Space');
  await state(page, 'by-keyboard', 'Stopped');
  await until(() => page.evaluate(() => document.activeElement?.getAttribute('aria-label') === 'Start by-keyboard'), 'the button to keep the focus');
  await tabTo('More about by-keyboard');
  await key.press('Enter');
  await page.getByRole('menuitem', { name: 'Details' }).waitFor();
  await until(() => page.evaluate(() => document.activeElement?.textContent === 'Details'), 'the menu to have the focus');
  await key.press('End');
  await key.press('Enter');
  await dialog.waitFor();
  await until(() => page.evaluate(() => document.activeElement?.tagName === 'INPUT'), 'the field to confirm with to have the focus');
  await key.type('by-keyboar');
  await key.press('Enter');
  assert.ok(await dialog.isVisible(), 'a half typed id deletes nothing');
  await key.type('d');
  await key.press('Enter');
  await dialog.waitFor({ state: 'hidden' });
  await page.getByText('No bots yet').waitFor();

  nothingWrong(page);
});

test('mistakes are shown where they were made', async (t) => {
  const { troupe, page } = await stage(t);
  await signIn(page);
  await goTo(page, 'Users');
  const dialog = page.getByRole('dialog');
  await page.getByRole('button', { name: 'New user' }).click();
  for (const [name, message] of [['Al Ice', 'Only a-z, 0-9'], ['bot_x', 'are for bots']]) {
    await dialog.getByLabel('User name').fill(name);
    await dialog.getByRole('button', { name: 'Make user' }).click();
    await dialog.getByText(message).waitFor();
  }
  await dialog.getByLabel('User name').fill('admin'); // Only the server knows that it is taken.
  await dialog.getByRole('button', { name: 'Make user' }).click();
  await dialog.getByText(/name is taken/).waitFor();
  assert.equal(await dialog.getByRole('alert').count(), 0, 'it is said once, at the field');
  await check(page, 'a refused user');
  await page.keyboard.press('Escape');
  await dialog.getByText('Discard what you entered?').waitFor();
  await check(page, 'the question before what was typed is lost');
  await page.keyboard.press('Escape');
  await dialog.getByText('Discard what you entered?').waitFor({ state: 'detached' });
  assert.equal(await dialog.getByLabel('User name').inputValue(), 'admin', 'nothing is lost by a slip');
  await page.keyboard.press('Escape');
  await dialog.getByRole('button', { name: 'Discard' }).click();
  await dialog.waitFor({ state: 'detached' });

  await makeBot(page, 'webhook', 'hook');
  await page.getByRole('button', { name: 'Make bot' }).click();
  await page.getByText('Address is needed.').waitFor();
  await check(page, 'a bot without an address');
  await field(page, 'Address').fill('not an address');
  await page.getByText('This must be an address').waitFor();
  await field(page, 'Address').fill('http://127.0.0.1:9/hook');
  await page.getByText('This must be an address').waitFor({ state: 'detached' });
  await page.getByRole('button', { name: 'Make bot' }).click();
  await dialog.locator('[data-secret]').waitFor();
  await page.keyboard.press('Escape');
  assert.ok(await dialog.isVisible(), 'a secret is not lost by a slip');
  await dialog.getByRole('button', { name: 'I have kept it' }).click();
  await heading(page, 'hook');

  const taken = await troupe.api('POST', '/api/v1/bots', { bot_id: 'hook', brain: { kind: 'echo' } });
  await makeBot(page, 'echo', 'hook');
  await page.getByRole('button', { name: 'Make bot' }).click();
  await page.getByText(taken.body.detail).first().waitFor();
  nothingWrong(page);
});

test('a bot can be edited, and its page says when it is gone', async (t) => {
  const { troupe, page } = await stage(t);
  await troupe.api('POST', '/api/v1/bots', { bot_id: 'one', brain: { kind: 'echo' } });
  await signIn(page);
  await page.goto('/ui/bots/one');
  await heading(page, 'one');
  await subPage(page, 'Settings');
  await page.getByLabel('Display name').fill('The first');
  await page.getByLabel('Prefix').fill('You said: ');
  await page.getByText('Not saved yet').waitFor();
  await check(page, 'settings of a bot');
  await page.getByRole('form', { name: 'Brain' }).getByRole('button', { name: 'Save' }).click();
  await heading(page, 'The first');
  const { body } = await troupe.api('GET', '/api/v1/bots/one');
  assert.equal(body.brain.config.prefix, 'You said: ');
  await page.goto('/ui/bots/nobody');
  await page.getByText('This bot does not exist').waitFor();
  await check(page, 'no such bot');
  nothingWrong(page);
});

test('accounts: search, role, password, deactivation', async (t) => {
  const { troupe, page } = await stage(t);
  for (let i = 0; i < 30; ++i) await troupe.api('POST', '/api/v1/users', { username: `user${String(i).padStart(2, '0')}`, password: 'a-long-password' });
  await signIn(page);
  await goTo(page, 'Users');
  await page.getByText('Page 1').waitFor();
  await check(page, 'users, first page');
  await page.getByRole('button', { name: 'Next' }).click();
  await page.getByText('Page 2').waitFor();
  await page.getByRole('searchbox', { name: 'Search users' }).fill('user07');
  await page.locator('[data-user="user08"]').waitFor({ state: 'detached' });
  const menu = page.locator('[data-user="user07"]').getByRole('button', { name: 'Change user07' });
  const dialog = page.getByRole('dialog');

  await menu.click();
  await check(page, 'menu of a user');
  await page.getByRole('menuitem', { name: 'Change role' }).click();
  await dialog.getByLabel('Role').selectOption('operator');
  await dialog.getByRole('button', { name: 'Change role' }).click();
  await page.locator('[data-user="user07"]').getByText('operator').waitFor();

  await menu.click();
  await page.getByRole('menuitem', { name: 'Reset password' }).click();
  await check(page, 'reset password');
  await dialog.getByRole('button', { name: 'Reset password' }).click();
  await dialog.locator('[data-secret]').waitFor();
  const password = await dialog.locator('[data-secret]').innerText();
  await dialog.getByRole('button', { name: 'I have kept it' }).click();
  await MatrixUser.login(troupe.matrix, 'user07', password);

  await menu.click();
  await page.getByRole('menuitem', { name: 'Deactivate' }).click();
  const button = dialog.getByRole('button', { name: 'Deactivate' });
  assert.ok(await button.isDisabled());
  await dialog.getByRole('textbox').fill('@user07:localhost');
  await check(page, 'deactivate');
  await button.click();
  await page.locator('[data-user="user07"]').getByText('Deactivated').waitFor();
  await assert.rejects(MatrixUser.login(troupe.matrix, 'user07', password));
  nothingWrong(page);
});

test('long and odd names stay text and stay inside the page', async (t) => {
  const { troupe, page } = await stage(t, { screen: 'phone' });
  const odd = '<img src=x onerror="document.title=1">' + 'W'.repeat(200);
  const long = 'u'.repeat(200);
  assert.ok((await troupe.api('POST', '/api/v1/bots', { bot_id: 'b'.repeat(64), display_name: odd, brain: { kind: 'echo', config: { prefix: 'P'.repeat(200) } } })).status < 300);
  assert.ok((await troupe.api('POST', '/api/v1/users', { username: long, display_name: odd })).status < 300);
  await signIn(page);
  for (const size of Object.values(screens)) {
    await page.setViewportSize(size);
    await goTo(page, 'Users');
    await page.locator(`[data-user="${long}"]`).waitFor();
    await check(page, 'users with long names');
    await goTo(page, 'Bots');
    await row(page, 'b'.repeat(64)).waitFor();
    await check(page, 'bots with long names');
    await row(page, 'b'.repeat(64)).getByRole('link').first().click();
    await heading(page, odd);
    await check(page, 'a bot with a long name');
  }
  // Theirs are in the head of each page, too.
  const name = 'Anna of the provider of all names';
  assert.ok((await troupe.api('POST', '/api/v1/users', { username: 'anna', display_name: name, password: 'password-of-anna' })).status < 300);
  await page.context().clearCookies();
  await signIn(page, 'anna', 'password-of-anna');
  for (const size of Object.values(screens)) {
    await page.setViewportSize(size);
    await page.getByRole('button', { name: `Account: ${name}` }).waitFor();
    await check(page, 'the page of somebody with a long name');
  }
  nothingWrong(page);
});

test('keys work until they are revoked', async (t) => {
  const { troupe, page } = await stage(t);
  await signIn(page);
  await goTo(page, 'Settings');
  await page.getByRole('button', { name: 'New key' }).first().click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Name').fill('ci');
  await check(page, 'new key');
  await dialog.getByRole('button', { name: 'Make key' }).click();
  const token = await dialog.locator('[data-secret]').innerText();
  await dialog.getByRole('button', { name: 'I have kept it' }).click();
  const use = async () => (await fetch(`${troupe.platform}/api/v1/bots`, { headers: { authorization: `Bearer ${token}` } })).status;
  assert.equal(await use(), 200);
  await check(page, 'keys');
  await page.getByRole('button', { name: 'Revoke ci' }).click();
  await dialog.getByRole('button', { name: 'Revoke key' }).click();
  await page.locator('[data-key="ci"]').waitFor({ state: 'detached' });
  assert.equal(await use(), 401);
  nothingWrong(page);
});

test('what others do shows at once, and after the server was away', async (t) => {
  const { troupe, page } = await stage(t);
  await signIn(page);
  await goTo(page, 'Bots');
  await page.getByText('Live', { exact: true }).waitFor();
  await troupe.api('POST', '/api/v1/bots', { bot_id: 'other', brain: { kind: 'echo' } });
  await state(page, 'other', 'Created');
  await troupe.api('POST', '/api/v1/bots/other/start');
  await state(page, 'other', 'Running');

  await troupe.kill();
  await page.getByText('Live updates stopped').waitFor();
  await check(page, 'a broken stream');
  await row(page, 'other').waitFor(); // What was known stays on the page.
  await troupe.launch();
  await page.getByText('Live', { exact: true }).waitFor();
  await page.getByText('Live updates stopped').waitFor({ state: 'detached' });
  await state(page, 'other', 'Running');
  await troupe.api('POST', '/api/v1/bots/other/stop');
  await state(page, 'other', 'Stopped');
  await troupe.api('DELETE', '/api/v1/bots/other?confirm=other');
  await page.getByText('No bots yet').waitFor();
  nothingWrong(page);
});

test('an ended session leads to the sign-in and back', async (t) => {
  const { troupe, page } = await stage(t);
  await troupe.user('carol', 'password-of-carol');
  await signIn(page, 'carol', 'password-of-carol');
  assert.equal(await page.getByRole('link', { name: 'Audit' }).count(), 0, 'a member sees no audit log');
  await page.goto('/ui/audit');
  await page.getByText('There is nothing here').waitFor();
  await page.goto('/ui/keys'); // Where the keys were once.
  await heading(page, 'Settings');
  await page.context().clearCookies();
  await page.getByRole('navigation', { name: 'Pages', exact: true }).getByRole('link', { name: 'Bots', exact: true }).click();
  await page.getByText('Your session has ended').waitFor();
  await check(page, 'sign-in after the end of a session');
  await page.getByLabel('User').fill('carol');
  await page.getByLabel('Password', { exact: true }).fill('password-of-carol');
  await page.keyboard.press('Enter');
  await heading(page, 'Bots');
  assert.equal(await page.getByRole('link', { name: 'New bot' }).count(), 0, 'a member makes no bots');
  await page.goto('/ui/new-bot');
  await page.getByText('There is nothing here').waitFor();
  await page.goto('/ui/bots');
  await heading(page, 'Bots');

  await page.getByRole('button', { name: 'Account: carol' }).click();
  await check(page, 'account menu');
  await page.getByRole('menuitem', { name: 'Change password' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Current password').fill('wrong');
  await dialog.getByLabel('New password').fill('another-password');
  await dialog.getByRole('button', { name: 'Change password' }).click();
  await dialog.getByText('The current password is wrong.').waitFor();
  await dialog.getByLabel('Current password').fill('password-of-carol');
  await dialog.getByRole('button', { name: 'Change password' }).click();
  await dialog.waitFor({ state: 'hidden' });
  await page.getByRole('button', { name: 'Account: carol' }).click();
  await page.getByRole('menuitem', { name: 'Sign out' }).click();
  await heading(page, 'Sign in');
  await page.goto('/ui/bots');
  await heading(page, 'Sign in');
  await page.getByLabel('User').fill('carol');
  await page.getByLabel('Password', { exact: true }).fill('another-password');
  await page.keyboard.press('Enter');
  await heading(page, 'Bots');
  nothingWrong(page);
});

test('the theme can be chosen and is remembered', async (t) => {
  const { page } = await stage(t, { theme: 'light' });
  const shown = () => page.evaluate(() => document.documentElement.dataset.mantineColorScheme);
  await page.goto('/');
  await heading(page, 'Sign in');
  assert.equal(await shown(), 'light');
  await page.emulateMedia({ colorScheme: 'dark' });
  await until(async () => (await shown()) === 'dark', 'the page to follow the system');
  await page.getByRole('button', { name: 'Theme: As the system' }).click();
  await check(page, 'theme menu');
  await page.getByRole('menuitemradio', { name: 'Light' }).click();
  await until(async () => (await shown()) === 'light', 'the chosen theme');
  await page.reload();
  await heading(page, 'Sign in');
  assert.equal(await shown(), 'light');
  nothingWrong(page);
});

// Accounts in a real browser: filters and order, sessions, locks, and ten thousand users from a file.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, test } from 'node:test';
import { Browser } from './lib/browser.mjs';
import { check, goTo, heading, nothingWrong, picture, signIn, stage as stageOn, subPage } from './lib/console.mjs';
import { MatrixUser, until } from './lib/troupe.mjs';

let browser;
before(async () => { browser = await Browser.start(); });
after(() => browser.stop());
const stage = (t, options) => stageOn(t, browser, options);
const csv = (text) => ({ name: 'people.csv', mimeType: 'text/csv', buffer: Buffer.from(text) });

test('users are filtered, put in order, signed out and locked', async (t) => {
  const { troupe, page } = await stage(t);
  const anna = await troupe.user('anna');
  await troupe.user('ben');
  await troupe.api('PATCH', '/api/v1/users/@ben:localhost', { role: 'operator' });
  await troupe.api('POST', '/api/v1/bots', { bot_id: 'echo', brain: { kind: 'echo' } });
  await signIn(page);
  await goTo(page, 'Users');
  const user = (name) => page.locator(`[data-user="${name}"]`);
  const dialog = page.getByRole('dialog');
  const act = async (name, action) => {
    await user(name).getByRole('button', { name: `Change ${name}` }).click();
    await page.getByRole('menuitem', { name: action, exact: true }).click();
  };
  await user('bot_echo').waitFor();
  await page.getByLabel('Kind').selectOption('person');
  await user('bot_echo').waitFor({ state: 'detached' });
  await page.getByLabel('Role').selectOption('operator');
  await user('anna').waitFor({ state: 'detached' });
  await user('ben').waitFor();
  await page.reload(); // The filters are in the address.
  await user('ben').waitFor();
  assert.equal(await user('anna').count(), 0);
  await page.getByRole('button', { name: 'Clear' }).click();
  await user('anna').waitFor();
  await page.getByRole('button', { name: 'User', exact: true }).click();
  await until(async () => (await page.locator('[data-user]').first().getAttribute('data-user')) !== 'admin', 'the other order');
  await check(page, 'users');

  // The menu of a row lies over the rows below, all of it: their last cells stick to the edge.
  await user('ben').getByRole('button', { name: 'Change ben' }).click();
  await page.getByRole('menuitem', { name: 'Deactivate' }).waitFor();
  const covered = await page.getByRole('menuitem').evaluateAll((items) => items.filter((item) => {
    const { right, top, height } = item.getBoundingClientRect();
    return !item.contains(document.elementFromPoint(right - 4, top + height / 2));
  }).map((item) => item.textContent));
  assert.deepEqual(covered, [], 'nothing covers the menu');
  await page.keyboard.press('Escape');

  await act('anna', 'Sessions');
  await dialog.locator(`[data-session="${anna.device}"]`).waitFor();
  await check(page, 'sessions');
  await dialog.locator(`[data-session="${anna.device}"]`).getByRole('button').click();
  await dialog.getByText('anna is signed in nowhere').waitFor();
  assert.equal((await anna.raw('GET', '/_matrix/client/v3/account/whoami')).status, 401, 'the session is over');
  await dialog.getByRole('button', { name: 'Close' }).last().click();

  await act('anna', 'Lock');
  await check(page, 'lock');
  await dialog.getByRole('button', { name: 'Lock', exact: true }).click();
  await user('anna').getByText('Locked').waitFor();
  await page.getByLabel('State').selectOption('locked');
  await user('ben').waitFor({ state: 'detached' });
  await assert.rejects(MatrixUser.login(troupe.matrix, 'anna', 'password-of-anna'));
  await act('anna', 'Unlock');
  await page.getByText('No user matches').waitFor();
  await MatrixUser.login(troupe.matrix, 'anna', 'password-of-anna');

  // The file holds what is shown.
  const download = async () => {
    const [file] = await Promise.all([page.waitForEvent('download'), page.getByRole('link', { name: 'CSV' }).click()]);
    return readFile(await file.path(), 'utf8');
  };
  assert.match(await download(), /^\ufeff?username,[^\r]*\r\n$/, 'nobody is locked');
  await page.getByLabel('State').selectOption('');
  await user('anna').waitFor();
  assert.match(await download(), /^\ufeff?username,.*\r\n(.*\r\n)*anna,/);
  nothingWrong(page);
});

for (const [screen, theme] of [['desktop', 'light'], ['phone', 'dark']]) {
  test(`users from a file: ${screen}, ${theme}`, async (t) => {
    const { troupe, page } = await stage(t, { screen, theme });
    const shot = (name) => picture(page, `${name}-${screen}-${theme}`);
    const room = (await troupe.api('POST', '/api/v1/rooms', { creator: '@admin:localhost', name: 'Everybody' })).body.room_id;
    await signIn(page);
    await page.goto('/ui/users/import');
    await page.getByText('Choose a CSV file').waitFor();
    await check(page, 'import');
    const field = page.locator('input[type=file]');
    await field.setInputFiles(csv('username,username\na,b\n'));
    await page.getByText('is there twice').waitFor();
    await check(page, 'a file that cannot be read');
    await page.getByRole('button', { name: 'Choose another file' }).click();

    await field.setInputFiles(csv('username,password,display_name,role\nzoe,,Zoë,operator\nAl Ice,,,\nyan,short,,\nadmin,,,\nxia,a-long-password,"Xia, the one",member\n'));
    await page.getByText('Only a-z, 0-9').waitFor();
    await page.getByText('Password: at least 8 characters.').waitFor();
    assert.ok(await page.getByRole('button', { name: 'Import 3 users' }).isDisabled(), 'not with mistakes that nobody has agreed to');
    await page.getByLabel('Room to join').fill('nonsense');
    await page.getByText('A room id begins with').waitFor();
    await page.getByLabel('Room to join').fill(room);
    await check(page, 'preview of a file');
    await shot('import');
    await page.getByRole('button', { name: 'Try without making any' }).click();
    await page.getByRole('heading', { name: 'Tried: nothing was made' }).waitFor();
    const [errors] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: 'Download the errors' }).click()]);
    assert.match(await readFile(await errors.path(), 'utf8'), /^line,message\r\n3,/);
    assert.equal((await troupe.api('GET', '/api/v1/users/@zoe:localhost')).status, 404);
    await check(page, 'a dry run');
    await page.getByLabel('Leave out the 2 with problems').check();
    await page.getByRole('button', { name: 'Import 3 users' }).click();
    await page.getByRole('heading', { name: 'Imported' }).waitFor();
    await page.getByText('2 made').waitFor();
    assert.equal(await page.getByRole('button', { name: 'Download the errors' }).count(), 0, 'what was left out is no failure');
    await check(page, 'an import that is done');
    await shot('import-done');
    const { body: zoe } = await troupe.api('GET', '/api/v1/users/@zoe:localhost');
    assert.deepEqual([zoe.display_name, zoe.role], ['Zoë', 'operator']);
    assert.equal((await troupe.api('GET', `/api/v1/rooms/${encodeURIComponent(room)}?user_id=@admin:localhost`)).body.joined_members, 3, 'admin, zoe and xia');
    nothingWrong(page);
  });
}

test('passwords are made for people without one, and handed out once', async (t) => {
  const { troupe, page } = await stage(t);
  await signIn(page);
  await page.goto('/ui/users/import');
  await page.locator('input[type=file]').setInputFiles(csv('username,password\nana,\nbea,\ncem,a-long-password\n'));
  const without = 'An account without a password is made without one: nobody can sign in with it until a password is set.';
  await page.getByText(without).first().waitFor();
  const manual = await readFile(new URL('../../docs/user-import.md', import.meta.url), 'utf8');
  assert.ok(manual.includes(without.slice(0, -1)), 'the page and the document say the same');
  await page.getByLabel('Make passwords for the 2 without one').check();
  await check(page, 'an import that makes passwords');
  await page.getByRole('button', { name: 'Import 3 users' }).click();
  await page.getByRole('heading', { name: 'Imported' }).waitFor();
  const button = page.getByRole('button', { name: 'Download the 2 passwords' });
  await button.waitFor();
  await picture(page, 'import-passwords');
  const [file] = await Promise.all([page.waitForEvent('download'), button.click()]);
  const [head, ana, bea, end] = (await readFile(await file.path(), 'utf8')).replace(/^\ufeff/, '').split(/\r?\n/);
  assert.deepEqual([head, end], ['username,password', '']);
  for (const line of [ana, bea]) {
    const [name, password] = line.split(',');
    await MatrixUser.login(troupe.matrix, name, password);
  }
  await button.waitFor({ state: 'detached' });
  const [report] = (await troupe.api('GET', '/api/v1/users/import')).body.items;
  const again = await troupe.api('POST', `/api/v1/users/import/${report.import_id}/passwords`);
  assert.ok(again.status >= 400, `a second time: ${again.status}`);
  assert.ok(!JSON.stringify([again.body, report]).includes(ana.split(',')[1]));
  nothingWrong(page);
});

test('ten thousand users from a file, and the page stays quick', async (t) => {
  const { page } = await stage(t);
  await signIn(page);
  await page.goto('/ui/users/import');
  await page.locator('input[type=file]').setInputFiles(csv(`username,display_name\n${Array.from({ length: 10_000 }, (_, i) => `user${String(i).padStart(5, '0')},"User, ${i}"`).join('\n')}\n`));
  await page.getByText('10,000 users', { exact: true }).waitFor();
  const search = page.getByRole('searchbox', { name: 'Search the file' });
  const began = performance.now();
  await search.fill('user09999');
  await page.getByText('Page 1 of 1 · 1 line').waitFor();
  // It stands still where a page holds all lines; a busy machine is not that slow.
  assert.ok(performance.now() - began < 30_000, 'searching ten thousand lines is quick');
  await page.getByRole('button', { name: 'Import 10,000 users' }).click();
  const bar = page.getByRole('progressbar');
  const imported = page.getByRole('heading', { name: 'Imported' });
  await bar.or(imported).first().waitFor();
  // An import may be over between two looks.
  await until(async () => {
    if (await imported.isVisible()) return true;
    const value = await bar.evaluate((element) => element.value, undefined, { timeout: 500 }).catch(() => 0);
    return value > 0 && value < 10_000;
  }, 'the bar to move', 60_000);
  await check(page, 'an import under way');
  await imported.waitFor({ timeout: 300_000 });
  await page.getByRole('link', { name: 'To the users' }).click();
  await heading(page, 'Users');
  await page.getByText(/of 10001 users/).waitFor();
  await page.getByRole('searchbox', { name: 'Search users' }).fill('user09998');
  await page.locator('[data-user="user09998"]').waitFor();
  nothingWrong(page);
});

test('tenants are made and renamed, and the configuration shows no secret', async (t) => {
  const { page } = await stage(t);
  await signIn(page);
  await goTo(page, 'Settings');
  await subPage(page, 'Tenants');
  await page.getByRole('button', { name: 'New tenant' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('button', { name: 'Make tenant' }).click();
  await dialog.getByText('A tenant needs a name.').waitFor();
  await dialog.getByLabel('Name').fill('Acme');
  await check(page, 'new tenant');
  await dialog.getByRole('button', { name: 'Make tenant' }).click();
  await page.locator('[data-tenant="Acme"]').waitFor();
  await page.getByRole('button', { name: 'Rename Acme' }).click();
  await dialog.getByLabel('Name').fill('Acme Ltd');
  await dialog.getByRole('button', { name: 'Rename', exact: true }).click();
  await page.locator('[data-tenant="Acme Ltd"]').waitFor();
  await subPage(page, 'Configuration');
  await page.getByRole('region', { name: 'Configuration' }).getByText('default').first().waitFor();
  const text = await page.locator('main').innerText();
  for (const secret of ['an-api-token-for-tests', 'a-shared-secret', 'an-admin-password']) assert.ok(!text.includes(secret), `${secret} is not shown`);
  await page.getByRole('searchbox', { name: 'Search the configuration' }).fill('nothing is called this');
  await page.getByText('Nothing matches').waitFor();
  await goTo(page, 'Audit');
  await page.getByRole('textbox', { name: 'What', exact: true }).fill('tenant');
  await until(async () => (await page.getByText('Acme').count()) > 0 && (await page.getByText('session').count()) === 0, 'the audit log to be filtered');
  await check(page, 'filtered audit log');
  nothingWrong(page);
});

test('an import is stopped by hand, and what was made stays', async (t) => {
  const { troupe, page } = await stage(t);
  await signIn(page);
  await page.goto('/ui/users/import');
  // Each password is hashed with care: that takes long enough to be stopped.
  await page.locator('input[type=file]').setInputFiles(csv(`username,password\n${Array.from({ length: 5_000 }, (_, i) => `slow${i},a-long-password-${i}`).join('\n')}\n`));
  await page.getByRole('button', { name: 'Import 5,000 users' }).click();
  await page.getByRole('button', { name: 'Stop the import' }).click();
  await check(page, 'before an import is stopped');
  await page.getByRole('dialog').getByRole('button', { name: 'Stop it' }).click();
  await page.getByRole('heading', { name: 'Stopped by hand' }).waitFor();
  await page.getByText('What was made stays.').waitFor();
  await check(page, 'a stopped import');
  const [report] = (await troupe.api('GET', '/api/v1/users/import')).body.items;
  assert.deepEqual([report.state, report.reason], ['failed', 'cancelled']);
  assert.ok(report.done < report.total, `${report.done} of ${report.total}`);
  await page.getByRole('button', { name: 'Another file' }).click();
  await page.getByText('Choose a CSV file').waitFor();
  nothingWrong(page);
});

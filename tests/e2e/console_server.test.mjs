// The homeserver's pages in a real browser: rooms and their deletion, files, registration tokens, reports.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Browser } from './lib/browser.mjs';
import { check, field, goByKeys, goTo, heading, nothingWrong, picture, signIn, stage as stageOn } from './lib/console.mjs';
import { adminPassword, until } from './lib/troupe.mjs';

let browser;
before(async () => { browser = await Browser.start(); });
after(() => browser.stop());
const stage = (t, options) => stageOn(t, browser, options);
const tab = (page, name) => page.getByRole('navigation', { name: 'Pages of the server' }).getByRole('link', { name, exact: true }).click();

/** Two people, a room that both are in, a file and a report of each kind. */
async function settle(troupe) {
  const anna = await troupe.user('anna');
  const bert = await troupe.user('bert');
  const { room_id: garden } = await anna.request('POST', '/_matrix/client/v3/createRoom', { name: 'Garden', topic: 'Roses', preset: 'public_chat' });
  const { room_id: cellar } = await anna.request('POST', '/_matrix/client/v3/createRoom', { name: 'Cellar' });
  await bert.request('POST', `/_matrix/client/v3/join/${encodeURIComponent(garden)}`, {});
  const { event_id } = await anna.request('PUT', `/_matrix/client/v3/rooms/${encodeURIComponent(garden)}/send/m.room.message/1`, { msgtype: 'm.text', body: 'something rude' });
  const files = [];
  for (const [who, name, size] of [[anna, 'roses.txt', 2_000], [bert, 'film.txt', 2_500_000]]) {
    const made = await who.raw('POST', `/_matrix/media/v3/upload?filename=${name}`, new Uint8Array(size).fill(name.length), { 'content-type': 'text/plain' });
    files.push(made.body.content_uri.split('/').pop());
  }
  await bert.request('POST', `/_matrix/client/v3/rooms/${encodeURIComponent(garden)}/report/${encodeURIComponent(event_id)}`, { reason: 'That was rude.' });
  await bert.request('POST', `/_matrix/client/v3/rooms/${encodeURIComponent(garden)}/report`, { reason: 'A bad place.' });
  await bert.request('POST', `/_matrix/client/v3/users/${encodeURIComponent('@anna:localhost')}/report`, { reason: 'A bad person.' });
  return { anna, bert, garden, cellar, files };
}

for (const [screen, theme] of [['desktop', 'light'], ['phone', 'dark']]) {
  test(`what an administrator does with rooms, files, tokens and reports: ${screen}, ${theme}`, async (t) => {
    const { troupe, page } = await stage(t, { screen, theme });
    const shot = (name) => picture(page, `server-${name}-${screen}-${theme}`);
    const { anna, garden, files } = await settle(troupe);
    const dialog = page.getByRole('dialog');
    await signIn(page);
    if (screen === 'phone') await page.setViewportSize({ width: 375, height: 720 }); // A small one.

    await goTo(page, 'Server');
    const room = (id) => page.locator(`[data-room="${id}"]`);
    await room(garden).waitFor();
    await check(page, 'rooms');
    await shot('rooms');
    await page.getByLabel('Search rooms').fill('gard');
    await until(async () => (await page.locator('[data-room]').count()) === 1, 'the one room');
    await room(garden).getByRole('link', { name: 'Garden' }).click();
    await page.getByRole('heading', { name: 'Garden' }).waitFor();
    await page.locator('[data-member="@bert:localhost"]').waitFor();
    await check(page, 'a room');
    await shot('room');

    await page.getByRole('button', { name: 'Block', exact: true }).click();
    await check(page, 'block a room');
    await dialog.getByRole('button', { name: 'Block', exact: true }).click();
    await page.getByText('nobody: blocked by @admin:localhost').waitFor();
    await page.getByRole('button', { name: 'Unblock' }).click();
    await page.getByText('everybody may come in').waitFor();

    await page.getByRole('button', { name: 'Delete', exact: true }).click();
    assert.ok(await dialog.getByRole('button', { name: 'Delete the room' }).isDisabled(), 'not without its name');
    await dialog.getByRole('textbox').fill('Garden');
    await check(page, 'delete a room');
    await shot('delete');
    await dialog.getByRole('button', { name: 'Delete the room' }).click();
    const deletion = page.locator(`[data-deletion="${garden}"]`);
    await deletion.getByText('Deleted', { exact: true }).waitFor();
    await until(async () => (await room(garden).count()) === 0, 'the room to leave the list');
    assert.equal((await anna.request('GET', '/_matrix/client/v3/joined_rooms')).joined_rooms.includes(garden), false);
    await check(page, 'a deleted room');
    await shot('deleted');
    await page.goto(`/ui/server/rooms/${encodeURIComponent(garden)}`);
    await page.getByText('No such room').waitFor();

    await tab(page, 'Media');
    const file = (id) => page.locator(`[data-file="${id}"]`);
    const download = async (id) => (await anna.raw('GET', `/_matrix/client/v1/media/download/localhost/${id}`)).status;
    await file(files[1]).waitFor();
    assert.equal(await page.locator('[data-file]').first().getAttribute('data-file'), files[1], 'the largest first');
    await check(page, 'media');
    await shot('media');
    await page.getByRole('button', { name: 'Quarantine roses.txt' }).click();
    await file(files[0]).locator('.state', { hasText: 'Quarantined' }).waitFor(); // The buttons' texts, read together, say so too.
    assert.equal(await download(files[0]), 404);
    await page.getByLabel('Which files').selectOption('quarantined');
    await until(async () => (await page.locator('[data-file]').count()) === 1, 'what is in quarantine');
    await page.getByRole('button', { name: 'Release roses.txt' }).click();
    await page.getByText('Nothing is in quarantine').waitFor();
    assert.equal(await download(files[0]), 200);
    await page.getByLabel('Which files').selectOption('people');
    await page.locator('[data-person="@bert:localhost"]').waitFor();
    await check(page, 'media by person');
    await shot('media-by-person');
    await page.getByRole('button', { name: 'Show files of @bert:localhost' }).click();
    await page.getByRole('button', { name: 'Delete film.txt' }).click();
    await dialog.getByRole('button', { name: 'Delete the file' }).click();
    await page.getByText('No files yet').waitFor();
    assert.equal(await download(files[1]), 404);

    await tab(page, 'Registration');
    await page.getByText(/^Registration is closed/).waitFor();
    await page.getByText('No tokens yet').waitFor();
    await check(page, 'registration, none');
    await page.getByRole('button', { name: 'New token' }).click();
    await field(page, 'Token').fill('spring');
    await check(page, 'new token');
    await dialog.getByRole('button', { name: 'Make token' }).click();
    await dialog.locator('[data-secret]', { hasText: 'spring' }).waitFor();
    await check(page, 'a token');
    await dialog.getByRole('button', { name: 'Done' }).click();
    const token = page.locator('[data-token="spring"]');
    await token.getByText('0 of 1').waitFor();
    await page.getByRole('button', { name: 'Change spring' }).click();
    await page.getByLabel('How often').fill('');
    await dialog.getByRole('button', { name: 'Change token' }).click();
    await token.getByText('0, no limit').waitFor();
    await check(page, 'registration');
    await shot('registration');
    await page.getByRole('button', { name: 'Delete spring' }).click();
    await dialog.getByRole('button', { name: 'Delete the token' }).click();
    await page.getByText('No tokens yet').waitFor();

    await tab(page, 'Reports');
    await page.getByText('That was rude.').waitFor();
    await check(page, 'reports');
    await shot('reports');
    await page.getByRole('button', { name: /^Show report/ }).click();
    await dialog.getByText('The message is gone.').waitFor(); // With its room.
    await check(page, 'a report');
    await dialog.getByRole('button', { name: 'Close' }).click();
    for (const [kind, text] of [['', 'That was rude.'], ['room', 'A bad place.'], ['user', 'A bad person.']]) {
      await page.getByLabel('What was reported').selectOption(kind);
      await page.getByText(text).waitFor();
      await page.getByRole('button', { name: /^Put away report/ }).click();
      await dialog.getByRole('button', { name: 'Put away' }).click();
      await page.getByText('No reports', { exact: true }).waitFor();
    }
    const wanted = ['room.block', 'room.unblock', 'room.delete', 'media.quarantine', 'media.release', 'media.delete',
      'registration.create', 'registration.change', 'registration.delete', 'report.dismiss'];
    await until(async () => {
      const actions = (await troupe.api('GET', '/api/v1/audit?limit=100')).body.items.map(({ action }) => action);
      return wanted.every((action) => actions.includes(action));
    }, 'all of it in the audit log');
    nothingWrong(page);
  });
}

test('a deletion is cancelled while people are still in the room', async (t) => {
  const { troupe, page } = await stage(t);
  const anna = await troupe.user('anna');
  const { room_id } = await anna.request('POST', '/_matrix/client/v3/createRoom', { name: 'Garden' });
  await signIn(page);
  // The server answers as it would while a large room is emptied: the work itself is over too soon to press a button.
  let state = 'active';
  const deletion = () => ({ delete_id: 'd1', room_id, name: 'Garden', state, people: 40, people_out: 10, events: 60, events_removed: 0,
    started_at: new Date().toISOString() });
  await page.route('**/api/v1/homeserver/deletions?*', (route) => route.fulfill({ json: { items: [deletion()], total: 1 } }));
  await page.route('**/api/v1/homeserver/deletions/d1/cancel', (route) => { state = 'cancelled'; return route.fulfill({ json: deletion() }); });
  await goTo(page, 'Server');
  await page.getByText('10 of 40 people are out.').waitFor();
  await check(page, 'a deletion under way');
  await picture(page, 'server-deleting-desktop-light');
  await page.getByRole('button', { name: 'Cancel the deletion of Garden' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Cancel the deletion' }).click();
  await page.locator('.state', { hasText: 'Cancelled' }).waitFor();
  await check(page, 'a cancelled deletion');
  nothingWrong(page);
});

test('by keyboard alone: to a room, its deletion asked for and left again', async (t) => {
  const { troupe, page } = await stage(t);
  const anna = await troupe.user('anna');
  await anna.request('POST', '/_matrix/client/v3/createRoom', { name: 'Garden' });
  await signIn(page);
  await goByKeys(page, 'h', 'Server');
  await page.getByRole('link', { name: 'Garden' }).waitFor();
  const focused = () => page.evaluate(() => document.activeElement?.textContent ?? '');
  const tabTo = async (text) => {
    for (let step = 0; step < 40; ++step) {
      if ((await focused()) === text) return;
      await page.keyboard.press('Tab');
    }
    assert.fail(`the keyboard does not reach ${text}; it is at ${await focused()}`);
  };
  await tabTo('Garden');
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'Garden' }).waitFor();
  await tabTo('Delete');
  await page.keyboard.press('Enter');
  await page.getByRole('dialog').waitFor();
  await until(() => page.evaluate(() => document.activeElement?.tagName === 'INPUT'), 'the cursor in the field');
  await page.keyboard.press('Escape');
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  await until(async () => (await focused()) === 'Delete', 'the focus to come back');
  nothingWrong(page);
});

test('sign-in providers: none, one that does not answer, and its button on the way in', async (t) => {
  const none = await stage(t);
  await signIn(none.page);
  await none.page.goto('/ui/server/providers');
  await none.page.getByText('No sign-in providers').waitFor();
  await check(none.page, 'no providers');
  const provider = { id: 'kc', name: 'Keycloak of the whole of our large company', issuer: 'http://127.0.0.1:9/realms/a-realm-with-a-long-name', client_id: 'troupe', client_secret: 'a-secret', backchannel_logout: true };
  for (const [screen, theme] of [['desktop', 'light'], ['phone', 'dark']]) {
    const { page } = await stage(t, { screen, theme, server: { env: { TROUPE_OIDC_PROVIDERS: JSON.stringify([provider]) } } });
    await page.goto('/ui/bots');
    const button = page.getByRole('link', { name: `Sign in with ${provider.name}` });
    await button.waitFor();
    assert.equal(await button.getAttribute('href'), '/api/v1/session/providers/oidc-kc?next=%2Fui%2Fbots');
    if (screen === 'phone') await page.setViewportSize({ width: 320, height: 640 });
    await check(page, 'the sign-in page with a provider');
    const cutOff = await button.evaluate((link) => [link, ...link.querySelectorAll('*')].some((one) => one.scrollWidth > one.clientWidth && one.clientWidth > 0));
    assert.equal(cutOff, false, 'the name stands there to its end');
    await picture(page, `sign-in-provider-${screen}-${theme}`);
    await page.goto('/ui/sign-in?problem=late');
    await page.getByText('That sign-in took too long').waitFor();
    await check(page, 'a sign-in that failed');
    await signIn(page);
    await page.goto('/ui/server/providers');
    const card = page.locator('[data-provider="oidc-kc"]');
    await card.getByText('Not asked yet').waitFor();
    await page.getByRole('button', { name: `Test ${provider.name}` }).click();
    await card.getByText('Fails').waitFor();
    await card.getByText(/^discovery: /).waitFor();
    await check(page, 'a provider that fails');
    await picture(page, `server-providers-${screen}-${theme}`);
    nothingWrong(page);
  }
});

for (const [screen, theme] of [['desktop', 'dark'], ['phone', 'light']]) {
  test(`somebody at a provider is linked to an account, and unlinked: ${screen}, ${theme}`, async (t) => {
    const provider = { id: 'kc', name: 'Keycloak', issuer: 'http://127.0.0.1:9/realms/main', client_id: 'troupe', client_secret: 'a-secret' };
    const { troupe, page } = await stage(t, { screen, theme, server: { env: { TROUPE_OIDC_PROVIDERS: JSON.stringify([provider]) } } });
    const dialog = page.getByRole('dialog');
    await troupe.user('anna');
    await troupe.user('bert');
    await signIn(page);
    const link = async (user, subject) => {
      await page.goto(`/ui/users/${user}`);
      await page.getByRole('button', { name: 'Link a provider' }).click();
      await check(page, 'link a provider');
      await picture(page, `user-link-${screen}-${theme}`);
      await dialog.getByLabel(/Id at the provider/).fill(subject);
      await page.keyboard.press('Enter');
    };
    const subject = 'f:1e5a/anna b@example.org|7';
    await link('anna', subject);
    const unlink = page.getByRole('button', { name: `Unlink kc, ${subject}` });
    await unlink.waitFor();
    await check(page, 'a user with a provider');
    const linked = async () => (await troupe.api('GET', '/api/v1/users/anna')).body.identities;
    assert.deepEqual(await linked(), [{ provider: 'oidc-kc', subject }]);

    await link('bert', subject);
    await dialog.getByText(/leads to @anna:localhost already/).waitFor();
    await page.keyboard.press('Escape');

    await page.goto('/ui/users/anna');
    await unlink.click();
    await check(page, 'unlink a provider');
    await dialog.getByRole('button', { name: 'Unlink' }).click();
    await unlink.waitFor({ state: 'detached' });
    assert.deepEqual(await linked(), []);
    const { items } = (await troupe.api('GET', '/api/v1/audit?action=user.unlink')).body;
    assert.equal(items[0].target, '@anna:localhost');
    assert.equal(items[0].detail.subject, subject);
    nothingWrong(page);
  });
}

test('a room whose name nobody can type is deleted all the same, on the narrowest phone', async (t) => {
  const { troupe, page } = await stage(t, { screen: 'phone' });
  const anna = await troupe.user('anna');
  const { room_id } = await anna.request('POST', '/_matrix/client/v3/createRoom', { name: `\u202e${'W'.repeat(200)} ` });
  await signIn(page);
  await page.setViewportSize({ width: 320, height: 640 });
  await page.goto(`/ui/server/rooms/${encodeURIComponent(room_id)}`);
  await page.getByRole('button', { name: 'Delete', exact: true }).click();
  const dialog = page.getByRole('dialog');
  await check(page, 'delete a room with a long name');
  await dialog.getByRole('textbox').fill('delete');
  await dialog.getByRole('button', { name: 'Delete the room' }).click();
  await page.locator(`[data-deletion="${room_id}"]`).getByText('Deleted', { exact: true }).waitFor();
  nothingWrong(page);
});

test('another tenant\'s administrator has no such page', async (t) => {
  const { troupe, page } = await stage(t);
  const { body: tenant } = await troupe.api('POST', '/api/v1/tenants', { name: 'other' });
  await troupe.api('POST', '/api/v1/users', { username: 'olga', password: adminPassword });
  await troupe.api('PATCH', '/api/v1/users/olga', { tenant_id: tenant.id });
  await troupe.api('PATCH', '/api/v1/users/olga', { role: 'admin' });
  await signIn(page, 'olga');
  assert.equal(await page.getByRole('link', { name: 'Server', exact: true }).count(), 0);
  await page.goto('/ui/server');
  await heading(page, 'No such page');
  nothingWrong(page);
});

// Meetings in a real browser: a bot is sent, its way is drawn, what is said is read while it is said, searched, taken along and deleted.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, test } from 'node:test';
import { Browser } from './lib/browser.mjs';
import { check, goByKeys, heading, nothingWrong, picture, signIn, stage as stageOn } from './lib/console.mjs';
import { startWithBots, Voice } from './lib/meeting_voice.mjs';
import { until } from './lib/troupe.mjs';

let browser;
let troupe;
before(async () => { [browser, troupe] = await Promise.all([Browser.start(), startWithBots()]); });
after(async () => { await browser?.stop(); await troupe?.stop(); });

for (const [screen, theme] of [['desktop', 'light'], ['phone', 'dark']]) {
  test(`a meeting from the link to the deletion of what was said: ${screen}, ${theme}`, async (t) => {
    const { page } = await stageOn(t, browser, { troupe, screen, theme });
    const shot = (name) => picture(page, `${name}-${screen}-${theme}`);
    const state = (word) => page.locator('.meeting-now .state', { hasText: word }).waitFor();
    const call = `joins-${screen}`;
    await signIn(page);
    if (screen === 'desktop') await goByKeys(page, 'm', 'Meetings');
    else {
      await page.goto('/ui/meetings');
      await heading(page, 'Meetings');
    }
    await check(page, 'the list of meetings');
    await shot('meetings-before');

    await page.getByRole('button', { name: 'Send a bot' }).first().click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Link of the call').fill('https://meet.google.com/abc-defg');
    await dialog.getByRole('button', { name: 'Send the bot' }).click();
    await dialog.getByText(/looks like a mistyped Google Meet code/).waitFor();
    await page.locator('input[aria-invalid=true]:focus').waitFor(); // the cursor is where the mistake is
    assert.equal(await dialog.getByRole('alert').count(), 0, 'a mistake is said once, at its field');
    await check(page, 'a link that is none');
    await dialog.getByLabel('Link of the call').fill(`https://meet.jit.si/${call}`);
    await dialog.getByRole('combobox', { name: 'Language' }).fill('deutsch');
    await page.getByRole('option', { name: /German/ }).click();
    await check(page, 'the dialog that sends a bot');
    await shot('meetings-send');
    await dialog.getByRole('button', { name: 'Send the bot' }).click();
    await heading(page, `Jitsi ${call}`);
    await state('In the call');
    const id = Number(page.url().split('/').at(-1));

    const voice = await Voice.join(troupe, id);
    await voice.say('Anna', 'Good mor', 1, false);
    await page.getByText('Good mor').waitFor();
    await check(page, 'a text that grows');
    await voice.say('Anna', 'Good morning, the roof is done.', 1);
    for (let line = 0; line < 30; ++line) await voice.say(line % 2 ? 'Anna' : 'Ben', `Sentence number ${line}.`, 3 + 2 * line);
    await page.getByText('Sentence number 29.').waitFor();
    const list = page.locator('.transcript');
    await until(() => list.evaluate((box) => box.scrollHeight - box.scrollTop - box.clientHeight < 5), 'the newest words in sight');
    await until(() => list.evaluate((box) => {
      box.scrollTop = 0;
      return new Promise((r) => { requestAnimationFrame(() => requestAnimationFrame(() => r(box.scrollTop === 0))); });
    }), 'the list to stay at its top');
    await voice.say('Carla', 'Something new.', 90);
    await page.getByText('Something new.').waitFor();
    assert.equal(await list.evaluate((box) => box.scrollTop), 0, 'who reads further up stays there');
    await check(page, 'a meeting');
    await shot('meeting');

    await page.getByLabel('Search in what was said').fill('ROOF');
    await page.locator('mark', { hasText: 'roof' }).waitFor();
    assert.equal(await page.getByText('Something new.').count(), 0);
    await check(page, 'a search in a transcript');
    await page.getByLabel('Search in what was said').fill('');

    await page.getByRole('button', { name: 'Language and task' }).click();
    await check(page, 'another language');
    await dialog.getByRole('button', { name: 'Cancel' }).click();

    await page.getByRole('button', { name: 'Export' }).click();
    const [file] = await Promise.all([page.waitForEvent('download'), page.getByRole('menuitem', { name: 'Subtitles (SRT)' }).click()]);
    assert.match(await readFile(await file.path(), 'utf8'), /-->[\s\S]*the roof is done/);

    await page.getByRole('button', { name: 'Have it leave' }).click();
    await check(page, 'the question before it leaves');
    await dialog.getByRole('button', { name: 'Have it leave' }).click();
    await state('Completed');
    voice.end();
    await page.getByText('Leaving → Completed').waitFor();

    await page.goto('/ui/meetings/search');
    await heading(page, 'Search transcripts');
    await page.getByLabel('Words that were said').fill('roof');
    await page.locator('mark', { hasText: 'roof' }).first().waitFor();
    await check(page, 'a search over all');
    await shot('meetings-search');
    await page.getByRole('link', { name: new RegExp(call) }).click();
    await page.locator('mark', { hasText: 'roof' }).waitFor();

    await page.getByRole('button', { name: 'Delete it' }).click();
    await check(page, 'the question before a deletion');
    await dialog.getByRole('button', { name: 'Delete the transcript' }).click();
    await dialog.waitFor({ state: 'detached' });
    await page.getByLabel('Search in what was said').waitFor({ state: 'detached' });
    assert.equal((await troupe.api('GET', `/api/v1/meetings/${id}/transcript`)).body.total, 0);
    await page.goto('/ui/meetings?state=completed');
    await page.locator(`[data-meeting="${id}"]`).waitFor();
    await check(page, 'the meetings that are over');
    await shot('meetings');

    await page.getByRole('link', { name: 'Webhooks' }).click();
    await heading(page, 'Webhooks of meetings');
    await page.getByText('No webhooks yet').waitFor();
    await check(page, 'no webhooks');
    await page.getByRole('button', { name: 'New webhook' }).first().click();
    await check(page, 'the dialog that makes a webhook');
    await dialog.getByLabel('Address').fill('http://127.0.0.1:9/hook'); // nobody listens there
    await dialog.getByRole('button', { name: 'Make webhook' }).click();
    await dialog.locator('[data-secret]').waitFor();
    await check(page, 'the secret of a webhook');
    await dialog.getByRole('button', { name: 'I have kept it' }).click();
    await check(page, 'the webhooks');
    await page.getByRole('link', { name: '127.0.0.1:9' }).click();
    await heading(page, '127.0.0.1:9');
    await page.getByRole('button', { name: 'Send a test' }).click();
    const tried = page.locator('[data-delivery]', { hasText: 'no answer' }).filter({ hasText: 'no meeting' }); // a meeting may have ended meanwhile
    await tried.waitFor();
    await check(page, 'a webhook and its log');
    await shot('meetings-webhook');
    await tried.getByRole('button', { name: /Show what was sent/ }).click();
    await dialog.locator('pre').waitFor();
    await check(page, 'what was sent');
    await dialog.getByRole('button', { name: 'Close' }).click();
    await page.getByRole('button', { name: 'Delete' }).click();
    await dialog.getByRole('button', { name: 'Delete webhook' }).click();
    await page.getByText('No webhooks yet').waitFor();
    nothingWrong(page);
  });
}

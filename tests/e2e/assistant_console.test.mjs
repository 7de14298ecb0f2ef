// The assistant in the console, in a real browser: a service is added and given its key, a sentence becomes a plan, a
// choice, an approval, a result, and all of it stands in the audit.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { startAssistant, startVendors, stopAll } from './lib/assistant.mjs';
import { Browser } from './lib/browser.mjs';
import { check, goTo, heading, nothingWrong, picture, signIn, stage as stageOn } from './lib/console.mjs';
import { until } from './lib/troupe.mjs';

const packFolder = join(import.meta.dirname, '../../packs/companycam');
const key = 'key-of-companycam-4f11';

let browser;
before(async () => { browser = await Browser.start(); });
after(() => browser.stop());

/** A server with the vendors behind it, and a window on it. CompanyCam's key is nobody's yet. */
async function stage(t, options) {
  const vendors = await startVendors({ companycam: { key } });
  t.after(() => stopAll(vendors));
  const troupe = await startAssistant(vendors, { env: { COMPANYCAM_API_KEY: '' } });
  t.after(() => troupe.stop());
  const { page } = await stageOn(t, browser, { ...options, troupe });
  return { vendors, troupe, page };
}

const tab = (page, name) => page.getByRole('navigation', { name: 'Pages of the assistant' }).getByRole('link', { name }).click();
const say = async (page, text) => {
  await page.getByRole('textbox', { name: 'Message to the assistant' }).fill(text);
  await page.keyboard.press('Enter');
};

/** The shipped pack's files, but each write asks for a yes first. */
function carefulPack() {
  return readdirSync(packFolder).map((name) => {
    let text = readFileSync(join(packFolder, name), 'utf8');
    if (name === 'config.json') text = JSON.stringify({ ...JSON.parse(text), approval: { of: 'writes', by: 'asker' } });
    return { name, mimeType: 'application/json', buffer: Buffer.from(text) };
  });
}

async function giveKey(page, dialog) {
  await tab(page, 'Services');
  await page.locator('[data-pack="companycam"] .state', { hasText: 'Key missing' }).waitFor();
  await check(page, 'services');
  await page.getByRole('button', { name: 'Add a service' }).click();
  await dialog.locator('input[type=file]').last().setInputFiles(carefulPack());
  await check(page, 'add a service');
  await dialog.getByRole('button', { name: 'Check and add' }).click();
  const form = page.getByRole('form', { name: 'Settings' });
  await form.waitFor();
  const field = form.getByLabel('API key', { exact: true });
  await field.fill('not-the-key');
  await form.getByRole('button', { name: 'Save' }).click();
  await form.getByText('Set. It is not shown again.').waitFor();
  await page.getByRole('button', { name: 'Test CompanyCam' }).click();
  await page.locator('.test-result[data-outcome="bad"]').waitFor();
  await field.fill(key);
  await form.getByRole('button', { name: 'Save' }).click();
  await until(async () => (await field.inputValue()) === '', 'the key to be taken');
  await page.getByRole('button', { name: 'Test CompanyCam' }).click();
  await page.locator('.test-result[data-outcome="good"]').waitFor();
  assert.ok(!(await page.content()).includes(key), 'a key is never shown');
  await check(page, 'a service');
}

for (const [screen, theme] of [['desktop', 'light'], ['phone', 'dark']]) {
  test(`from a sentence to the audit: ${screen}, ${theme}`, async (t) => {
    const { vendors, troupe, page } = await stage(t, { screen, theme });
    const shot = (name) => picture(page, `assistant-${name}-${screen}-${theme}`);
    const dialog = page.getByRole('dialog');
    await signIn(page);
    if (screen === 'phone') await page.setViewportSize({ width: 320, height: 720 }); // The narrowest.

    await goTo(page, 'Assistant');
    await page.getByRole('link', { name: 'CompanyCam' }).waitFor(); // It has no key yet.
    await check(page, 'nothing said yet');
    await shot('welcome');
    await giveKey(page, dialog);
    await shot('service');

    // Planned, and nobody is called before it is confirmed.
    await tab(page, 'Chat');
    const reads = vendors.companycam.requests.length;
    await say(page, 'comment on the Smith project in companycam: "gutters are dry"');
    await page.getByRole('heading', { name: 'What will be done' }).waitFor();
    assert.equal(vendors.companycam.requests.length, reads, 'a plan calls nobody');
    await check(page, 'a plan');
    await shot('plan');
    await page.getByText('How this was understood').click();
    await page.getByRole('list', { name: 'Services' }).locator('[data-score="companycam"]').waitFor();
    await page.getByText('No model was asked.').waitFor();
    await check(page, 'how it was understood');
    await shot('understood');
    await page.getByText('How this was understood').click();
    await page.getByRole('button', { name: 'Run', exact: true }).click();

    // Two Smiths: chosen by its number.
    const choice = page.getByRole('button', { name: /4 Elm Road/ });
    await choice.waitFor();
    await check(page, 'a question');
    await shot('question');
    const number = /^(\d)/.exec((await choice.innerText()).trim())[1];
    await until(() => page.evaluate(() => document.activeElement?.closest('[role=group]') !== null), 'the answers to have the focus');
    await page.keyboard.press(number);

    // The exact call, approved.
    await page.getByRole('heading', { name: 'One call needs a yes' }).waitFor();
    const project = vendors.companycam.projects.find((each) => each.address.street_address_1 === '4 Elm Road');
    const calls = page.getByRole('list', { name: 'Calls that need a yes' });
    await calls.getByText(project.id, { exact: true }).waitFor();
    await calls.getByText('gutters are dry', { exact: true }).waitFor();
    await calls.getByText(/POST/).first().waitFor();
    await page.locator('.shell-header [data-badge="approvals"], .tabs [data-badge="approvals"]').first().waitFor();
    assert.equal(vendors.companycam.wrote('gutters are dry').length, 0);
    await check(page, 'an approval');
    await shot('approval');
    await page.getByRole('button', { name: 'Approve', exact: true }).click();
    await dialog.getByRole('button', { name: 'Approve', exact: true }).waitFor();
    await check(page, 'approve');
    await dialog.getByRole('button', { name: 'Approve', exact: true }).click();

    await page.getByRole('heading', { name: 'What came of it' }).waitFor();
    assert.equal(vendors.companycam.wrote('gutters are dry').length, 1);
    assert.equal(vendors.companycam.comments.at(-1).commentable_id, project.id);
    await check(page, 'a result');
    await shot('result');

    // What ran, with who said yes; and the same after a fresh start.
    await page.getByRole('link', { name: 'What ran, step by step' }).click();
    await page.getByRole('region', { name: 'Questions and approvals' }).locator('.state', { hasText: 'Approved' }).waitFor();
    const requests = page.getByRole('list', { name: 'Calls to services' });
    await requests.getByText('POST', { exact: true }).waitFor();
    await troupe.restart();
    await page.reload();
    await requests.getByText('POST', { exact: true }).waitFor();
    await check(page, 'a task');
    await shot('task');
    assert.ok(!(await page.content()).includes(key), 'what is shown of calls has no key');
    await tab(page, 'Tasks');
    await page.locator('[data-task] .state', { hasText: 'Done' }).waitFor();
    await check(page, 'tasks');
    await tab(page, 'Approvals');
    await page.getByText('Nothing waits for a yes').waitFor();
    await check(page, 'approvals, none');
    await goTo(page, 'Audit');
    await page.getByText('assistant.call', { exact: true }).first().waitFor();
    await check(page, 'audit');
    nothingWrong(page);
  });
}

test('what is not approved is not done, and a service that was added goes', async (t) => {
  const { vendors, page } = await stage(t);
  const dialog = page.getByRole('dialog');
  await signIn(page);
  await goTo(page, 'Assistant');
  await giveKey(page, dialog);

  await tab(page, 'Chat');
  await say(page, 'comment on the Kelly project in companycam: "never said"');
  await page.getByRole('button', { name: 'Run', exact: true }).click();
  await page.getByRole('heading', { name: 'One call needs a yes' }).waitFor();
  await tab(page, /^Approvals/);
  await page.getByRole('region', { name: 'Waiting for you' }).getByRole('button', { name: 'Reject' }).click();
  await dialog.getByLabel('Why').fill('Not today.');
  await check(page, 'reject');
  await dialog.getByRole('button', { name: 'Reject' }).click();
  await page.getByText('Nothing waits for a yes').waitFor();
  assert.equal(vendors.companycam.wrote('never said').length, 0);
  await tab(page, 'Tasks');
  await page.locator('[data-task]', { hasText: 'Not today.' }).locator('.state', { hasText: 'Rejected' }).waitFor();
  await page.locator('[data-task] .main-link').first().click();

  // Once more, from the beginning: a plan of its own, which is not run.
  await page.getByRole('button', { name: 'Run again' }).click();
  await page.getByRole('heading', { name: 'What will be done' }).waitFor();
  await page.getByRole('button', { name: 'Cancel', exact: true }).click();
  await page.getByText('This was cancelled').waitFor();

  await tab(page, 'Services');
  await page.getByRole('link', { name: 'CompanyCam' }).click();
  await page.getByRole('button', { name: 'Remove', exact: true }).click();
  await dialog.getByRole('textbox').fill('companycam');
  await dialog.getByRole('button', { name: 'Remove the service' }).click();
  await page.locator('[data-pack="companycam"]', { hasText: 'comes with Troupe' }).waitFor();
  nothingWrong(page);
});

test('what was done is undone, by a plan of its own', async (t) => {
  const { vendors, page } = await stage(t, { screen: 'phone', theme: 'dark' });
  const dialog = page.getByRole('dialog');
  await signIn(page);
  await page.setViewportSize({ width: 320, height: 720 });
  await goTo(page, 'Assistant');
  await giveKey(page, dialog);
  const made = () => vendors.companycam.projects.some(({ name, status }) => name === 'Gable' && status !== 'deleted');
  const runApproved = async () => {
    await page.getByRole('button', { name: 'Run', exact: true }).click();
    await page.getByRole('button', { name: 'Approve', exact: true }).click();
    await dialog.getByRole('button', { name: 'Approve', exact: true }).click();
    await page.getByRole('heading', { name: 'What came of it' }).waitFor();
  };

  await tab(page, 'Chat');
  await say(page, 'create a project named "Gable" in companycam');
  await runApproved();
  assert.ok(made());
  await page.getByRole('button', { name: 'Undo', exact: true }).click();
  await page.getByRole('heading', { name: 'Undo what a task did' }).waitFor();
  await page.getByRole('heading', { name: 'What will be done' }).waitFor();
  assert.ok(made(), 'a plan undoes nothing yet');
  await check(page, 'a plan that undoes');
  await runApproved();
  assert.ok(!made());
  await check(page, 'a task that undid');
  assert.equal(await page.getByRole('button', { name: 'Undo', exact: true }).count(), 0, 'what was undone is asked for anew');
  nothingWrong(page);
});

test('what somebody else has to approve comes to them, and its answer back', async (t) => {
  const { vendors, troupe, page } = await stage(t);
  const rosa = await browser.open({ base: troupe.platform, theme: 'dark' });
  t.after(() => rosa.context().close());
  const dialog = rosa.getByRole('dialog');
  await troupe.api('POST', '/api/v1/users', { username: 'rosa', password: 'password-of-rosa', role: 'admin' });
  await signIn(rosa, 'rosa', 'password-of-rosa');
  await signIn(page);
  await goTo(page, 'Assistant');
  await giveKey(page, page.getByRole('dialog'));
  await page.getByLabel('Who says yes').selectOption({ label: 'An administrator other than whoever asked' });
  const form = page.getByRole('form', { name: 'Settings' });
  await form.getByRole('button', { name: 'Save' }).click();
  await until(async () => (await page.getByRole('form', { name: 'Settings' }).getByRole('button', { name: 'Save' }).count()) === 1, 'the settings');
  await rosa.goto('/ui/assistant/approvals');
  await rosa.getByText('Nothing waits for a yes').waitFor();

  await tab(page, 'Chat');
  await say(page, 'comment on the Kelly project in companycam: "two said yes"');
  await page.getByRole('button', { name: 'Run', exact: true }).click();
  await page.getByText('This waits for an administrator other than whoever asked for it.').waitFor();
  // Nothing is loaded again by hand, in either window.
  await rosa.getByRole('region', { name: 'Waiting for you' }).getByRole('button', { name: 'Approve' }).click();
  await dialog.getByRole('button', { name: 'Approve' }).click();
  await rosa.getByText('Nothing waits for a yes').waitFor();
  await page.getByRole('heading', { name: 'What came of it' }).waitFor();
  assert.equal(vendors.companycam.wrote('two said yes').length, 1);
  assert.equal(await page.title(), 'Chat · Assistant · Troupe');
  nothingWrong(page);
  nothingWrong(rosa);
});

test('a vague request asks which service is meant', async (t) => {
  const { page } = await stage(t);
  await signIn(page);
  await page.goto('/ui/assistant');
  await heading(page, 'Assistant');
  await say(page, 'find Shaw');
  const answers = page.getByRole('group').getByRole('button');
  await until(async () => (await answers.count()) >= 2, 'the services to choose from');
  const address = page.url();
  await page.reload(); // The question waits, however long.
  await until(async () => (await answers.count()) >= 2, 'the question to be there still');
  assert.equal(page.url(), address);
  await answers.first().click();
  await page.locator('[data-card="plan"], [data-question]').first().waitFor();
  await check(page, 'what follows the choice');
  // What was chosen counts the next time, until it is forgotten.
  await page.getByText('How this was understood').click();
  const forget = page.getByRole('button', { name: /^Forget the choice/ });
  await forget.waitFor();
  await check(page, 'what was learned');
  await forget.click();
  await until(async () => (await forget.count()) === 0, 'the choice to be forgotten');
  nothingWrong(page);
});

test('a file goes with a text, and a conversation has another title and an end', async (t) => {
  const { page } = await stage(t, { screen: 'phone', theme: 'dark' });
  const dialog = page.getByRole('dialog');
  await signIn(page);
  await page.setViewportSize({ width: 320, height: 720 });
  await goTo(page, 'Assistant');
  await page.locator('[data-attach]').setInputFiles([{ name: 'roof.png', mimeType: 'image/png', buffer: Buffer.from('not much of a picture') }]);
  await page.getByRole('list', { name: 'Files that go with it' }).locator('[data-state="ready"]').waitFor();
  await check(page, 'a file that goes with a text');
  await say(page, 'add a photo to the Kelly project in companycam');
  await page.locator('[data-card="plan"]').waitFor();
  await page.getByText('[file: roof.png]').first().waitFor();
  await page.locator('[data-card="plan"]').getByText('mxc://').first().waitFor();

  await page.getByRole('button', { name: 'Rename the conversation' }).click();
  await dialog.getByLabel('Title').fill('Photos of Kelly');
  await check(page, 'rename a conversation');
  await dialog.getByRole('button', { name: 'Rename', exact: true }).click();
  await page.getByRole('heading', { name: 'Photos of Kelly' }).waitFor();
  await page.getByRole('button', { name: 'Delete the conversation' }).click();
  await check(page, 'delete a conversation');
  await dialog.getByRole('button', { name: 'Delete the conversation' }).click();
  await page.getByRole('heading', { name: 'What should be done?' }).waitFor();

  // The record stays, and what waited is cancelled.
  await tab(page, 'Tasks');
  await page.locator('[data-task] .state', { hasText: 'Cancelled' }).waitFor();
  await page.getByLabel('Service', { exact: true }).selectOption('slack');
  await page.getByText('No such task').waitFor();
  await page.getByLabel('Service', { exact: true }).selectOption('companycam');
  await page.locator('[data-task] .main-link').waitFor();
  await check(page, 'tasks of a service');
  nothingWrong(page);
});

// Green means good: a bot that fails shows at once wherever one looks, a connection test tells what it knows, mistakes
// stand on their fields, and a server that restarts is no mistake of the console.
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { after, before, test } from 'node:test';
import { Browser } from './lib/browser.mjs';
import { until } from './lib/troupe.mjs';
import { check, field, goTo, heading, nothingWrong, picture, row, shownState, signIn, stage as stageOn } from './lib/console.mjs';

let browser;
before(async () => { browser = await Browser.start(); });
after(() => browser?.stop());
const stage = (t, options) => stageOn(t, browser, options);

/** A model's server that lists its model and answers questions with `answer.status`. */
async function modelServer(t) {
  const answer = { status: 500 };
  const server = createServer((request, response) => {
    request.resume();
    const listed = request.url === '/v1/models';
    response.writeHead(listed ? 200 : answer.status, { 'content-type': 'application/json' });
    response.end(JSON.stringify(listed ? { data: [{ id: 'm' }] } : { choices: [{ message: { content: 'Here I am.' }, finish_reason: 'stop' }] }));
  });
  await new Promise((r) => server.listen(0, '127.0.0.1', r));
  t.after(() => { server.closeAllConnections(); server.close(); });
  return { answer, url: `http://127.0.0.1:${server.address().port}/v1` };
}

async function good(call) {
  const answer = await call;
  assert.ok(answer.status < 300, JSON.stringify(answer.body));
  return answer.body;
}

/** Says something to a bot as who is signed in, from wherever the page is. */
async function ask(page, botId, text) {
  const status = await page.evaluate(async ([path, body]) => (await fetch(path, { method: 'POST', headers: { 'content-type': 'application/json' }, body })).status,
    [`/api/v1/bots/${botId}/chat`, JSON.stringify({ text })]);
  assert.ok(status < 300, `status ${status}`);
}

const wide = { width: 1440, height: 900 };
for (const [screen, theme] of [['desktop', 'light'], ['desktop', 'dark'], ['phone', 'light'], ['phone', 'dark']]) {
  test(`a bot whose model answers 500 shows after one question: ${screen}, ${theme}`, async (t) => {
    const { troupe, page } = await stage(t, { screen, theme });
    if (screen === 'desktop') await page.setViewportSize(wide);
    const model = await modelServer(t);
    // More bots than the list has on a page, and all of them before it.
    for (let n = 0; n < 30; n++) await good(troupe.api('POST', '/api/v1/bots', { bot_id: `a${String(n).padStart(2, '0')}`, brain: { kind: 'echo' } }));
    await good(troupe.api('POST', '/api/v1/bots', { bot_id: 'zed', display_name: 'Zed', brain: { kind: 'openai', config: { base_url: model.url, model: 'm', retries: 0, stream: false } } }));
    await good(troupe.api('POST', '/api/v1/bots/zed/start'));
    await signIn(page);
    await page.getByText('bots need attention').waitFor();
    assert.equal(await page.getByRole('heading', { name: 'Needs attention' }).count(), 0);

    await ask(page, 'zed', 'Are you there?');
    // The overview hears of it by itself.
    const needing = page.getByRole('list', { name: 'Bots that need attention' });
    await needing.getByText('status 500').waitFor();
    assert.equal(await needing.locator('.state').getAttribute('data-tone'), 'warning');
    assert.equal(await needing.locator('.state').innerText(), 'Last answer failed');
    await page.getByText('bot needs attention').waitFor();
    await check(page, 'the overview with a failing bot');
    await picture(page, `trouble-overview-${screen}-${theme}`);

    await goTo(page, 'Bots');
    await page.getByLabel('State', { exact: true }).selectOption('troubled');
    await row(page, 'zed').locator('.state[data-tone=warning]').waitFor();
    await row(page, 'zed').getByText('status 500').first().waitFor();
    assert.equal(await page.locator('[data-bot]').count(), 1);
    await check(page, 'the list with a failing bot');
    await picture(page, `trouble-list-${screen}-${theme}`);
    await page.reload(); // The filter is in the address.
    await row(page, 'zed').locator('.state[data-tone=warning]').waitFor();

    await page.getByRole('link', { name: 'Zed', exact: true }).click();
    await shownState(page, 'Last answer failed');
    await page.getByText('Its last answer failed').waitFor();
    await picture(page, `trouble-bot-${screen}-${theme}`);

    // One that succeeds ends it.
    model.answer.status = 200;
    await ask(page, 'zed', 'And now?');
    await shownState(page, 'Running');
    await goTo(page, 'Overview');
    await page.getByText('bots need attention').waitFor();
    await page.getByRole('heading', { name: 'Needs attention' }).waitFor({ state: 'detached' });
    nothingWrong(page);
  });
}

test('the connection test knows good, unsure and bad, and is not there for what has nothing to test', async (t) => {
  const { troupe, page } = await stage(t);
  const model = await modelServer(t);
  await signIn(page);
  await page.goto('/ui/new-bot');
  const program = page.locator('[data-template=program]');
  await program.getByText('Off on this server').waitFor();
  await check(page, 'the templates');
  await picture(page, 'templates-off');
  await program.click();
  await page.getByText('programs.allow = true').waitFor();
  assert.equal(await page.getByLabel('Bot id').count(), 0);

  await page.goto('/ui/new-bot?template=echo');
  await page.getByLabel('Bot id').waitFor();
  assert.equal(await page.getByRole('button', { name: 'Test the connection' }).count(), 0);

  const outcome = (verdict) => page.locator(`.test-result[data-outcome=${verdict}]`).waitFor();
  const run = () => page.getByRole('button', { name: 'Test the connection' }).click();
  await page.goto('/ui/new-bot?template=openai');
  await field(page, 'Address').fill(model.url);
  await field(page, 'Model').fill('m');
  await run();
  await outcome('bad');
  await picture(page, 'test-bad');
  model.answer.status = 429;
  await field(page, 'Model').fill('m ');
  await field(page, 'Model').fill('m');
  await run();
  await outcome('unsure');
  await check(page, 'a test that is not sure');
  await picture(page, 'test-unsure');
  model.answer.status = 200;
  await field(page, 'Model').fill('m ');
  await field(page, 'Model').fill('m');
  await run();
  await outcome('good');
  // The same words at the API.
  const tested = await good(troupe.api('POST', '/api/v1/brains/openai/test', { config: { base_url: model.url.replace('/v1', ''), model: 'm' } }));
  assert.equal(typeof tested.outcome, 'string');
  nothingWrong(page);
});

test('mistakes that only the server knows stand on their fields, all at once', async (t) => {
  const { troupe, page } = await stage(t);
  await good(troupe.api('POST', '/api/v1/bots', { bot_id: 'parrot', brain: { kind: 'echo' } }));
  await signIn(page);
  await page.goto('/ui/new-bot?template=command');
  await page.getByLabel('Bot id').fill('parrot');
  await field(page, 'Time zone').fill('Berlin');
  await page.getByRole('button', { name: 'Make bot' }).click();
  await page.locator('[name="config.timezone"][aria-invalid=true]').waitFor();
  await picture(page, 'mistake-before-focus');
  await page.locator('[name="config.timezone"][aria-invalid=true]:focus').waitFor();
  await picture(page, 'mistake-on-its-field');
  await field(page, 'Time zone').fill('Europe/Berlin');
  await page.getByRole('button', { name: 'Make bot' }).click();
  await page.locator('[name=bot_id][aria-invalid=true]:focus').waitFor();
  await page.getByText('Bot with id parrot already exists').first().waitFor();
  const refused = await troupe.api('POST', '/api/v1/bots', { bot_id: 'No', brain: { kind: 'command', config: { timezone: 'Berlin', max_per_room: 0, limits: { bots_in_a_row: 99 } } } });
  assert.equal(refused.status, 400);
  assert.deepEqual(refused.body.errors.map(({ pointer }) => pointer), ['/bot_id', '/brain/config/limits/bots_in_a_row', '/brain/config/timezone', '/brain/config/max_per_room']);
  nothingWrong(page);
});

test('a server that restarts is no mistake of the console, and the page comes by itself', async (t) => {
  const { troupe, page } = await stage(t);
  await signIn(page);
  await page.getByText('Live', { exact: true }).waitFor();
  await troupe.terminate();
  await page.getByRole('navigation', { name: 'Pages', exact: true }).getByRole('link', { name: 'Audit', exact: true }).click();
  await page.locator('[data-notice=page]', { hasText: 'The server does not answer' }).waitFor();
  assert.equal(await page.getByText('This page failed').count(), 0);
  await picture(page, 'server-away');
  await troupe.launch();
  await heading(page, 'Audit');
  await page.locator('[data-notice=page]').waitFor({ state: 'detached' });
  assert.equal(await page.getByText('This page failed').count(), 0);
});

test('a part that is gone is fetched by one fresh start, never by a loop', async (t) => {
  const { page } = await stage(t);
  await signIn(page);
  let loads = 0;
  page.on('load', () => { loads++; });
  const gone = /\/ui\/assets\/audit-[^/]+\.js$/;
  let tries = 0;
  await page.route(gone, (route) => { tries++; return route.fulfill({ status: 404, body: 'gone' }); });
  await page.getByRole('navigation', { name: 'Pages', exact: true }).getByRole('link', { name: 'Audit', exact: true }).click();
  await page.locator('[data-notice=page]', { hasText: 'does not have this page' }).waitFor();
  const before = tries;
  await until(() => tries >= before + 2, 'it to be tried again'); // A loop would load the page each time.
  assert.equal(loads, 1);
  assert.equal(await page.getByText('This page failed').count(), 0);
  await page.unroute(gone);
  await page.getByRole('button', { name: 'Try now' }).click();
  await heading(page, 'Audit');
  assert.equal(loads, 1);
});

// @vitest-environment jsdom
import { screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { expect, it } from 'vitest';
import { Route, Routes } from 'react-router';
import { draw, newQueries, serve } from '@/kit/testing';
import { chosenFile, pack, packRow } from '../testing';
import ServicePage from './service';
import ServicesPage from './services';

const rows = [
  packRow('slack', 'Slack'),
  packRow('bolt', 'ECi Bolt', { ready: false }),
  packRow('acculynx', 'AccuLynx', { enabled: false, ready: false }),
  packRow('shop', 'The shop', { usable: false, ready: false, source: 'added' }),
];
const list = { 'GET /api/v1/packs': () => ({ body: { items: rows, total: rows.length } }) };
const path = '/api/v1/packs/shop';

function drawPages(at: string, queries = newQueries()) {
  return draw(
    <Routes>
      <Route path="/ui/assistant/services" element={<ServicesPage />} />
      <Route path="/ui/assistant/services/:service" element={<ServicePage />} />
    </Routes>,
    { at, queries },
  );
}

it('lists the services with how they stand', async () => {
  serve(list);
  drawPages('/ui/assistant/services');
  const card = (service: string) => document.querySelector<HTMLElement>(`[data-pack="${service}"]`)!;
  await screen.findByRole('link', { name: 'Slack' });
  within(card('slack')).getByText('Ready');
  within(card('bolt')).getByText('Key missing');
  within(card('acculynx')).getByText('Turned off');
  within(card('shop')).getByText('Has errors');
});

it('shows members what there is, and nothing to change it with', async () => {
  serve({ ...list, [`GET ${path}`]: () => ({ body: { ...pack, settings: undefined } }) });
  const queries = newQueries({ role: 'member' });
  drawPages('/ui/assistant/services', queries);
  await userEvent.click(await screen.findByRole('link', { name: 'The shop' }));
  await screen.findByText('Find an article');
  expect(screen.queryByRole('form', { name: 'Settings' })).toBeNull();
  expect(screen.queryByRole('button')).toBeNull();
});

it('adds a service out of its files, and says everything that is wrong with them', async () => {
  let well = false;
  const asked = serve({
    ...list,
    'POST /api/v1/packs': () =>
      well
        ? { status: 201, body: { service: 'shop', replaced: false } }
        : {
            status: 400,
            body: {
              detail: 'The pack has errors.',
              errors: [{ pointer: '/files/config.json/auth', message: 'names no scheme' }],
            },
          },
    [`GET ${path}`]: () => ({ body: pack }),
  });
  drawPages('/ui/assistant/services');
  await userEvent.click(await screen.findByRole('button', { name: 'Add a service' }));
  const dialog = await screen.findByRole('dialog');
  const field = within(dialog).getByLabelText<HTMLInputElement>('Choose files', { selector: 'input' });
  const add = within(dialog).getByRole('button', { name: 'Check and add' });
  await userEvent.upload(field, [chosenFile('openapi.yaml', 'openapi: 3.1.0')]);
  await within(dialog).findByText(/needs a config\.json/);
  expect(add).toHaveProperty('disabled', true);
  await userEvent.upload(field, [chosenFile('config.json', '{"service": "shop"}')]);
  await within(await within(dialog).findByRole('list', { name: 'Chosen files' })).findByText('config.json');
  await userEvent.click(add);
  await within(dialog).findByText('names no scheme');
  within(dialog).getByText('config.json.auth:');
  well = true;
  await userEvent.click(add);
  await screen.findByRole('form', { name: 'Settings' });
  expect(asked.find(({ call }) => call === 'POST /api/v1/packs')!.body).toEqual({
    files: { 'config.json': '{"service": "shop"}' },
  });
});

it('takes a key and never shows one, and says which field is wrong', async () => {
  let stored = false;
  let refused = true;
  const shown = () => ({
    ...pack,
    settings: {
      ...pack.settings,
      keys: [{ name: 'key', from: stored ? 'stored' : 'nowhere', environment: 'SHOP_API_KEY' }],
    },
  });
  const wrong = { pointer: '/base_url', message: 'must be an http or https address' };
  const asked = serve({
    [`GET ${path}`]: () => ({ body: shown() }),
    [`PUT ${path}`]: () => {
      if (refused) return { status: 400, body: { detail: 'Not so.', errors: [wrong] } };
      stored = true;
      return { body: shown() };
    },
  });
  drawPages('/ui/assistant/services/shop');
  const form = await screen.findByRole('form', { name: 'Settings' });
  within(form).getByText('Not set yet.');
  await userEvent.type(within(form).getByLabelText('API key'), 'secret-1');
  await userEvent.type(within(form).getByLabelText('Address'), 'nowhere');
  await userEvent.click(within(form).getByRole('button', { name: 'Save' }));
  await within(form).findByText('must be an http or https address');
  refused = false;
  await userEvent.clear(within(form).getByLabelText('Address'));
  await userEvent.click(within(form).getByRole('button', { name: 'Save' }));
  await within(form).findByText('Set. It is not shown again.');
  expect(within(form).getByLabelText('API key')).toHaveProperty('value', '');
  expect(asked.filter(({ call }) => call.startsWith('PUT')).map(({ body }) => body)).toEqual([
    { base_url: 'nowhere', secrets: { key: 'secret-1' } },
    { secrets: { key: 'secret-1' } },
  ]);
  await userEvent.click(within(form).getByLabelText('Remove the stored API key'));
  await userEvent.selectOptions(within(form).getByLabelText('Who says yes'), 'administrator');
  await userEvent.click(within(form).getByRole('button', { name: 'Save' }));
  await expect
    .poll(() => asked.findLast(({ call }) => call.startsWith('PUT'))!.body)
    .toEqual({ secrets: { key: null }, approval: { by: 'administrator' } });
});

it.each([
  ['good', 'The shop answers.'],
  ['unsure', 'Something answers.'],
  ['bad', 'The shop refuses the key.'],
])('tests a service: %s', async (verdict, summary) => {
  serve({
    [`GET ${path}`]: () => ({ body: pack }),
    [`POST ${path}/test`]: () => ({
      body: { verdict, summary, operation: 'list_articles', status: 200, took_ms: 12 },
    }),
  });
  drawPages('/ui/assistant/services/shop');
  await userEvent.click(await screen.findByRole('button', { name: 'Test The shop' }));
  const found = (await screen.findByText(summary)).closest('.test-result')!;
  expect(found.getAttribute('data-outcome')).toBe(verdict);
});

it('says what a pack lacks, and what can be called', async () => {
  const finding = {
    severity: 'error',
    file: 'openapi.json',
    pointer: '/paths',
    message: 'There are no paths.',
    advice: 'Add one.',
  };
  serve({
    [`GET ${path}`]: () => ({
      body: { ...pack, usable: false, settings: { ...pack.settings, errors: 1, findings: [finding] } },
    }),
  });
  drawPages('/ui/assistant/services/shop');
  await screen.findByText('There are no paths.');
  screen.getByText(/It cannot be used until the error is mended/);
  expect(screen.queryByRole('form', { name: 'Settings' })).toBeNull();
  const calls = screen.getByRole('list', { name: 'Its calls' });
  within(calls).getByText('list_articles');
  await userEvent.selectOptions(screen.getByLabelText('Which calls'), 'writes');
  expect(within(calls).queryByText('list_articles')).toBeNull();
  await userEvent.type(screen.getByRole('searchbox', { name: 'Search calls' }), 'nothing like it');
  await screen.findByText('No call matches');
});

it('removes an added service when its name was typed', async () => {
  const asked = serve({
    ...list,
    [`GET ${path}`]: () => ({ body: pack }),
    [`DELETE ${path}`]: () => ({ status: 204 }),
  });
  drawPages('/ui/assistant/services/shop');
  await userEvent.click(await screen.findByRole('button', { name: 'Remove' }));
  const dialog = await screen.findByRole('dialog');
  const go = within(dialog).getByRole('button', { name: 'Remove the service' });
  expect(go).toHaveProperty('disabled', true);
  await userEvent.type(within(dialog).getByRole('textbox'), 'shop');
  await userEvent.click(go);
  await screen.findByRole('link', { name: 'Slack' });
  expect(asked.some(({ call }) => call === `DELETE ${path}`)).toBe(true);
});

it('says that a service is gone', async () => {
  serve({ [`GET ${path}`]: () => ({ status: 404, body: { detail: 'There is no such pack.' } }) });
  drawPages('/ui/assistant/services/shop');
  await screen.findByText('No such service');
});

it('sends the browser to the page of a service that people sign in to', async () => {
  const signIn = {
    signed_in: false,
    found: false,
    asked: false,
    address: 'https://id.shop.example',
    scopes: ['things:read', 'things:write'],
    return_path: '/api/v1/packs/shop/sign-in/arrival',
    return_origin: '',
  };
  let known = false;
  const asked = serve({
    ...list,
    [`GET ${path}`]: () => ({ body: { ...pack, settings: { ...pack.settings, sign_in: signIn } } }),
    [`POST ${path}/sign-in`]: () =>
      known
        ? { body: { address: '#left-for-the-shop', redirect_uri: '', scopes: [], expires_at: '2026-01-01T00:00:00Z' } }
        : { status: 400, body: { detail: 'Set the client id first.' } },
  });
  drawPages('/ui/assistant/services/shop');
  const part = within(await screen.findByRole('region', { name: 'Sign-in' }));
  part.getByText('Nobody has signed in yet.');
  part.getByText('things:read, things:write');
  part.getByText(`${window.location.origin}/api/v1/packs/shop/sign-in/arrival`);
  const button = part.getByRole('button', { name: 'Sign in at The shop' });
  await userEvent.click(button);
  await part.findByText('Set the client id first.');
  known = true;
  await userEvent.click(button);
  await waitFor(() => expect(window.location.hash).toBe('#left-for-the-shop'));
  expect(asked.filter(({ call }) => call === `POST ${path}/sign-in`)).toHaveLength(2);
  window.location.hash = '';
});

it('says that the server of a service asks for a sign-in, and why finding where did not work', async () => {
  const signIn = {
    signed_in: false,
    found: true,
    asked: true,
    address: '',
    scopes: [],
    return_path: '/api/v1/packs/shop/sign-in/arrival',
    return_origin: 'https://troupe.example.org',
  };
  const detail = 'The shop: the authorization server is at https://id.shop.example, which the pack does not allow.';
  serve({
    ...list,
    [`GET ${path}`]: () => ({ body: { ...pack, ready: false, settings: { ...pack.settings, sign_in: signIn } } }),
    [`POST ${path}/sign-in`]: () => ({ status: 403, body: { detail } }),
  });
  drawPages('/ui/assistant/services/shop');
  const part = within(await screen.findByRole('region', { name: 'Sign-in' }));
  part.getByText('Its server asks for a sign-in, and nobody has signed in yet.');
  part.getByText('https://troupe.example.org/api/v1/packs/shop/sign-in/arrival');
  await userEvent.click(part.getByRole('button', { name: 'Sign in at The shop' }));
  await part.findByText(detail);
});

// @vitest-environment jsdom
import { fireEvent, screen, waitFor, within } from '@testing-library/react';
import { expect, it } from 'vitest';
import { draw, newQueries, serve } from '@/kit/testing';
import { aWebhook } from '../testing';
import WebhooksPage from './webhooks';

const path = '/api/v1/meetings/webhooks';
const list = (items: unknown[]) => ({ body: { items, total: items.length } });

async function openForm(role: 'admin' | 'operator' | 'member' = 'member') {
  const drawn = draw(<WebhooksPage />, { queries: newQueries({ role }) });
  fireEvent.click((await screen.findAllByRole('button', { name: 'New webhook' }))[0]!);
  return { ...drawn, dialog: within(await screen.findByRole('dialog')) };
}
const write = (dialog: Awaited<ReturnType<typeof openForm>>['dialog'], url: string) =>
  fireEvent.change(dialog.getByLabelText(/^Address/), { target: { value: url } });

it('shows who is told of what, and why one is told nothing', async () => {
  serve({
    [`GET ${path}`]: () =>
      list([
        aWebhook(),
        aWebhook({
          id: 8,
          url: 'https://other.example/very/secret',
          enabled: false,
          disabled_why: 'it answered 410',
          tenant_wide: true,
          events: { odd: true },
        }),
      ]),
  });
  draw(<WebhooksPage />);
  const link = await screen.findByRole('link', { name: 'example.org' });
  expect(link.getAttribute('href')).toBe('/ui/meetings/webhooks/7');
  expect(screen.getByText('The meeting is over and all is done')).toBeTruthy();
  expect(screen.queryByText(/The bot failed/)).toBeNull();
  expect(screen.getByText('It is told nothing: it answered 410')).toBeTruthy();
  expect(screen.getByText('odd')).toBeTruthy();
  expect(screen.getByText(/Everybody’s meetings, set by @anna/)).toBeTruthy();
});

it('says what to do where there are none, and what went wrong', async () => {
  let broken = true;
  serve({ [`GET ${path}`]: () => (broken ? { status: 500, body: { detail: 'The disk is full.' } } : list([])) });
  draw(<WebhooksPage />);
  expect(await screen.findByText('The disk is full.')).toBeTruthy();
  expect(screen.queryByText('No webhooks yet')).toBeNull();
  broken = false;
  fireEvent.click(screen.getByRole('button', { name: 'Try again' }));
  expect(await screen.findByText('No webhooks yet')).toBeTruthy();
});

it('shows the secret once, in a dialog that only its button closes, and keeps it nowhere', async () => {
  const asked = serve({
    [`GET ${path}`]: () => list([]),
    [`POST ${path}`]: () => ({ status: 201, body: { ...aWebhook(), secret: 'whsec_once' } }),
  });
  const { dialog, queries } = await openForm();
  write(dialog, ' https://example.org/hook ');
  fireEvent.click(dialog.getByRole('checkbox', { name: 'The bot failed' }));
  fireEvent.click(dialog.getByRole('button', { name: 'Make webhook' }));
  expect(await screen.findByText('whsec_once')).toBeTruthy();
  expect(asked.find(({ call }) => call === `POST ${path}`)!.body).toEqual({
    url: 'https://example.org/hook',
    format: 'envelope',
    events: { 'meeting.completed': true, 'bot.failed': true },
  });
  fireEvent.keyDown(screen.getByRole('dialog'), { key: 'Escape' });
  expect(screen.getByText('whsec_once')).toBeTruthy();
  expect(screen.queryByRole('button', { name: 'Close' })).toBeNull();
  fireEvent.click(screen.getByRole('button', { name: 'I have kept it' }));
  await waitFor(() => expect(screen.queryByText('whsec_once')).toBeNull());
  const kept = () => [
    ...queries
      .getQueryCache()
      .getAll()
      .map(({ state }) => state.data),
    ...queries
      .getMutationCache()
      .getAll()
      .map(({ state }) => state.data),
  ];
  await waitFor(() => expect(JSON.stringify(kept())).not.toContain('whsec_once'));
});

it('stays open while the secret is on its way', async () => {
  let answer = (_: { status: number; body: unknown }) => {};
  serve({
    [`GET ${path}`]: () => list([]),
    [`POST ${path}`]: () => new Promise((done) => (answer = done)),
  });
  const { dialog } = await openForm();
  write(dialog, 'https://example.org/hook');
  const send = dialog.getByRole('button', { name: 'Make webhook' });
  fireEvent.click(send);
  await waitFor(() => expect(send.getAttribute('data-loading')).toBe('true'));
  fireEvent.click(dialog.getByRole('button', { name: 'Cancel' }));
  fireEvent.keyDown(screen.getByRole('dialog'), { key: 'Escape' });
  answer({ status: 201, body: { ...aWebhook(), secret: 'whsec_late' } });
  expect(await screen.findByText('whsec_late')).toBeTruthy();
});

it('says what is wrong at its field, before it is sent and after', async () => {
  const asked = serve({
    [`GET ${path}`]: () => list([]),
    [`POST ${path}`]: () => ({
      status: 400,
      body: { detail: 'Wrong.', errors: [{ pointer: '/url', message: 'It leads into a private network.' }] },
    }),
  });
  const { dialog } = await openForm();
  write(dialog, 'example.org/hook');
  fireEvent.click(dialog.getByRole('checkbox', { name: 'The meeting is over and all is done' }));
  fireEvent.click(dialog.getByRole('button', { name: 'Make webhook' }));
  expect(await dialog.findByText(/begins with https/)).toBeTruthy();
  expect(dialog.getByText('Choose at least one.')).toBeTruthy();
  expect(asked.some(({ call }) => call === `POST ${path}`)).toBe(false);
  write(dialog, 'http://10.0.0.1/');
  fireEvent.click(dialog.getByRole('checkbox', { name: 'Each change of state' }));
  fireEvent.click(dialog.getByRole('button', { name: 'Make webhook' }));
  expect(await dialog.findByText('It leads into a private network.')).toBeTruthy();
  expect(dialog.queryByRole('alert')).toBeNull();
});

it('says when there are too many', async () => {
  serve({
    [`GET ${path}`]: () => list([]),
    [`POST ${path}`]: () => ({ status: 429, body: { detail: 'There may be 10 webhooks.' } }),
  });
  const { dialog } = await openForm();
  write(dialog, 'https://example.org/hook');
  fireEvent.click(dialog.getByRole('button', { name: 'Make webhook' }));
  expect((await dialog.findByRole('alert')).textContent).toContain('There may be 10 webhooks.');
});

it('offers everybody’s meetings to operators alone', async () => {
  const asked = serve({
    [`GET ${path}`]: () => list([]),
    [`POST ${path}`]: () => ({ status: 201, body: { ...aWebhook(), secret: 's' } }),
  });
  const member = await openForm();
  expect(member.dialog.queryByRole('checkbox', { name: 'Of everybody’s meetings' })).toBeNull();
  member.unmount();
  const { dialog } = await openForm('operator');
  write(dialog, 'https://example.org/hook');
  fireEvent.change(dialog.getByLabelText('Form'), { target: { value: 'legacy' } });
  expect(dialog.queryByRole('checkbox', { name: 'The bot failed' })).toBeNull();
  fireEvent.change(dialog.getByLabelText('Secret'), { target: { value: 'of my own' } });
  fireEvent.click(dialog.getByRole('checkbox', { name: 'Of everybody’s meetings' }));
  fireEvent.click(dialog.getByRole('button', { name: 'Make webhook' }));
  await waitFor(() => expect(asked.some(({ call }) => call === `POST ${path}`)).toBe(true));
  expect(asked.find(({ call }) => call === `POST ${path}`)!.body).toEqual({
    url: 'https://example.org/hook',
    format: 'legacy',
    events: { 'meeting.status_change': true, 'meeting.completed': true },
    secret: 'of my own',
    tenant_wide: true,
  });
});

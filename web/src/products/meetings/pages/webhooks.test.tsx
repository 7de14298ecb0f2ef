// @vitest-environment jsdom
import { fireEvent, screen, waitFor, within } from '@testing-library/react';
import { Route, Routes } from 'react-router';
import { expect, it } from 'vitest';
import { draw, newQueries, serve } from '@/kit/testing';
import { aDelivery, aWebhook } from '../testing';
import WebhookPage from './webhook';
import WebhooksPage from './webhooks';

const list = (items: unknown[]) => ({
  'GET /api/v1/meetings/webhooks': () => ({ body: { items, total: items.length } }),
});

it('says what a webhook is where there is none, and makes one whose secret is shown once', async () => {
  const asked = serve({
    ...list([]),
    'POST /api/v1/meetings/webhooks': () => ({ status: 201, body: { ...aWebhook(), secret: 'whsec_1' } }),
  });
  draw(<WebhooksPage />, { queries: newQueries({ role: 'member' }) });
  expect(await screen.findByText('Nobody else is told')).toBeTruthy();
  fireEvent.click(screen.getAllByRole('button', { name: 'New webhook' })[0]!);
  const dialog = within(await screen.findByRole('dialog'));
  expect(dialog.queryByLabelText('Of everybody’s meetings')).toBeNull();
  fireEvent.click(dialog.getByRole('button', { name: 'Make webhook' }));
  expect(await dialog.findByText(/An address that begins with/)).toBeTruthy();
  fireEvent.change(dialog.getByLabelText(/^Address/), { target: { value: ' https://crm.example.org/meetings ' } });
  fireEvent.click(dialog.getByLabelText('There is a summary'));
  fireEvent.click(dialog.getByRole('button', { name: 'Make webhook' }));
  expect(await screen.findByText('whsec_1')).toBeTruthy();
  const { url, events, ...rest } = asked.find(({ call }) => call.startsWith('POST'))!.body as {
    url: string;
    events: Record<string, boolean>;
  };
  expect(url).toBe('https://crm.example.org/meetings');
  expect(rest).toEqual({ format: 'envelope' });
  expect(Object.keys(events).filter((name) => events[name])).toEqual(['meeting.completed', 'meeting.summarized']);
  fireEvent.click(screen.getByRole('button', { name: 'I have kept it' }));
  await waitFor(() => expect(screen.queryByText('whsec_1')).toBeNull());
});

it('lets operators be told of everybody, and puts what is wrong with the address at its field', async () => {
  const asked = serve({
    ...list([aWebhook({ enabled: false, disabled_why: 'its address is gone (410)' })]),
    'POST /api/v1/meetings/webhooks': () => ({
      status: 400,
      body: { detail: 'It leads into a private network.', errors: [{ pointer: '/url', message: 'It leads inside.' }] },
    }),
  });
  draw(<WebhooksPage />, { queries: newQueries({ role: 'operator' }) });
  expect(await screen.findByText('its address is gone (410)')).toBeTruthy();
  expect(screen.getByText('Off')).toBeTruthy();
  fireEvent.click(screen.getByRole('button', { name: 'New webhook' }));
  const dialog = within(await screen.findByRole('dialog'));
  fireEvent.change(dialog.getByLabelText(/^Address/), { target: { value: 'http://127.0.0.1/' } });
  fireEvent.click(dialog.getByLabelText('Of everybody’s meetings'));
  fireEvent.click(dialog.getByRole('button', { name: 'Make webhook' }));
  expect(await dialog.findByText('It leads inside.')).toBeTruthy();
  expect(asked.find(({ call }) => call.startsWith('POST'))!.body).toMatchObject({ tenant_wide: true });
});

const one = (at = '/ui/meetings/webhooks/3') =>
  draw(
    <Routes>
      <Route path="/ui/meetings/webhooks/:webhookId" element={<WebhookPage />} />
      <Route path="/ui/meetings/webhooks" element={<p>the list</p>} />
    </Routes>,
    { at },
  );

it('shows what became of each, and sends it again', async () => {
  const asked = serve({
    'GET /api/v1/meetings/webhooks/3': () => ({ body: aWebhook() }),
    'GET /api/v1/meetings/webhooks/3/deliveries': () => ({
      body: {
        items: [
          aDelivery(9, { state: 'dead', status: 500, tries: 8, problem: 'it answered 500' }),
          aDelivery(8, { meeting_id: 0, event_type: 'ping' }),
        ],
        total: 2,
      },
    }),
    'GET /api/v1/meetings/webhooks/3/deliveries/9': () => ({ body: aDelivery(9, { body: '{"a":1}' }) }),
    'POST /api/v1/meetings/webhooks/3/deliveries/9/replay': () => ({ status: 202, body: aDelivery(9) }),
    'POST /api/v1/meetings/webhooks/3/test': () => ({ status: 202, body: aDelivery(10) }),
  });
  one();
  expect(await screen.findByText(/answered 500, it answered 500, 8 tries/)).toBeTruthy();
  expect(screen.getByText('a ping')).toBeTruthy();
  fireEvent.click(screen.getByRole('button', { name: 'Show what is sent: meeting.completed of meeting 12' }));
  expect(await screen.findByText(/"a": 1/)).toBeTruthy();
  fireEvent.click(screen.getByRole('button', { name: 'Send again: meeting.completed of meeting 12' }));
  await waitFor(() => expect(asked.some(({ url }) => url.pathname.endsWith('/9/replay'))).toBe(true));
  fireEvent.click(screen.getByRole('button', { name: 'Send a ping' }));
  await waitFor(() => expect(asked.some(({ url }) => url.pathname.endsWith('/test'))).toBe(true));
});

it('is changed, turned off, and deleted after a question', async () => {
  const asked = serve({
    'GET /api/v1/meetings/webhooks/3': () => ({
      body: aWebhook({ events: { 'meeting.completed': true, other: true } }),
    }),
    'GET /api/v1/meetings/webhooks/3/deliveries': () => ({ body: { items: [], total: 0 } }),
    'PATCH /api/v1/meetings/webhooks/3': ({ body }) => ({ body: { ...aWebhook(), ...(body as object) } }),
    'DELETE /api/v1/meetings/webhooks/3': () => ({ status: 204 }),
  });
  one();
  expect(await screen.findByText('Nothing was sent yet')).toBeTruthy();
  fireEvent.click(screen.getByLabelText('The meeting is over'));
  fireEvent.click(screen.getByLabelText('The transcript is whole'));
  fireEvent.click(screen.getByRole('button', { name: 'Save' }));
  await waitFor(() => expect(asked.some(({ call }) => call.startsWith('PATCH'))).toBe(true));
  const { events } = asked.find(({ call }) => call.startsWith('PATCH'))!.body as { events: Record<string, boolean> };
  expect(events).toMatchObject({ 'meeting.completed': false, 'transcription.ready': true, other: true });
  fireEvent.click(screen.getByRole('button', { name: 'Turn off' }));
  await waitFor(() =>
    expect(asked.filter(({ call }) => call.startsWith('PATCH')).at(-1)!.body).toEqual({ enabled: false }),
  );
  fireEvent.click(screen.getByRole('button', { name: 'Delete webhook' }));
  const dialog = within(await screen.findByRole('dialog'));
  fireEvent.click(dialog.getByRole('button', { name: 'Delete webhook' }));
  expect(await screen.findByText('the list')).toBeTruthy();
});

it('says that there is no such webhook', async () => {
  serve({ 'GET /api/v1/meetings/webhooks/3': () => ({ status: 404, body: { detail: 'no' } }) });
  one();
  expect((await screen.findAllByText('No such webhook')).length).toBeGreaterThan(0);
});

// @vitest-environment jsdom
import { fireEvent, screen, waitFor, within } from '@testing-library/react';
import { Route, Routes } from 'react-router';
import { expect, it } from 'vitest';
import { draw, serve } from '@/kit/testing';
import { aDelivery, aWebhook } from '../testing';
import WebhookPage from './webhook';

const path = '/api/v1/meetings/webhooks/7';
const log = (items: unknown[], more = {}) => ({ body: { items, total: items.length, ...more } });
const show = (at = '/ui/meetings/webhooks/7') =>
  draw(
    <Routes>
      <Route path="/ui/meetings/webhooks/:webhookId" element={<WebhookPage />} />
      <Route path="/ui/meetings/webhooks" element={<p>All of them</p>} />
    </Routes>,
    { at },
  );
const rowOf = async (id: number) => {
  await waitFor(() => expect(document.querySelector(`[data-delivery="${id}"]`)).toBeTruthy());
  return within(document.querySelector<HTMLElement>(`[data-delivery="${id}"]`)!);
};

it('shows what was told, what waits and why, and that a test is one', async () => {
  serve({
    [`GET ${path}`]: () => ({ body: aWebhook() }),
    [`GET ${path}/deliveries`]: () =>
      log([
        aDelivery({ id: 33, event_type: 'webhook.ping', meeting_id: 0 }),
        aDelivery({ id: 32, state: 'waiting', tries: 2, status: 503, problem: 'busy', due_at: '2026-01-01T12:00:00Z' }),
        aDelivery({ id: 31, state: 'dead', tries: 1, status: 0, problem: 'nobody listens there' }),
      ]),
  });
  show();
  const test = await rowOf(33);
  expect(test.getByText('Test')).toBeTruthy();
  expect(test.queryByRole('link')).toBeNull();
  const waiting = await rowOf(32);
  expect(waiting.getByText('Waiting')).toBeTruthy();
  expect(waiting.getByText(/2 tries, answer 503/)).toBeTruthy();
  expect(waiting.getByText(/next try/)).toBeTruthy();
  expect(waiting.queryByRole('button', { name: /Send again/ })).toBeNull();
  const dead = await rowOf(31);
  expect(dead.getByText('Given up')).toBeTruthy();
  expect(dead.getByText(/1 try, no answer/)).toBeTruthy();
  expect(dead.getByText('nobody listens there')).toBeTruthy();
  expect(dead.getByRole('link', { name: 'Meeting 12' }).getAttribute('href')).toBe('/ui/meetings/12');
});

it('goes through the pages of the log', async () => {
  const asked = serve({
    [`GET ${path}`]: () => ({ body: aWebhook() }),
    [`GET ${path}/deliveries`]: ({ url }) =>
      url.searchParams.get('from') === '25'
        ? log([aDelivery({ id: 1 })], { total: 26 })
        : log([aDelivery({ id: 26 })], { total: 26, next_from: 25 }),
  });
  show();
  await rowOf(26);
  fireEvent.click(screen.getByRole('button', { name: 'Next' }));
  await rowOf(1);
  expect(
    asked
      .filter(({ call }) => call.endsWith('/deliveries'))
      .at(-1)!
      .url.searchParams.get('limit'),
  ).toBe('25');
  fireEvent.click(screen.getByRole('button', { name: 'Previous' }));
  await rowOf(26);
});

it('reads a body only when somebody looks, and says when there is none any more', async () => {
  let body: string | undefined = '{"event_type":"meeting.completed"}';
  const asked = serve({
    [`GET ${path}`]: () => ({ body: aWebhook() }),
    [`GET ${path}/deliveries`]: () => log([aDelivery()]),
    [`GET ${path}/deliveries/31`]: () => ({ body: aDelivery({ ...(body && { body }) }) }),
  });
  const looks = () => asked.filter(({ call }) => call.endsWith('/deliveries/31')).length;
  show();
  const row = await rowOf(31);
  expect(looks()).toBe(0);
  fireEvent.click(row.getByRole('button', { name: /Show what was sent/ }));
  expect(await screen.findByText(/"event_type": "meeting.completed"/)).toBeTruthy();
  expect(looks()).toBe(1);
  fireEvent.click(screen.getByRole('button', { name: 'Close' }));
  await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull());
  body = undefined;
  fireEvent.click(row.getByRole('button', { name: /Show what was sent/ }));
  expect(await screen.findByText(/has been deleted, and with it/)).toBeTruthy();
});

it('sends a test and one again, and looks at the log after each', async () => {
  let items = [aDelivery()];
  const asked = serve({
    [`GET ${path}`]: () => ({ body: aWebhook() }),
    [`GET ${path}/deliveries`]: () => log(items),
    [`POST ${path}/test`]: () => {
      items = [aDelivery({ id: 40, meeting_id: 0, state: 'waiting', tries: 0, status: 0 }), ...items];
      return { status: 202, body: items[0] };
    },
    [`POST ${path}/deliveries/31/replay`]: () => {
      items = items.map((one) => (one.id === 31 ? aDelivery({ state: 'waiting', tries: 0, status: 0 }) : one));
      return { status: 202, body: items.at(-1) };
    },
  });
  show();
  await rowOf(31);
  fireEvent.click(screen.getByRole('button', { name: 'Send a test' }));
  expect((await rowOf(40)).getByText('not tried yet')).toBeTruthy();
  fireEvent.click((await rowOf(31)).getByRole('button', { name: /Send again/ }));
  await waitFor(async () => expect((await rowOf(31)).getByText('Waiting')).toBeTruthy());
  expect(asked.filter(({ call }) => call.startsWith('POST'))).toHaveLength(2);
});

it('tells nothing where it is off, until it is turned on', async () => {
  let webhook = aWebhook({ enabled: false, disabled_why: 'it answered 410' });
  const asked = serve({
    [`GET ${path}`]: () => ({ body: webhook }),
    [`GET ${path}/deliveries`]: () => log([aDelivery()]),
    [`PATCH ${path}`]: () => ({ body: (webhook = aWebhook()) }),
  });
  show();
  const row = await rowOf(31);
  expect(screen.getByText('It is told nothing: it answered 410')).toBeTruthy();
  const off = (name: string | RegExp) => screen.getByRole<HTMLButtonElement>('button', { name }).disabled;
  expect(off('Send a test')).toBe(true);
  expect(row.getByRole<HTMLButtonElement>('button', { name: /Send again/ }).disabled).toBe(true);
  fireEvent.click(screen.getByRole('button', { name: 'Turn it on' }));
  await screen.findByRole('button', { name: 'Turn it off' });
  expect(asked.find(({ call }) => call.startsWith('PATCH'))!.body).toEqual({ enabled: true });
  expect(off('Send a test')).toBe(false);
});

it('asks before it is turned off, and before it is deleted', async () => {
  let answer: { status: number; body?: unknown } = { status: 503, body: { detail: 'The database is away.' } };
  const asked = serve({
    [`GET ${path}`]: () => ({ body: aWebhook() }),
    [`GET ${path}/deliveries`]: () => log([]),
    [`PATCH ${path}`]: () => ({ body: aWebhook({ enabled: false }) }),
    [`DELETE ${path}`]: () => answer,
  });
  const changes = () => asked.filter(({ call }) => !call.startsWith('GET')).map(({ call }) => call);
  show();
  expect(await screen.findByText('It was told nothing yet')).toBeTruthy();
  fireEvent.click(screen.getByRole('button', { name: 'Turn it off' }));
  const question = within(await screen.findByRole('dialog'));
  expect(changes()).toEqual([]);
  fireEvent.click(question.getByRole('button', { name: 'Turn it off' }));
  await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull());
  fireEvent.click(screen.getByRole('button', { name: 'Delete' }));
  const last = within(await screen.findByRole('dialog'));
  expect(changes()).toEqual([`PATCH ${path}`]);
  fireEvent.click(last.getByRole('button', { name: 'Delete webhook' }));
  expect(await last.findByText('The database is away.')).toBeTruthy();
  answer = { status: 204 };
  fireEvent.click(last.getByRole('button', { name: 'Delete webhook' }));
  expect(await screen.findByText('All of them')).toBeTruthy();
});

it('says that there is no such webhook', async () => {
  serve({ [`GET ${path}`]: () => ({ status: 404, body: { detail: 'There is no such webhook.' } }) });
  show();
  expect((await screen.findAllByText('No such webhook')).length).toBeGreaterThan(0);
  expect(screen.getByRole('link', { name: 'All webhooks' }).getAttribute('href')).toBe('/ui/meetings/webhooks');
});

// @vitest-environment jsdom
import { fireEvent, screen, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { expect, it } from 'vitest';
import type { Report } from '@/kit/api/types';
import { draw, serve } from '@/kit/testing';
import ReportsPage from './reports';

const rude: Report = {
  id: 7,
  kind: 'event',
  received_at: '2026-01-01T00:00:00Z',
  reporter: '@bert:example.org',
  about: '@anna:example.org',
  room_id: '!garden:example.org',
  room_name: 'Garden',
  event_id: '$event',
  reason: 'rude',
};
const list = 'GET /api/v1/homeserver/reports';

it('shows what was said, and puts the report away', async () => {
  const asked = serve({
    [list]: () => ({ body: { items: [rude], total: 1 } }),
    'GET /api/v1/homeserver/reports/event/7': () => ({
      body: { ...rude, event: { type: 'm.room.message', content: { body: '<b>something rude</b>' } } },
    }),
    'DELETE /api/v1/homeserver/reports/event/7': () => ({ status: 204 }),
  });
  const user = userEvent.setup();
  draw(<ReportsPage />);
  await screen.findByText('rude');
  expect(screen.getByRole('link', { name: 'Garden' }).getAttribute('href')).toBe(
    '/ui/server/rooms/!garden%3Aexample.org',
  );
  await user.click(screen.getByRole('button', { name: 'Show report 7' }));
  await screen.findByText('<b>something rude</b>', { selector: 'blockquote' });
  await user.click(screen.getByRole('button', { name: 'Close' }));
  await user.click(screen.getByRole('button', { name: 'Put away report 7' }));
  await user.click(await screen.findByRole('button', { name: 'Put away' }));
  await expect.poll(() => asked.filter(({ call }) => call.startsWith('DELETE'))).toHaveLength(1);
});

it('shows what a reason would hide, or turn about', async () => {
  serve({ [list]: () => ({ body: { items: [{ ...rude, reason: 'rude \u202etxt' }], total: 1 } }) });
  draw(<ReportsPage />);
  await screen.findByText('rude ⟨U+202E⟩txt');
});

it('says how many there are of the kinds that are not shown', async () => {
  serve({
    [list]: ({ url }) => ({
      body: url.searchParams.get('kind') === 'room' ? { items: [], total: 2 } : { items: [rude], total: 1 },
    }),
  });
  draw(<ReportsPage />);
  await screen.findByRole('option', { name: 'Rooms (2)' });
  await screen.findByRole('option', { name: 'Messages (1)' });
});

it('asks for the kind of the address, and says when there is none', async () => {
  const asked = serve({ [list]: () => ({ body: { items: [], total: 0 } }) });
  draw(<ReportsPage />, { at: '/ui/server/reports?kind=user' });
  await screen.findByText('No reports');
  screen.getByText(/^Nobody has reported a person/); // Of messages and rooms nothing was asked.
  expect(asked[0]!.url.search).toBe('?kind=user&limit=25');
});

it('says that an encrypted message cannot be read', async () => {
  serve({
    [list]: () => ({ body: { items: [rude], total: 1 } }),
    'GET /api/v1/homeserver/reports/event/7': () => ({ body: { ...rude, event: { type: 'm.room.encrypted' } } }),
  });
  draw(<ReportsPage />);
  await userEvent.click(await screen.findByRole('button', { name: 'Show report 7' }));
  await within(await screen.findByRole('dialog')).findByText(/^The message is encrypted/);
});

it('shows a reported picture to whoever asks to see it', async () => {
  const content = { msgtype: 'm.image', body: 'p.png', url: 'mxc://example.org/abc_D-1' };
  serve({
    [list]: () => ({ body: { items: [rude], total: 1 } }),
    'GET /api/v1/homeserver/reports/event/7': () => ({ body: { ...rude, event: { type: 'm.room.message', content } } }),
  });
  draw(<ReportsPage />);
  await userEvent.click(await screen.findByRole('button', { name: 'Show report 7' }));
  const dialog = within(await screen.findByRole('dialog'));
  const show = await dialog.findByRole('button', { name: 'Show the picture' });
  expect(dialog.queryByRole('img')).toBeNull();
  await userEvent.click(show);
  const picture = dialog.getByRole('img', { name: 'The reported picture' });
  expect(picture.getAttribute('src')).toBe('/api/v1/homeserver/media/abc_D-1/preview');
  fireEvent.error(picture);
  dialog.getByText(/^It cannot be shown/);
});

it('takes no file of its own for one that lies on another server', async () => {
  const content = { msgtype: 'm.image', body: 'p.png', url: 'mxc://elsewhere.org/abc_D-1' };
  serve({
    [list]: () => ({ body: { items: [rude], total: 1 } }),
    'GET /api/v1/homeserver/reports/event/7': () => ({ body: { ...rude, event: { type: 'm.room.message', content } } }),
  });
  draw(<ReportsPage />);
  await userEvent.click(await screen.findByRole('button', { name: 'Show report 7' }));
  const dialog = within(await screen.findByRole('dialog'));
  await dialog.findByText('Its file lies on another server.');
  expect(dialog.queryByRole('button', { name: 'Show the picture' })).toBeNull();
});

it('puts a reported file into quarantine where it is seen, and takes it out again', async () => {
  const content = { msgtype: 'm.file', body: 'p.exe', url: 'mxc://example.org/abc_D-1' };
  const asked = serve({
    [list]: () => ({ body: { items: [rude], total: 1 } }),
    'GET /api/v1/homeserver/reports/event/7': () => ({ body: { ...rude, event: { type: 'm.room.message', content } } }),
    'POST /api/v1/homeserver/media/abc_D-1/quarantine': () => ({ body: {} }),
    'POST /api/v1/homeserver/media/abc_D-1/release': () => ({ status: 404, body: { detail: 'It is gone.' } }),
  });
  draw(<ReportsPage />);
  await userEvent.click(await screen.findByRole('button', { name: 'Show report 7' }));
  const dialog = within(await screen.findByRole('dialog'));
  await userEvent.click(await dialog.findByRole('button', { name: 'Put its file into quarantine' }));
  await dialog.findByText(/^It is in quarantine: nobody can fetch it/);
  await userEvent.click(dialog.getByRole('button', { name: 'Release it' }));
  await dialog.findByText('It is gone.');
  expect(asked.filter(({ call }) => call.startsWith('POST'))).toHaveLength(2);
});

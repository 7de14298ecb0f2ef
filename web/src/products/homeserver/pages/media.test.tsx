// @vitest-environment jsdom
import { fireEvent, screen, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { expect, it } from 'vitest';
import type { HomeserverFile } from '@/kit/api/types';
import { draw, serve } from '@/kit/testing';
import MediaPage from './media';

const file: HomeserverFile = {
  media_id: 'abc',
  user_id: '@anna:example.org',
  name: 'cat.png',
  content_type: 'image/png',
  bytes: 2_500_000,
  uploaded_at: '2026-01-01T00:00:00Z',
  protected: false,
  preview: 'picture',
};
const files = 'GET /api/v1/homeserver/media';

it('shows the largest files, puts one into quarantine and releases it', async () => {
  let now = file;
  const held = { ...file, quarantined_by: '@admin:example.org' };
  const asked = serve({
    [files]: () => ({ body: { items: [now], total: 1 } }),
    'POST /api/v1/homeserver/media/abc/quarantine': () => ({ body: (now = held) }),
    'POST /api/v1/homeserver/media/abc/release': () => ({ body: (now = file) }),
  });
  const user = userEvent.setup();
  draw(<MediaPage />);
  const row = (await screen.findByText('cat.png')).closest('tr')!;
  within(row).getByText('2.5 MB');
  expect(asked[0]!.url.search).toBe('?limit=25');
  await user.click(within(row).getByRole('button', { name: 'Quarantine cat.png' }));
  await screen.findByText('Quarantined');
  await user.click(screen.getByRole('button', { name: 'Release cat.png' }));
  await screen.findByRole('button', { name: 'Quarantine cat.png' });
});

it('shows the end of a name that is turned about', async () => {
  serve({ [files]: () => ({ body: { items: [{ ...file, name: '\u202egnp.exe' }], total: 1 } }) });
  draw(<MediaPage />);
  await screen.findByText('⟨U+202E⟩gnp.exe');
  screen.getByRole('button', { name: 'Look at ⟨U+202E⟩gnp.exe' });
});

it('deletes a file after asking, and shows a refusal', async () => {
  let well = false;
  const asked = serve({
    [files]: () => ({ body: { items: [file], total: 1 } }),
    'POST /api/v1/homeserver/media/abc/delete': () =>
      well ? { status: 204 } : { status: 503, body: { detail: 'The disk is full.', request_id: 'r-1' } },
  });
  const user = userEvent.setup();
  draw(<MediaPage />);
  await user.click(await screen.findByRole('button', { name: 'Delete cat.png' }));
  const dialog = await screen.findByRole('dialog');
  await user.click(within(dialog).getByRole('button', { name: 'Delete the file' }));
  await within(dialog).findByText('The disk is full.');
  well = true;
  await user.click(within(dialog).getByRole('button', { name: 'Delete the file' }));
  await expect.poll(() => screen.queryByRole('dialog')).toBeNull();
  expect(asked.find(({ call }) => call.startsWith('POST'))!.body).toEqual({ confirm: 'abc' });
});

it('leads from what people take to the files of one, and holds all of them', async () => {
  const asked = serve({
    'GET /api/v1/homeserver/media-usage': () => ({
      body: { items: [{ user_id: '@anna:example.org', display_name: 'Anna', files: 1, bytes: 2_500_000 }], total: 1 },
    }),
    [files]: () => ({ body: { items: [file], total: 1 } }),
    'POST /api/v1/homeserver/media-usage/%40anna%3Aexample.org/quarantine': () => ({ body: { count: 1 } }),
  });
  const user = userEvent.setup();
  draw(<MediaPage />, { at: '/ui/server/media?view=people' });
  await screen.findByText('Anna');
  await user.click(screen.getByRole('button', { name: 'Show files of @anna:example.org' }));
  await screen.findByText('cat.png');
  expect(asked.find(({ call }) => call === files)!.url.search).toBe('?user_id=%40anna%3Aexample.org&limit=25');
  await user.click(screen.getByRole('button', { name: 'Quarantine all' }));
  await user.click(within(await screen.findByRole('dialog')).getByRole('button', { name: 'Quarantine all' }));
  await expect.poll(() => asked.filter(({ call }) => call.startsWith('POST'))).toHaveLength(1);
});

it('asks for what is in quarantine, and says when nothing is', async () => {
  const asked = serve({ [files]: () => ({ body: { items: [], total: 0 } }) });
  draw(<MediaPage />, { at: '/ui/server/media?view=quarantined' });
  await screen.findByText('Nothing is in quarantine');
  expect(asked[0]!.url.search).toBe('?quarantined=true&limit=25');
});

async function look(at: Partial<HomeserverFile>) {
  serve({ [files]: () => ({ body: { items: [{ ...file, ...at }], total: 1 } }) });
  draw(<MediaPage />);
  await userEvent.click(await screen.findByRole('button', { name: 'Look at cat.png' }));
  return screen.findByRole('dialog');
}

it('shows a picture, who uploaded it and what it is, beside what can be done with it', async () => {
  const dialog = await look({});
  const picture = await within(dialog).findByRole('img');
  expect(picture.getAttribute('src')).toBe('/api/v1/homeserver/media/abc/preview');
  within(dialog).getByText('image/png');
  within(dialog).getByText('2.5 MB');
  within(dialog).getByText('@anna:example.org');
  within(dialog).getByRole('button', { name: 'Quarantine cat.png' });
});

it('says so when a picture is none', async () => {
  const dialog = await look({});
  fireEvent.error(await within(dialog).findByRole('img'));
  await within(dialog).findByText(/cannot be shown/);
  expect(within(dialog).queryByRole('img')).toBeNull();
});

it.each([
  ['sound', 'audio'],
  ['film', 'video'],
] as const)('plays a %s in the player of the browser', async (preview, element) => {
  const dialog = await look({ preview });
  const player = await within(dialog).findByLabelText('What cat.png holds');
  expect(player.localName).toBe(element);
  expect(player.hasAttribute('autoplay')).toBe(false);
});

it('opens nothing that could act', async () => {
  const dialog = await look({ preview: 'none', content_type: 'image/svg+xml' });
  await within(dialog).findByText(/not opened here/);
  within(dialog).getByText('image/svg+xml');
  expect(dialog.querySelector('img, iframe, object, embed, audio, video')).toBeNull();
});

it('shows what is in quarantine when it is asked to', async () => {
  const dialog = await look({ quarantined_by: '@admin:example.org' });
  expect(within(dialog).queryByRole('img')).toBeNull();
  await userEvent.click(await within(dialog).findByRole('button', { name: 'Show the picture' }));
  await within(dialog).findByRole('img');
});

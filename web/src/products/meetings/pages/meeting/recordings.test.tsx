// @vitest-environment jsdom
import { fireEvent, screen, waitFor, within } from '@testing-library/react';
import { expect, it } from 'vitest';
import { draw, serve } from '@/kit/testing';
import type { Meeting, Recording } from '../../api/types';
import { aMeeting } from '../../testing';
import { RecordingsSection } from './recordings';

const over = { state: 'completed', ended_at: '2026-01-01T11:00:00Z', recording: true } as const;
const show = (more: Partial<Meeting>) => draw(<RecordingsSection meeting={aMeeting(more)} />, { at: '/' });
const path = '/api/v1/meetings/12/recordings';
const aRecording = (id: number, more: Partial<Recording> = {}): Recording => ({
  id,
  meeting_id: 12,
  state: 'ready',
  type: 'audio/webm',
  bytes: 2_400_000,
  seconds: 600,
  missing: 0,
  started_at: '2026-01-01T10:01:00Z',
  ended_at: '2026-01-01T10:11:00Z',
  ...more,
});
const list = (items: Recording[]) => ({ body: { items, total: items.length } });

it('lists them, loads no sound by itself, and plays the one that is chosen', async () => {
  serve({ [`GET ${path}`]: () => list([aRecording(7), aRecording(9, { missing: 2 })]) });
  show(over);
  expect(await screen.findByText('Recording 1')).toBeTruthy();
  expect(screen.getAllByText(/10 min · 2\.4 MB/)).toHaveLength(2);
  expect(screen.getByText(/2 pieces of some seconds never came/)).toBeTruthy();
  const link = screen.getByRole('link', { name: 'Download Recording 2' });
  expect(link.getAttribute('href')).toBe(`${path}/9`);
  expect(link.hasAttribute('download')).toBe(true);
  expect(document.querySelector('audio')).toBeNull();
  fireEvent.click(screen.getByRole('button', { name: 'Listen to Recording 2' }));
  const player = screen.getByLabelText('Recording 2');
  expect(player.tagName).toBe('AUDIO');
  expect(player.getAttribute('src')).toBe(`${path}/9`);
  expect(player.hasAttribute('controls')).toBe(true);
});

it('says that it could not be played, and tries again when asked', async () => {
  serve({ [`GET ${path}`]: () => list([aRecording(7)]) });
  show(over);
  fireEvent.click(await screen.findByRole('button', { name: 'Listen to Recording 1' }));
  fireEvent.error(screen.getByLabelText('Recording 1'));
  expect((await screen.findByRole('alert')).textContent).toContain('could not be played');
  fireEvent.click(screen.getByRole('button', { name: 'Try again' }));
  expect(screen.getByLabelText('Recording 1')).toBeTruthy();
});

it('deletes one when that is confirmed, and not before', async () => {
  let kept = [aRecording(7), aRecording(9)];
  const asked = serve({
    [`GET ${path}`]: () => list(kept),
    [`DELETE ${path}/7`]: () => {
      kept = [aRecording(9)];
      return { status: 204 };
    },
  });
  show(over);
  fireEvent.click(await screen.findByRole('button', { name: 'Delete Recording 1' }));
  const dialog = within(await screen.findByRole('dialog'));
  expect(asked.some(({ call }) => call.startsWith('DELETE'))).toBe(false);
  fireEvent.click(dialog.getByRole('button', { name: 'Delete the recording' }));
  await waitFor(() => expect(asked.some(({ call }) => call === `DELETE ${path}/7`)).toBe(true));
  await waitFor(() => expect(screen.queryByText('Recording 2')).toBeNull());
});

it('says why one could not be deleted', async () => {
  serve({
    [`GET ${path}`]: () => list([aRecording(7)]),
    [`DELETE ${path}/7`]: () => ({ status: 409, body: { detail: 'The meeting goes on.' } }),
  });
  show(over);
  fireEvent.click(await screen.findByRole('button', { name: 'Delete Recording 1' }));
  const dialog = within(await screen.findByRole('dialog'));
  fireEvent.click(dialog.getByRole('button', { name: 'Delete the recording' }));
  expect((await dialog.findByRole('alert')).textContent).toContain('The meeting goes on.');
});

it('offers no deletion while the call goes on, and says that it grows', async () => {
  serve({ [`GET ${path}`]: () => list([aRecording(7, { state: 'recording', ended_at: undefined })]) });
  show({ recording: true });
  expect(await screen.findByText(/It goes on/)).toBeTruthy();
  expect(screen.queryByRole('button', { name: /Delete/ })).toBeNull();
});

it('says where nothing is kept, before the end and behind it', async () => {
  serve({ [`GET ${path}`]: () => list([]) });
  const { unmount } = show({ recording: true });
  expect(await screen.findByText('Nothing is recorded yet')).toBeTruthy();
  unmount();
  show(over);
  expect(await screen.findByText('No recording')).toBeTruthy();
});

it('says that they could not be loaded, and loads them again', async () => {
  let broken = true;
  serve({
    [`GET ${path}`]: () => (broken ? { status: 503, body: { detail: 'The disk is away.' } } : list([aRecording(7)])),
  });
  show(over);
  expect((await screen.findByRole('alert')).textContent).toContain('The disk is away.');
  broken = false;
  fireEvent.click(screen.getByRole('button', { name: 'Try again' }));
  expect(await screen.findByText('Recording 1')).toBeTruthy();
});

it('is not there where nobody asked for the sound', () => {
  const asked = serve({});
  show({ ...over, recording: false });
  expect(screen.queryByText('Recordings')).toBeNull();
  expect(asked).toHaveLength(0);
});

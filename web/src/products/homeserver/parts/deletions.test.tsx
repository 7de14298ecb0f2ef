// @vitest-environment jsdom
import { screen, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { expect, it } from 'vitest';
import type { RoomDeletion } from '@/kit/api/types';
import { draw, serve } from '@/kit/testing';
import { EndedDeletions, RunningDeletions, sayProgress, shareDone } from './deletions';

const active: RoomDeletion = {
  delete_id: 'd1',
  room_id: '!garden:example.org',
  name: 'Garden',
  state: 'active',
  people: 40,
  people_out: 10,
  events: 60,
  events_removed: 0,
  started_at: '2026-01-01T00:00:00Z',
};

it('says how far it is: people first, then events', () => {
  expect(shareDone(active)).toBe(0.1);
  expect(sayProgress(active)).toBe('10 of 40 people are out.');
  const emptied = { ...active, people_out: 40, events_removed: 30 };
  expect(shareDone(emptied)).toBe(0.7);
  expect(sayProgress(emptied)).toBe('30 of 60 events are removed.');
  const huge = { ...emptied, events: 1_000_000 };
  expect(shareDone(huge)).toBeUndefined();
  expect(sayProgress(huge)).toBe('30 of more than 1,000,000 events are removed.');
  expect(shareDone({ ...active, people: 0, people_out: 0, events: 0 })).toBeUndefined();
});

it('says how it ended', () => {
  expect(sayProgress({ ...active, state: 'failed', error: 'The disk is full.' })).toBe('The disk is full.');
  expect(sayProgress({ ...active, state: 'cancelled' })).toBe('10 of 40 people are out.');
  expect(sayProgress({ ...active, state: 'cancelled', people_out: 0 })).toBe('Nobody was taken out.');
  expect(sayProgress({ ...active, state: 'complete', people_out: 1 })).toBe('1 person was in it.');
});

it('shows nothing when no room was deleted lately', async () => {
  const asked = serve({ 'GET /api/v1/homeserver/deletions': () => ({ body: { items: [], total: 0 } }) });
  draw(<EndedDeletions />);
  await expect.poll(() => asked.length).toBe(1);
  expect(screen.queryByText('Deleted lately')).toBeNull();
});

it('cancels one that is under way, and shows why it cannot any more', async () => {
  let deletion = active;
  let gone = true;
  const asked = serve({
    'GET /api/v1/homeserver/deletions': () => ({ body: { items: [deletion], total: 1 } }),
    'POST /api/v1/homeserver/deletions/d1/cancel': () => {
      if (gone) return { status: 409, body: { detail: 'The room is gone already.' } };
      deletion = { ...active, state: 'cancelled' };
      return { body: deletion };
    },
  });
  const user = userEvent.setup();
  draw(
    <>
      <RunningDeletions />
      <EndedDeletions />
    </>,
  );
  const bar = await screen.findByRole('progressbar', { name: 'Deleting Garden' });
  expect(bar.getAttribute('value')).toBe('0.1');
  await user.click(screen.getByRole('button', { name: 'Cancel the deletion of Garden' }));
  const dialog = await screen.findByRole('dialog');
  await user.click(within(dialog).getByRole('button', { name: 'Cancel the deletion' }));
  await within(dialog).findByText('The room is gone already.');
  gone = false;
  await user.click(within(dialog).getByRole('button', { name: 'Cancel the deletion' }));
  await screen.findByText('Cancelled');
  expect(screen.queryByRole('progressbar')).toBeNull();
  expect(asked.filter(({ call }) => call.startsWith('POST'))).toHaveLength(2);
});

// @vitest-environment jsdom
import { fireEvent, screen, waitFor } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { expect, it } from 'vitest';
import type { Bot } from '@/kit/api/types';
import { draw, serve } from '@/kit/testing';
import { Hooks } from './hooks';

const bot = {
  bot_id: 'parrot',
  user_id: '@bot_parrot:example.org',
  display_name: '',
  state: 'running',
  actions: [],
  brain: { kind: 'echo', config: {} },
} as unknown as Bot;
const none = { 'GET /api/v1/bots/parrot/hooks': () => ({ body: { items: [], total: 0 } }) };
const garden = { body: { items: [{ room_id: '!a:x', name: 'Garden', members: 2 }], total: 1 } };

it('says that the rooms could not be loaded, and tries again', async () => {
  let well = false;
  serve({
    ...none,
    'GET /api/v1/bots/parrot/rooms': () => (well ? garden : { status: 500, body: { detail: 'The disk is full.' } }),
  });
  draw(<Hooks bot={bot} />);
  await userEvent.click(await screen.findByRole('button', { name: 'New webhook' }));
  await screen.findByText('The disk is full.');
  expect(screen.queryByText(/is in no room yet/)).toBeNull();
  well = true;
  await userEvent.click(screen.getByRole('button', { name: 'Try again' }));
  await screen.findByLabelText(/^Name/);
});

it('keeps the dialog until the address is there, which is shown once', async () => {
  let answer: (value: { status: number; body: unknown }) => void = () => {};
  const asked = serve({
    ...none,
    'GET /api/v1/bots/parrot/rooms': () => garden,
    'POST /api/v1/bots/parrot/hooks': () => new Promise((go) => (answer = go)),
  });
  draw(<Hooks bot={bot} />);
  await userEvent.click(await screen.findByRole('button', { name: 'New webhook' }));
  await userEvent.type(await screen.findByLabelText(/^Name/), 'ci');
  await userEvent.click(screen.getByRole('button', { name: 'Make webhook' }));
  await waitFor(() => expect(asked.some(({ call }) => call.startsWith('POST'))).toBe(true));
  await waitFor(() => expect(screen.queryByRole('button', { name: 'Close' })).toBeNull());
  fireEvent.keyDown(screen.getByRole('dialog'), { key: 'Escape' });
  answer({ status: 201, body: { hook: {}, url: 'http://x/shown-once' } });
  await screen.findByText(/shown-once/);
});

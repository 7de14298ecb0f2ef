// @vitest-environment jsdom
import { screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { Outlet, Route, Routes } from 'react-router';
import { afterEach, expect, it } from 'vitest';
import type { Bot } from '@/kit/api/types';
import { dropDrafts } from '@/kit/drafts';
import { draw, serve } from '@/kit/testing';
import BotSettings from './settings';

afterEach(() => dropDrafts(''));

const bot = {
  bot_id: 'b',
  display_name: 'B',
  state: 'stopped',
  actions: ['start'],
  brain: { kind: 'echo', config: { prefix: 'hi' } },
  restart: { policy: 'on_failure', max_restarts: 5, window_s: 600 },
} as unknown as Bot;
const brains = {
  items: [
    {
      kind: 'echo',
      title: 'Echo',
      description: '',
      testable: true,
      config_schema: {
        type: 'object',
        properties: {
          prefix: { type: 'string', title: 'Prefix', maxLength: 5 },
          limits: {
            type: 'object',
            title: 'Limits',
            additionalProperties: false,
            properties: { most: { type: 'integer', title: 'Most', minimum: 1, default: 3 } },
          },
        },
      },
    },
  ],
};

function stage(answer: { status?: number; body?: unknown }) {
  const asked = serve({
    'GET /api/v1/brains': () => ({ body: brains }),
    'PATCH /api/v1/bots/b': () => answer,
  });
  draw(
    <Routes>
      <Route element={<Outlet context={bot} />}>
        <Route path="*" element={<BotSettings />} />
      </Route>
    </Routes>,
  );
  return {
    user: userEvent.setup(),
    sent: () => asked.filter(({ call }) => call.startsWith('PATCH')).map(({ body }) => body),
  };
}

it('takes as many restarts as the server does, and no fewer', async () => {
  const { user, sent } = stage({ body: { ...bot, restart: { ...bot.restart, max_restarts: 7 } } });
  const form = screen.getByRole('form', { name: 'Restart policy' });
  const field = within(form).getByRole('textbox', { name: 'At most this often' });
  const save = within(form).getByRole('button', { name: 'Save' });
  await user.clear(field);
  await user.type(field, '0');
  await within(form).findByText('The least is 1.');
  expect(save).toHaveProperty('disabled', true);
  await user.clear(field);
  await user.type(field, '7');
  await user.click(save);
  await waitFor(() => expect(sent()).toEqual([{ restart: { policy: 'on_failure', max_restarts: 7, window_s: 600 } }]));
});

it('checks the settings of a brain as one types, and shows what the server says at its field', async () => {
  const refusal = { pointer: '/brain/config/prefix', message: 'Not this one.', type: 'pattern' };
  const { user, sent } = stage({ status: 400, body: { detail: 'It cannot be saved.', errors: [refusal] } });
  const field = await screen.findByRole('textbox', { name: 'Prefix' });
  const form = within(screen.getByRole('form', { name: 'Brain' }));
  const save = form.getByRole('button', { name: 'Save' });
  expect(save).toHaveProperty('disabled', true);
  await user.clear(field);
  await user.type(field, 'too long');
  form.getByText('At most 5 characters.');
  await user.click(save);
  expect(sent()).toEqual([]);
  await user.clear(field);
  await user.type(field, 'ho');
  expect(form.queryByText('At most 5 characters.')).toBeNull();
  await user.click(save);
  await form.findByText('Not this one.');
  expect(sent()).toEqual([
    { display_name: 'B', brain: { kind: 'echo', config: { prefix: 'ho', limits: { most: 3 } } } },
  ]);
  await user.type(field, '!');
  expect(form.queryByText('Not this one.')).toBeNull();
  await user.click(form.getByRole('button', { name: 'Discard changes' }));
  expect(field).toHaveProperty('value', 'hi');
  expect(save).toHaveProperty('disabled', true);
});

it('a field of a group is a field like others', async () => {
  const { user, sent } = stage({ body: bot });
  await screen.findByRole('textbox', { name: 'Prefix' });
  const form = within(screen.getByRole('form', { name: 'Brain' }));
  await user.click(form.getByText(/^More settings/));
  const most = form.getByRole('textbox', { name: 'Most' });
  await user.clear(most);
  await user.type(most, '0');
  form.getByText('The least is 1.');
  await user.clear(most);
  await user.type(most, '9');
  await user.click(form.getByRole('button', { name: 'Save' }));
  await waitFor(() =>
    expect(sent()).toEqual([
      { display_name: 'B', brain: { kind: 'echo', config: { prefix: 'hi', limits: { most: 9 } } } },
    ]),
  );
});

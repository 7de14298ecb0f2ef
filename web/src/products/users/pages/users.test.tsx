// @vitest-environment jsdom
import { screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { expect, it } from 'vitest';
import type { User } from '@/kit/api/types';
import { draw, serve } from '@/kit/testing';
import UsersPage from './users';

const alice: User = {
  id: 2,
  user_id: '@alice:example.org',
  username: 'alice',
  display_name: 'Alice',
  role: 'member',
  kind: 'person',
  tenant_id: 1,
  locked: false,
  deactivated: false,
  created_at: '2026-01-01T00:00:00Z',
};

it('shows the accounts', async () => {
  serve({ 'GET /api/v1/users': () => ({ body: { items: [alice], total: 1 } }) });
  draw(<UsersPage />);
  const row = (await screen.findByText('Alice')).closest('tr')!;
  within(row).getByText('@alice:example.org');
  within(row).getByText('Active');
});

it('says when there are none, and asks with the filters of the address', async () => {
  const asked = serve({ 'GET /api/v1/users': () => ({ body: { items: [], total: 0 } }) });
  draw(<UsersPage />, { at: '/ui/users?role=admin&sort=-name' });
  await screen.findByText('No user matches');
  expect(asked.find(({ call }) => call === 'GET /api/v1/users')!.url.search).toBe('?role=admin&sort=-name&limit=25');
});

it('stands where somebody left it to look at an account', async () => {
  const asked = serve({ 'GET /api/v1/users': () => ({ body: { items: [alice], total: 60 } }) });
  draw(<UsersPage />, { at: '/ui/users?q=al&pages=25' });
  await screen.findByText('Alice');
  const { searchParams } = asked.find(({ call }) => call === 'GET /api/v1/users')!.url;
  expect([searchParams.get('search'), searchParams.get('from')]).toEqual(['al', '25']);
});

it('says why they could not be loaded, and tries again', async () => {
  let well = false;
  serve({
    'GET /api/v1/users': () =>
      well
        ? { body: { items: [alice], total: 1 } }
        : { status: 500, body: { detail: 'The disk is full.', request_id: 'r-1' } },
  });
  draw(<UsersPage />);
  const alert = await screen.findByRole('alert');
  within(alert).getByText('The disk is full.');
  within(alert).getByText('r-1');
  well = true;
  await userEvent.click(within(alert).getByRole('button', { name: 'Try again' }));
  await screen.findByText('Alice');
});

it('shows what the server found wrong in a new account at its field', async () => {
  const asked = serve({
    'GET /api/v1/users': () => ({ body: { items: [], total: 0 } }),
    'POST /api/v1/users': () => ({
      status: 400,
      body: {
        detail: 'It cannot be made.',
        errors: [{ pointer: '/username', message: 'This name is taken.', type: 'taken' }],
      },
    }),
  });
  const user = userEvent.setup();
  draw(<UsersPage />, { at: '/ui/users?new' });
  const dialog = await screen.findByRole('dialog');
  const name = await within(dialog).findByRole('textbox', { name: /^User name/ });
  await user.click(within(dialog).getByRole('button', { name: 'Make user' }));
  await within(dialog).findByText('A user needs a name.');
  await waitFor(() => expect(document.activeElement).toBe(name));
  expect(asked.some(({ call }) => call.startsWith('POST'))).toBe(false);
  await user.type(name, 'alice');
  await user.click(within(dialog).getByRole('button', { name: 'Make user' }));
  await within(dialog).findByText('This name is taken.');
  expect(asked.find(({ call }) => call.startsWith('POST'))!.body).toEqual({ username: 'alice', role: 'member' });
  await waitFor(() => expect(name.getAttribute('aria-invalid')).toBe('true'));
  await waitFor(() => expect(document.activeElement).toBe(name));
  expect(within(dialog).queryByRole('alert')).toBeNull();
  expect(within(dialog).queryByText('It cannot be made.')).toBeNull();
  await user.type(name, 'x');
  expect(within(dialog).queryByText('This name is taken.')).toBeNull();
  expect(within(dialog).queryByRole('alert')).toBeNull();
});

it('says what belongs to no field on show in an alert', async () => {
  serve({
    'GET /api/v1/users': () => ({ body: { items: [], total: 0 } }),
    'POST /api/v1/users': () => ({
      status: 400,
      body: { detail: 'It cannot be made.', errors: [{ pointer: '/password', message: 'Too short.', type: 'value' }] },
    }),
  });
  const user = userEvent.setup();
  draw(<UsersPage />, { at: '/ui/users?new' });
  const dialog = await screen.findByRole('dialog');
  await user.type(await within(dialog).findByRole('textbox', { name: /^User name/ }), 'alice');
  await user.click(within(dialog).getByRole('button', { name: 'Make user' }));
  within(await within(dialog).findByRole('alert')).getByText('It cannot be made.');
});

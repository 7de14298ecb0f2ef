// @vitest-environment jsdom
import { screen, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { expect, it } from 'vitest';
import type { RegistrationToken } from '@/kit/api/types';
import { draw, serve } from '@/kit/testing';
import RegistrationPage from './registration';

const spring: RegistrationToken = {
  token: 'spring',
  uses: 1,
  uses_allowed: 3,
  created_at: '2026-01-01T00:00:00Z',
  valid: true,
};
const tokens = 'GET /api/v1/homeserver/registration/tokens';
const mode = { 'GET /api/v1/homeserver/registration': () => ({ body: { mode: 'token' } }) };

it('shows tokens, and that they are of no use while registration is closed', async () => {
  serve({
    'GET /api/v1/homeserver/registration': () => ({ body: { mode: 'closed' } }),
    [tokens]: () => ({ body: { items: [spring, { ...spring, token: 'old', uses: 3, valid: false }], total: 2 } }),
  });
  draw(<RegistrationPage />);
  const row = (await screen.findByText('spring')).closest('tr')!;
  within(row).getByText('1 of 3');
  within(row).getByText('never');
  screen.getByText('Used up', { selector: 'span' });
  await screen.findByText(/^Registration is closed/);
});

it('makes one, and shows what the server found wrong at its field', async () => {
  let taken = true;
  const asked = serve({
    ...mode,
    [tokens]: () => ({ body: { items: [], total: 0 } }),
    'POST /api/v1/homeserver/registration/tokens': () =>
      taken
        ? {
            status: 400,
            body: { detail: 'No.', errors: [{ pointer: '/token', message: 'It is there already.', type: 'taken' }] },
          }
        : { status: 201, body: spring },
  });
  const user = userEvent.setup();
  draw(<RegistrationPage />);
  await user.click(await screen.findByRole('button', { name: 'New token' }));
  const dialog = await screen.findByRole('dialog');
  const field = within(dialog).getByRole('textbox', { name: 'Token' });
  await user.type(field, 'a b');
  await user.click(within(dialog).getByRole('button', { name: 'Make token' }));
  await within(dialog).findByText('Letters, digits and . _ ~ - only.');
  expect(asked.some(({ call }) => call.startsWith('POST'))).toBe(false);
  await user.clear(field);
  await user.type(field, 'spring');
  await user.click(within(dialog).getByRole('button', { name: 'Make token' }));
  await within(dialog).findByText('It is there already.');
  taken = false;
  await user.click(within(dialog).getByRole('button', { name: 'Make token' }));
  await within(dialog).findByText('spring', { selector: '[data-secret]' });
  expect(asked.findLast(({ call }) => call.startsWith('POST'))!.body).toEqual({
    token: 'spring',
    uses_allowed: 1,
    valid_for_s: 604_800,
  });
});

it('takes the bound away when the field is emptied, and leaves the time', async () => {
  const asked = serve({
    ...mode,
    [tokens]: () => ({ body: { items: [spring], total: 1 } }),
    'PATCH /api/v1/homeserver/registration/tokens/spring': () => ({ body: spring }),
    'DELETE /api/v1/homeserver/registration/tokens/spring': () => ({ status: 204 }),
  });
  const user = userEvent.setup();
  draw(<RegistrationPage />);
  await user.click(await screen.findByRole('button', { name: 'Change spring' }));
  const dialog = await screen.findByRole('dialog');
  await user.clear(within(dialog).getByRole('textbox', { name: 'How often' }));
  await user.click(within(dialog).getByRole('button', { name: 'Change token' }));
  await expect.poll(() => screen.queryByRole('dialog')).toBeNull();
  expect(asked.find(({ call }) => call.startsWith('PATCH'))!.body).toEqual({ uses_allowed: 0 });
  await user.click(screen.getByRole('button', { name: 'Delete spring' }));
  await user.click(within(await screen.findByRole('dialog')).getByRole('button', { name: 'Delete the token' }));
  await expect.poll(() => asked.filter(({ call }) => call.startsWith('DELETE'))).toHaveLength(1);
});

// @vitest-environment jsdom
import { screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { expect, it } from 'vitest';
import { OwnPasswordDialog } from './own_password';
import { draw, serve } from '@/kit/testing';

it('says at its field, and there alone, that the current password is wrong', async () => {
  serve({
    'POST /api/v1/users/%40admin%3Aexample.org/password': () => ({
      status: 403,
      body: {
        detail: 'The current password is wrong.',
        errors: [{ pointer: '/current_password', message: 'The current password is wrong.', type: 'value_error' }],
      },
    }),
  });
  const user = userEvent.setup();
  draw(<OwnPasswordDialog opened onClose={() => {}} />);
  const dialog = await screen.findByRole('dialog');
  const current = await within(dialog).findByLabelText(/^Current password/);
  await user.type(current, 'not this one');
  await user.type(within(dialog).getByLabelText(/^New password/), 'a long enough one');
  await user.click(within(dialog).getByRole('button', { name: 'Change password' }));
  await within(dialog).findByText('The current password is wrong.');
  await waitFor(() => expect(document.activeElement).toBe(current));
  expect(within(dialog).queryByRole('alert')).toBeNull();
});

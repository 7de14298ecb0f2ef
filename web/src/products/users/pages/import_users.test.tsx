// @vitest-environment jsdom
import { fireEvent, screen, waitFor } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { expect, it } from 'vitest';
import { draw, serve } from '@/kit/testing';
import ImportUsers from './import_users';

it('says at its field that there is no such room, and counts one as one', async () => {
  serve({
    'GET /api/v1/users/imports': () => ({ body: { items: [], total: 0 } }),
    'POST /api/v1/users/import': () => ({ status: 404, body: { detail: 'There is no room #nix:example.org.' } }),
  });
  const { container } = draw(<ImportUsers />);
  await screen.findByText('Choose a CSV file');
  const csv = new File(['username,password\nanna,a-long-password\nben,\nbad name,x\n'], 'users.csv');
  fireEvent.change(container.querySelector('input[type=file]')!, { target: { files: [csv] } });
  await screen.findByLabelText('Make a password for the one without');
  await userEvent.click(screen.getByLabelText('Leave out the one with a problem'));
  const room = screen.getByLabelText('Room to join');
  await userEvent.type(room, '#nix:example.org');
  await userEvent.click(screen.getByRole('button', { name: 'Try without making any' }));
  await screen.findByText('There is no room #nix:example.org.');
  expect(room.getAttribute('aria-invalid')).toBe('true');
  expect(screen.queryByRole('alert')).toBeNull();
  await userEvent.type(room, 'x'); // Another one may be there.
  await waitFor(() => expect(screen.queryByText('There is no room #nix:example.org.')).toBeNull());
});

// @vitest-environment jsdom
import { fireEvent, screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { useLocation } from 'react-router';
import { expect, it, vi } from 'vitest';
import { App } from './app';
import { sessionKey } from './kit/api/session';
import { admin, draw, newQueries, serve } from './kit/testing';

function Where() {
  const { pathname, search } = useLocation();
  return <output data-testid="where">{pathname + search}</output>;
}
const where = () => screen.getByTestId('where').textContent;
const nobody = { 'GET /api/v1/session/providers': () => ({ body: { items: [], total: 0 } }) };
const page = (
  <>
    <App />
    <Where />
  </>
);

function quiet() {
  vi.stubGlobal(
    'EventSource',
    class {
      addEventListener() {}
      close() {}
    },
  );
}

it.each(['/ui/users', '/ui/users?role=admin', '/ui/audit?actor=%40anna%3Aexample.org'])(
  'signing in leads back to %s',
  async (path) => {
    quiet();
    serve({ ...nobody, 'POST /api/v1/session': () => ({ body: admin }) });
    const queries = newQueries();
    queries.setQueryData(sessionKey, null);
    draw(page, { at: path, queries });
    await userEvent.type(await screen.findByLabelText('User'), 'admin');
    await userEvent.type(screen.getByLabelText('Password', { selector: 'input' }), 'x');
    await userEvent.click(screen.getByRole('button', { name: 'Sign in' }));
    await waitFor(() => expect(where()).toBe(path));
  },
);

it.each([204, 401])('signing out leads to the sign-in, also of a session that has ended (%i)', async (status) => {
  quiet();
  serve({ ...nobody, 'DELETE /api/v1/session': () => ({ status, ...(status === 401 && { body: {} }) }) });
  draw(page, { at: '/ui/users' });
  await userEvent.click(await screen.findByRole('button', { name: /^Account/ }));
  await userEvent.click(await screen.findByRole('menuitem', { name: 'Sign out' }));
  await waitFor(() => expect(where()).toBe('/ui/sign-in'));
  await screen.findByLabelText('User');
});

/** A page with a dialog, and a server whose session ends. */
function drawDialog(answers: Parameters<typeof serve>[0]) {
  quiet();
  const session = { over: false };
  const asked = serve({
    ...nobody,
    'GET /api/v1/session': () => (session.over ? { status: 401, body: {} } : { body: admin }),
    'GET /api/v1/tenants': () =>
      session.over ? { status: 401, body: {} } : { body: { items: [], total: 0, next_from: null } },
    'POST /api/v1/tenants': () => (session.over ? { status: 401, body: {} } : { body: { id: 2, name: 'acme' } }),
    ...answers,
  });
  draw(page, { at: '/ui/settings/tenants' });
  return { session, asked };
}
const typedName = () => screen.getByDisplayValue('acme');

it('a session that ends leaves what was typed into a dialog where it is', async () => {
  const { session, asked } = drawDialog({
    'POST /api/v1/session': () => {
      session.over = false;
      return { body: admin };
    },
  });
  await userEvent.click((await screen.findAllByRole('button', { name: 'New tenant' }))[0]!);
  await userEvent.type(await screen.findByLabelText(/^Name/), 'acme');
  session.over = true;
  await userEvent.click(screen.getByRole('button', { name: 'Make tenant' }));
  const again = await screen.findByRole('dialog', { name: 'Sign in' });
  expect(within(again).getByLabelText<HTMLInputElement>('User').value).toBe('admin');
  expect(where()).toBe('/ui/settings/tenants');
  await userEvent.keyboard('{Escape}'); // Belongs to the sign-in, not to the dialog behind it.
  expect(typedName()).toBeTruthy();
  expect(screen.queryByText('Discard what you entered?')).toBeNull();
  await userEvent.type(within(again).getByLabelText('Password', { selector: 'input' }), 'x');
  await userEvent.click(within(again).getByRole('button', { name: 'Sign in' }));
  await waitFor(() => expect(screen.queryByRole('dialog', { name: 'Sign in' })).toBeNull());
  expect(typedName()).toBeTruthy();
  expect(screen.getByRole('dialog').contains(document.activeElement)).toBe(true);
  expect(screen.getByText(/^Your session had ended before this was done/)).toBeTruthy();
  await userEvent.click(screen.getByRole('button', { name: 'Make tenant' }));
  await waitFor(() => expect(asked.filter(({ call }) => call === 'POST /api/v1/tenants').length).toBe(2));
  expect(asked.at(-1)?.call).not.toBe('POST /api/v1/session');
});

it('whoever signs in after somebody else finds nothing of theirs', async () => {
  const { session } = drawDialog({
    'POST /api/v1/session': () => ({ body: { ...admin, user_id: '@ben:example.org' } }),
  });
  await userEvent.click((await screen.findAllByRole('button', { name: 'New tenant' }))[0]!);
  await userEvent.type(await screen.findByLabelText(/^Name/), 'acme');
  session.over = true;
  await userEvent.click(screen.getByRole('button', { name: 'Make tenant' }));
  const again = await screen.findByRole('dialog', { name: 'Sign in' });
  session.over = false;
  await userEvent.type(within(again).getByLabelText('Password', { selector: 'input' }), 'x');
  await userEvent.click(within(again).getByRole('button', { name: 'Sign in' }));
  await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull());
  expect(screen.queryByDisplayValue('acme')).toBeNull();
});

it('a session that another tab began anew is taken up, and leaving it leads to the sign-in', async () => {
  const { session } = drawDialog({ 'DELETE /api/v1/session': () => ({ status: 401, body: {} }) });
  const end = async () => {
    session.over = true;
    await userEvent.click(screen.getByRole('button', { name: 'Make tenant' }));
    await screen.findByRole('dialog', { name: 'Sign in' });
  };
  await userEvent.click((await screen.findAllByRole('button', { name: 'New tenant' }))[0]!);
  await userEvent.type(await screen.findByLabelText(/^Name/), 'acme');
  await end();
  session.over = false;
  fireEvent.focus(window);
  await waitFor(() => expect(screen.queryByRole('dialog', { name: 'Sign in' })).toBeNull());
  expect(typedName()).toBeTruthy();
  await end();
  await userEvent.click(screen.getByRole('button', { name: 'Sign in as somebody else' }));
  await waitFor(() => expect(where()).toBe('/ui/sign-in'));
});

// @vitest-environment jsdom
import { screen, waitFor } from '@testing-library/react';
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

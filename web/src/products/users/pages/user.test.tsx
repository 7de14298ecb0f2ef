// @vitest-environment jsdom
import { screen, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { Route, Routes } from 'react-router';
import { expect, it } from 'vitest';
import UserPage from './user';
import type { HomeserverRoom, Me, User } from '@/kit/api/types';
import { draw, newQueries, serve } from '@/kit/testing';

const anna: User = {
  id: 2,
  user_id: '@anna:example.org',
  username: 'anna',
  display_name: 'Anna',
  role: 'member',
  kind: 'person',
  tenant_id: 1,
  locked: false,
  deactivated: false,
  created_at: '2026-01-01T00:00:00Z',
};
const garden: HomeserverRoom = {
  room_id: '!garden:example.org',
  name: 'Garden',
  members: 2,
  state_events: 9,
  version: '12',
  creator: '@anna:example.org',
  public: false,
};
const one = 'GET /api/v1/users/%40anna%3Aexample.org';
const rooms = 'GET /api/v1/homeserver/rooms';

function show(answers: Parameters<typeof serve>[0], who: Partial<Me> = {}) {
  const asked = serve(answers);
  draw(
    <Routes>
      <Route path="/ui/users/:userId" element={<UserPage />} />
    </Routes>,
    { at: '/ui/users/%40anna%3Aexample.org', queries: newQueries(who) },
  );
  return asked;
}

it('says what an account is, and leads to its rooms and files', async () => {
  const asked = show({ [one]: () => ({ body: anna }), [rooms]: () => ({ body: { items: [garden], total: 1 } }) });
  await screen.findByRole('heading', { level: 1, name: 'Anna' });
  screen.getByText('Active');
  const list = await screen.findByRole('list', { name: 'Rooms' });
  const link = within(list).getByRole('link', { name: 'Garden' });
  expect(link.getAttribute('href')).toBe('/ui/server/rooms/!garden%3Aexample.org');
  within(list).getByText('2 members');
  expect(screen.getByRole('link', { name: 'What it uploaded' }).getAttribute('href')).toBe(
    '/ui/server/media?user=%40anna%3Aexample.org',
  );
  expect(asked.find(({ call }) => call === rooms)!.url.search).toBe('?member=%40anna%3Aexample.org&limit=25');
});

it('says how its person comes in', async () => {
  const linked = { ...anna, has_password: false, identities: [{ provider: 'oidc-keycloak', subject: 'f:1:anna' }] };
  show({ [one]: () => ({ body: linked }), [rooms]: () => ({ body: { items: [], total: 0 } }) });
  await screen.findByText('keycloak');
  screen.getByText('f:1:anna');
  expect(screen.queryByText('a password')).toBeNull();
});

const providers = 'GET /api/v1/homeserver/providers';
const kc = { id: 'oidc-kc', name: 'Key & Cloak' };
const place = '/api/v1/homeserver/identities/oidc-kc/f%3A1%2Fanna';

it('links somebody at a provider to the account', async () => {
  let linked = false;
  const asked = show({
    [one]: () => ({
      body: { ...anna, has_password: true, identities: linked ? [{ provider: 'oidc-kc', subject: 'f:1/anna' }] : [] },
    }),
    [rooms]: () => ({ body: { items: [], total: 0 } }),
    [providers]: () => ({ body: { items: [kc], total: 1 } }),
    [`PUT ${place}`]: () => {
      linked = true;
      return { status: 204 };
    },
  });
  await userEvent.click(await screen.findByRole('button', { name: 'Link a provider' }));
  const dialog = within(await screen.findByRole('dialog', { name: 'Link anna to a provider' }));
  await userEvent.click(dialog.getByRole('button', { name: 'Link' }));
  dialog.getByText('The id at the provider is needed.');
  await userEvent.type(dialog.getByLabelText(/Id at the provider/), ' f:1/anna ');
  await userEvent.click(dialog.getByRole('button', { name: 'Link' }));
  await screen.findByText('f:1/anna');
  expect(asked.find(({ call }) => call.startsWith('PUT'))!.body).toEqual({ user_id: '@anna:example.org' });
});

it('says whose an id is that leads elsewhere', async () => {
  show({
    [one]: () => ({ body: { ...anna, has_password: true } }),
    [rooms]: () => ({ body: { items: [], total: 0 } }),
    [providers]: () => ({ body: { items: [kc], total: 1 } }),
    [`PUT ${place}`]: () => ({ status: 409, body: { detail: 'This id leads to @bert:example.org already.' } }),
  });
  await userEvent.click(await screen.findByRole('button', { name: 'Link a provider' }));
  const dialog = within(await screen.findByRole('dialog'));
  await userEvent.type(dialog.getByLabelText(/Id at the provider/), 'f:1/anna');
  await userEvent.click(dialog.getByRole('button', { name: 'Link' }));
  await dialog.findByText(/leads to @bert:example.org already/);
});

it('unlinks the only way in after saying so', async () => {
  let linked = true;
  const asked = show({
    [one]: () => ({
      body: { ...anna, has_password: false, identities: linked ? [{ provider: 'oidc-kc', subject: 'f:1/anna' }] : [] },
    }),
    [rooms]: () => ({ body: { items: [], total: 0 } }),
    [providers]: () => ({ body: { items: [], total: 0 } }),
    [`DELETE ${place}`]: () => {
      linked = false;
      return { status: 204 };
    },
  });
  await userEvent.click(await screen.findByRole('button', { name: 'Unlink kc, f:1/anna' }));
  const dialog = within(await screen.findByRole('dialog', { name: 'Unlink kc from anna?' }));
  dialog.getByText(/It is the only way in/);
  await userEvent.click(dialog.getByRole('button', { name: 'Unlink' }));
  await screen.findByText(/^nothing: no password is set/);
  expect(screen.queryByRole('button', { name: 'Link a provider' })).toBeNull(); // There is none to link.
  expect(asked.some(({ call }) => call === `DELETE ${place}`)).toBe(true);
});

it('has the administrator of another tenant link nobody', async () => {
  const linked = { ...anna, has_password: true, identities: [{ provider: 'oidc-kc', subject: 'f:1/anna' }] };
  const asked = show({ [one]: () => ({ body: linked }) }, { tenant_id: 2 });
  await screen.findByText('f:1/anna');
  expect(screen.queryByRole('button', { name: /nlink/ })).toBeNull();
  expect(asked.some(({ call }) => call === providers)).toBe(false);
});

it('calls an account whose name nobody sees by its id', async () => {
  show({
    [one]: () => ({ body: { ...anna, display_name: ' \u200b ' } }),
    [rooms]: () => ({ body: { items: [], total: 0 } }),
  });
  await screen.findByRole('heading', { level: 1, name: 'anna' });
});

it('offers nobody to change a password that they do not have', async () => {
  const who = { user_id: anna.user_id, has_password: false };
  show({ [one]: () => ({ body: anna }), [rooms]: () => ({ body: { items: [], total: 0 } }) }, who);
  await userEvent.click(await screen.findByRole('button', { name: 'Change anna' }));
  await screen.findByRole('menuitem', { name: 'Sessions' });
  expect(screen.queryByRole('menuitem', { name: 'Change password' })).toBeNull();
});

it('has what the list can do with the account', async () => {
  show({ [one]: () => ({ body: anna }), [rooms]: () => ({ body: { items: [], total: 0 } }) });
  await screen.findByText('In no room.');
  await userEvent.click(screen.getByRole('button', { name: 'Change anna' }));
  await userEvent.click(await screen.findByRole('menuitem', { name: 'Lock' }));
  await screen.findByRole('dialog', { name: 'Lock anna?' });
});

it.each([
  ['the administrators of another tenant', { tenant_id: 2 }],
  ['operators', { role: 'operator' as const }],
])('shows %s the account and no rooms', async (_, who) => {
  const asked = show({ [one]: () => ({ body: anna }) }, who);
  await screen.findByRole('heading', { level: 1, name: 'Anna' });
  expect(screen.queryByText('Rooms')).toBeNull();
  expect(asked.some(({ call }) => call === rooms)).toBe(false);
});

it('says nothing of rooms where the homeserver is another program', async () => {
  const asked = show({ [one]: () => ({ body: anna }), [rooms]: () => ({ status: 404, body: { detail: 'No.' } }) });
  await screen.findByRole('heading', { level: 1, name: 'Anna' });
  await expect.poll(() => asked.some(({ call }) => call === rooms)).toBe(true);
  await expect.poll(() => screen.queryByText('Rooms')).toBeNull();
});

it('says that there is no such account', async () => {
  show({ [one]: () => ({ status: 404, body: { detail: 'No.' } }) });
  await screen.findByRole('heading', { level: 1, name: 'No such user' });
  expect(document.title).toBe('No such user · Troupe');
});

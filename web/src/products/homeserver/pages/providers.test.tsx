// @vitest-environment jsdom
import { screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { expect, it } from 'vitest';
import type { SignInProvider } from '@/kit/api/types';
import { draw, serve } from '@/kit/testing';
import ProvidersPage from './providers';

const keycloak: SignInProvider = {
  id: 'oidc-kc',
  name: 'Keycloak',
  issuer: 'https://idp.example.org/realms/main',
  client_id: 'troupe',
  scopes: ['openid'],
  localpart_claim: 'preferred_username',
  required_role: '',
  link_existing: false,
  backchannel_logout: true,
  redirect_uri: 'https://chat.example.org/_synapse/client/oidc/callback',
  logout_uri: 'https://chat.example.org/_synapse/client/oidc/backchannel_logout',
  state: 'unknown',
  error: '',
  authorization_endpoint: '',
};
const list = 'GET /api/v1/homeserver/providers';

it('says that there are none, and where they are written', async () => {
  serve({ [list]: () => ({ body: { items: [], total: 0 } }) });
  draw(<ProvidersPage />);
  await screen.findByText('No sign-in providers');
  await screen.findByText('[[oidc.providers]]');
});

it('asks a provider, and shows what is wrong with it', async () => {
  let now = keycloak;
  const asked = serve({
    [list]: () => ({ body: { items: [now], total: 1 } }),
    'POST /api/v1/homeserver/providers/oidc-kc/test': () => {
      now = { ...keycloak, state: 'failing', error: 'discovery: status 404', asked_at: '2026-01-01T00:00:00Z' };
      return { body: now };
    },
  });
  draw(<ProvidersPage />);
  await screen.findByText('Not asked yet');
  await screen.findByText('https://chat.example.org/_synapse/client/oidc/backchannel_logout');
  await userEvent.click(screen.getByRole('button', { name: 'Test Keycloak' }));
  await screen.findByText('discovery: status 404');
  await screen.findByText('Fails');
  expect(asked.filter(({ call }) => call.startsWith('POST'))).toHaveLength(1);
});

it('says when the test itself was refused', async () => {
  serve({
    [list]: () => ({ body: { items: [keycloak], total: 1 } }),
    'POST /api/v1/homeserver/providers/oidc-kc/test': () => ({ status: 429, body: { detail: 'Too many requests.' } }),
  });
  draw(<ProvidersPage />);
  await userEvent.click(await screen.findByRole('button', { name: 'Test Keycloak' }));
  await screen.findByText('It could not be asked');
});

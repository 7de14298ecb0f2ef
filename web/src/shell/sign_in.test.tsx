// @vitest-environment jsdom
import { screen } from '@testing-library/react';
import { expect, it } from 'vitest';
import { sessionKey } from '@/kit/api/session';
import { draw, newQueries, serve } from '@/kit/testing';
import { SignInPage } from './sign_in';

function drawSignIn(at: string) {
  const queries = newQueries();
  queries.setQueryData(sessionKey, null);
  return draw(<SignInPage />, { at, queries });
}
const two = {
  items: [
    { id: 'oidc-kc', name: 'Keycloak' },
    { id: 'oidc-b c', name: 'B & C' },
  ],
  total: 2,
};

it('offers the providers, and keeps where somebody wanted to go', async () => {
  serve({ 'GET /api/v1/session/providers': () => ({ body: two }) });
  drawSignIn('/ui/sign-in?next=/ui/bots');
  const link = await screen.findByRole('link', { name: 'Sign in with Keycloak' });
  expect(link.getAttribute('href')).toBe('/api/v1/session/providers/oidc-kc?next=%2Fui%2Fbots');
  expect(screen.getByRole('link', { name: 'Sign in with B & C' }).getAttribute('href')).toBe(
    '/api/v1/session/providers/oidc-b%20c?next=%2Fui%2Fbots',
  );
});

it('leads to no other site', async () => {
  serve({ 'GET /api/v1/session/providers': () => ({ body: two }) });
  drawSignIn('/ui/sign-in?next=//evil.example');
  const link = await screen.findByRole('link', { name: 'Sign in with Keycloak' });
  expect(link.getAttribute('href')).toBe('/api/v1/session/providers/oidc-kc?next=%2Fui');
});

it('is a form for passwords where there are none, or they are not known', async () => {
  serve({ 'GET /api/v1/session/providers': () => ({ status: 503, body: { detail: 'away' } }) });
  drawSignIn('/ui/sign-in');
  await screen.findByLabelText('Password');
  expect(screen.queryByRole('link')).toBeNull();
});

it('says what went wrong on the way, in words of its own', async () => {
  serve({ 'GET /api/v1/session/providers': () => ({ body: { items: [], total: 0 } }) });
  drawSignIn('/ui/sign-in?problem=locked');
  expect((await screen.findByRole('alert')).textContent).toMatch(/closed or locked/);
});

it('says nothing that an address makes up', () => {
  serve({ 'GET /api/v1/session/providers': () => ({ body: { items: [], total: 0 } }) });
  drawSignIn('/ui/sign-in?problem=send+money');
  expect(screen.queryByRole('alert')).toBeNull();
});

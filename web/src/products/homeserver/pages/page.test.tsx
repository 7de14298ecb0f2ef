// @vitest-environment jsdom
import { screen } from '@testing-library/react';
import { expect, it } from 'vitest';
import { draw, serve } from '@/kit/testing';
import HomeserverPage from './page';

it('has a tab for each page', async () => {
  serve({ 'GET /api/v1/homeserver/registration': () => ({ body: { mode: 'open' } }) });
  draw(<HomeserverPage />);
  const tabs = (await screen.findByRole('navigation')).querySelectorAll('a');
  expect([...tabs].map((tab) => tab.textContent)).toEqual(['Rooms', 'Media', 'Registration', 'Reports', 'Sign-in']);
});

it('says when the homeserver is another program', async () => {
  serve({ 'GET /api/v1/homeserver/registration': () => ({ status: 404, body: { detail: 'No such path.' } }) });
  draw(<HomeserverPage />);
  await screen.findByText('The homeserver is another program');
});

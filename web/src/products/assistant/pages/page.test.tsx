// @vitest-environment jsdom
import { screen } from '@testing-library/react';
import { Route, Routes } from 'react-router';
import { expect, it } from 'vitest';
import { draw, serve } from '@/kit/testing';
import AssistantPage from './page';

it.each([
  ['/ui/assistant', 'Chat · Assistant · Troupe'],
  ['/ui/assistant/chat/c1', 'Chat · Assistant · Troupe'],
  ['/ui/assistant/tasks', 'Tasks · Assistant · Troupe'],
  ['/ui/assistant/tasks/t1', 'Tasks · Assistant · Troupe'],
  ['/ui/assistant/approvals', 'Approvals · Assistant · Troupe'],
  ['/ui/assistant/services/slack', 'Services · Assistant · Troupe'],
])('names the window at %s %s', async (at, title) => {
  serve({ 'GET /api/v1/approvals': () => ({ body: { items: [] } }) });
  draw(
    <Routes>
      <Route path="/ui/assistant/*" element={<AssistantPage />} />
    </Routes>,
    { at },
  );
  await screen.findByRole('heading', { level: 1, name: 'Assistant' });
  expect(document.title).toBe(title);
});

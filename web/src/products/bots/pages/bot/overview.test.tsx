// @vitest-environment jsdom
import { screen } from '@testing-library/react';
import { Outlet, Route, Routes } from 'react-router';
import { expect, it } from 'vitest';
import type { Bot } from '@/kit/api/types';
import { draw, serve } from '@/kit/testing';
import BotOverview from './overview';

const bot = {
  bot_id: 'b',
  user_id: '@bot_b:example.org',
  display_name: 'B',
  state: 'running',
  actions: ['stop'],
  brain: { kind: 'echo', config: {} },
  restart: { policy: 'on_failure', max_restarts: 5, window_s: 600 },
  turns: { answered: 0, failed: 0, skipped: 0, waiting: 0 },
  created_at: '2026-01-01T00:00:00Z',
  since: '2026-01-01T00:00:00Z',
} as unknown as Bot;

function show(more: Partial<Bot>) {
  serve({});
  draw(
    <Routes>
      <Route element={<Outlet context={{ ...bot, ...more }} />}>
        <Route path="*" element={<BotOverview />} />
      </Route>
    </Routes>,
  );
  return screen.getByText('Restarts').nextElementSibling!.textContent;
}

it('says of restarts what they were for', () => {
  expect(show({ restarts: 3 })).toBe(
    '3 by itself, after it failed or ended · started again after a failure, at most 5 times',
  );
});

it('says that there were none', () => {
  expect(show({ restarts: 0 })).toBe('none · started again after a failure, at most 5 times');
});

it('counts no messages of a program, which reads and answers by itself', () => {
  show({ restarts: 0, brain: { kind: 'program', config: {} } });
  expect(screen.getByText('Messages').nextElementSibling!.textContent).toMatch(/^not counted here/);
  expect(screen.queryByText('Usage')).toBeNull();
});

// @vitest-environment jsdom
import { screen } from '@testing-library/react';
import { Route, Routes } from 'react-router';
import { it } from 'vitest';
import type { Bot } from '@/kit/api/types';
import { draw, serve } from '@/kit/testing';
import BotPage from './page';

const bot = {
  bot_id: 'b',
  user_id: '@bot_b:example.org',
  display_name: '   ',
  state: 'backing_off',
  actions: ['start', 'stop'],
  brain: { kind: 'program', config: {} },
  restart: { policy: 'always', max_restarts: 5, window_s: 600 },
  turns: { answered: 0, failed: 0, skipped: 0, waiting: 0 },
  trouble: { code: 'backing_off', serious: false, text: 'its program: exited with code 3; next try in 8.2 s' },
  created_at: '2026-01-01T00:00:00Z',
  since: '2026-01-01T00:00:00Z',
} as unknown as Bot;

it('says when a bot is tried again, once and by the clock', async () => {
  const next_try_at = new Date(Date.now() + 30_000).toISOString();
  serve({
    'GET /api/v1/bots/b': () => ({ body: { ...bot, backoff: { failures: 2, crash_loop: false, next_try_at } } }),
  });
  draw(
    <Routes>
      <Route path="/ui/bots/:botId" element={<BotPage />} />
    </Routes>,
    { at: '/ui/bots/b' },
  );
  await screen.findByText('its program: exited with code 3');
  screen.getByRole('heading', { level: 1, name: 'b' }); // Nobody sees the name that it has.
  screen.getByText(/^in [23]\d s$/);
});

// @vitest-environment jsdom
import { screen } from '@testing-library/react';
import { Outlet, Route, Routes } from 'react-router';
import { expect, it, vi } from 'vitest';
import { draw, serve } from '@/kit/testing';
import BotLogs from './logs';

vi.hoisted(() => {
  process.env.TZ = 'Asia/Tokyo'; // Nine hours ahead, the whole year.
});

const bot = { bot_id: 'b', user_id: '@bot_b:example.org', display_name: 'B', state: 'running', actions: [] };
const line = (seq: number, at: string) => ({ seq, at, level: 'info', source: 'brain', text: `line ${seq}` });

it('tells the times of the place one is at, the days, and which zone that is', async () => {
  vi.stubGlobal(
    'EventSource',
    class {
      addEventListener() {}
      close() {}
    },
  );
  serve({
    'GET /api/v1/bots/b/logs': () => ({
      body: {
        items: [
          line(1, '2026-11-24T13:59:58.000Z'),
          line(2, '2026-11-24T14:00:01.000Z'),
          line(3, '2026-11-24T15:00:02.000Z'),
        ],
      },
    }),
  });
  draw(
    <Routes>
      <Route element={<Outlet context={bot} />}>
        <Route path="*" element={<BotLogs />} />
      </Route>
    </Routes>,
  );
  const log = await screen.findByRole('log');
  const times = [...log.querySelectorAll('time')];
  expect(times.map((time) => time.textContent)).toEqual(['22:59:58', '23:00:01', '00:00:02']);
  expect(times[0]!.title).toMatch(/GMT\+9|JST/);
  const days = [...log.querySelectorAll('.log-day')].map((day) => day.textContent);
  expect(days).toHaveLength(2);
  expect(days[0]).toMatch(/24/);
  expect(days[1]).toMatch(/25/);
  expect(screen.getByText(/times of Asia\/Tokyo/)).toBeTruthy();
});

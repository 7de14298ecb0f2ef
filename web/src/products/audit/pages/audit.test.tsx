// @vitest-environment jsdom
import { screen } from '@testing-library/react';
import { expect, it } from 'vitest';
import { draw, serve } from '@/kit/testing';
import AuditPage from './audit';

const entry = { id: 1, at: '2026-01-01T00:00:00Z', actor: '@a:x', action: 'bot.start', target: 'parrot', detail: {} };

it('says that the log may be old when it could not be read again', async () => {
  let well = true;
  serve({
    'GET /api/v1/audit': () =>
      well ? { body: { items: [entry], total: 1 } } : { status: 500, body: { detail: 'The disk is full.' } },
    'GET /api/v1/audit/anchors': () => ({ body: { items: [], total: 0 } }),
  });
  const { queries } = draw(<AuditPage />);
  await screen.findByText('bot.start');
  well = false;
  void queries.refetchQueries({ queryKey: ['audit'] });
  await screen.findByText('The log may be old');
  expect(screen.queryByText('bot.start')).not.toBeNull();
});

// @vitest-environment jsdom
import { act, screen, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { beforeEach, expect, it, vi } from 'vitest';
import { draw, serve } from '@/kit/testing';
import { ApprovalsBadge } from '../parts/approvals_badge';
import { approval, stubStream } from '../testing';
import ApprovalsPage from './approvals';

const others = { ...approval, approval_id: 'a2', can_decide: false, may: 'administrator' };
const somebodys = { ...approval, approval_id: 'a3', asker: '@bert:example.org', task_id: 't3' };

beforeEach(() => void stubStream());

it('sets apart what waits for oneself and for others, and counts one’s own', async () => {
  serve({
    'GET /api/v1/approvals': ({ url }) => ({
      body: url.searchParams.get('after') ? { items: [somebodys] } : { items: [approval, others], next_after: '5.a2' },
    }),
  });
  draw(
    <>
      <ApprovalsBadge />
      <ApprovalsPage />
    </>,
  );
  const own = await screen.findByRole('region', { name: 'Waiting for you' });
  within(own).getByRole('button', { name: 'Approve' });
  expect(within(own).getByRole('link').getAttribute('href')).toBe('/ui/assistant/tasks/t1');
  const theirs = screen.getByRole('region', { name: /waiting for others/ });
  within(theirs).getByText('This waits for an administrator other than whoever asked for it.');
  expect((await screen.findByText(/approval waits for you/)).parentElement!.textContent).toBe(
    '1+ approval waits for you',
  );
  await userEvent.click(screen.getByRole('button', { name: 'Show more approvals' }));
  await within(own).findByText('@bert:example.org');
  expect(within(own).getAllByRole('link')).toHaveLength(1); // Somebody else's task is not for oneself to look at.
});

it('says that nothing waits, without a badge', async () => {
  serve({ 'GET /api/v1/approvals': () => ({ body: { items: [] } }) });
  const { container } = draw(
    <>
      <ApprovalsBadge />
      <ApprovalsPage />
    </>,
  );
  await screen.findByText('Nothing waits for a yes');
  expect(container.querySelector('.badge')).toBeNull();
});

it('says why they could not be loaded', async () => {
  serve({ 'GET /api/v1/approvals': () => ({ status: 503, body: { detail: 'The database is away.' } }) });
  draw(<ApprovalsPage />);
  within(await screen.findByRole('alert')).getByText('The database is away.');
});

it('hears of what waits since it was opened', async () => {
  vi.useFakeTimers({ shouldAdvanceTime: true });
  try {
    let items: unknown[] = [];
    serve({ 'GET /api/v1/approvals': () => ({ body: { items } }) });
    draw(<ApprovalsPage />);
    await screen.findByText('Nothing waits for a yes');
    items = [approval];
    await act(() => vi.advanceTimersByTimeAsync(11_000));
    await screen.findByRole('region', { name: 'Waiting for you' });
  } finally {
    vi.useRealTimers();
  }
});

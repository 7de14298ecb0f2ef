// @vitest-environment jsdom
import { act, screen, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { beforeEach, expect, it, vi } from 'vitest';
import { Route, Routes } from 'react-router';
import { draw, serve } from '@/kit/testing';
import { approval, pack, packRow, planned, question, step, stubStream, task, viewIn } from '../testing';
import TaskPage from './task';
import TasksPage from './tasks';

const at = '2026-11-22T03:00:00Z';
const packs = {
  'GET /api/v1/packs': () => ({ body: { items: [packRow('companycam', 'CompanyCam')], total: 1 } }),
};

beforeEach(() => void stubStream());

it('lists the tasks by state, page by page', async () => {
  const asked = serve({ ...packs, 'GET /api/v1/tasks': () => ({ body: { items: [task], next_from: 25 } }) });
  draw(<TasksPage />, { at: '/ui/assistant/tasks' });
  const row = (await screen.findByRole('link', { name: 'CompanyCam: add project conversation' })).closest('tr')!;
  within(row).getByText('Shaw · Roof done');
  within(row).getByText('Ready to run');
  await userEvent.click(screen.getByRole('button', { name: 'Next' }));
  await userEvent.selectOptions(screen.getByLabelText('State'), 'done');
  const searches = () => asked.filter(({ call }) => call.endsWith('/tasks')).map(({ url }) => url.search);
  await expect.poll(searches).toEqual(['?limit=25', '?from=25&limit=25', '?status=done&limit=25']);
});

it('says of plans that nobody ran what becomes of them, where there are any', async () => {
  const done = { ...task, phase: 'done' as const, status: 'done' as const };
  serve({
    ...packs,
    'GET /api/v1/tasks': ({ url }) => ({ body: { items: [url.search.includes('done') ? done : task] } }),
  });
  draw(<TasksPage />);
  await screen.findByText(/does nothing until somebody runs it/);
  await userEvent.selectOptions(screen.getByLabelText('State'), 'done');
  await expect.poll(() => screen.queryByText(/does nothing until somebody runs it/)).toBeNull();
});

it('lists the tasks of one service', async () => {
  const asked = serve({ ...packs, 'GET /api/v1/tasks': () => ({ body: { items: [] } }) });
  draw(<TasksPage />, { at: '/ui/assistant/tasks?service=gone' });
  await screen.findByText('No such task');
  expect(screen.getByLabelText('Service')).toHaveProperty('value', 'gone');
  await userEvent.selectOptions(screen.getByLabelText('Service'), 'CompanyCam');
  await userEvent.selectOptions(screen.getByLabelText('State'), 'error');
  const searches = () => asked.filter(({ call }) => call.endsWith('/tasks')).map(({ url }) => url.search);
  await expect
    .poll(searches)
    .toEqual(['?service=gone&limit=25', '?service=companycam&limit=25', '?status=error&service=companycam&limit=25']);
  await userEvent.click(screen.getByRole('button', { name: 'Clear' }));
  await screen.findByText('No tasks yet');
});

it('says when there are none, and why they could not be loaded', async () => {
  let well = false;
  serve({
    ...packs,
    'GET /api/v1/tasks': () =>
      well ? { body: { items: [] } } : { status: 403, body: { detail: 'Not with this key.' } },
  });
  draw(<TasksPage />);
  const alert = await screen.findByRole('alert');
  within(alert).getByText('Not with this key.');
  well = true;
  await userEvent.click(within(alert).getByRole('button', { name: 'Try again' }));
  await screen.findByText('No tasks yet');
  await userEvent.selectOptions(screen.getByLabelText('State'), 'error');
  await screen.findByText('No task is in this state');
});

function drawTask() {
  return draw(
    <Routes>
      <Route path="/ui/assistant/tasks/:taskId" element={<TaskPage />} />
    </Routes>,
    { at: '/ui/assistant/tasks/t1' },
  );
}
const path = '/api/v1/tasks/t1';
const empty = () => ({ body: { items: [] } });
const nothing = {
  ...packs,
  [`GET ${path}/steps`]: empty,
  [`GET ${path}/questions`]: empty,
  [`GET ${path}/approvals`]: empty,
  [`GET ${path}/calls`]: empty,
  [`GET ${path}/commands`]: empty,
};

it('shows all that a task did, and who said yes', async () => {
  const call = { step: 1, service: 'companycam', method: 'GET', created_at: at };
  const asked = serve({
    ...packs,
    [`GET ${path}`]: () => ({ body: viewIn('done', 'done', { result: 'Added.', parent_task: 't0', parent_step: 2 }) }),
    [`GET ${path}/steps`]: ({ url }) => ({
      body: url.searchParams.get('after')
        ? { items: [{ ...step, number: 101, status: 'error', error: 'The service answered 500.' }] }
        : { items: [step], next_after: 100 },
    }),
    [`GET ${path}/questions`]: () => ({
      body: {
        items: [{ ...question, answer: { choice_id: 'p2' }, answered_by: '@admin:example.org', answered_at: at }],
      },
    }),
    [`GET ${path}/approvals`]: () => ({
      body: { items: [{ ...approval, state: 'approved', decider: '@boss:example.org', decided_at: at }] },
    }),
    [`GET ${path}/calls`]: ({ url }) => ({
      body: url.searchParams.get('after')
        ? { items: [{ ...call, call_id: 'k2', url: 'https://two.example', error: 'The connection was lost.' }] }
        : { items: [{ ...call, call_id: 'k1', url: 'https://one.example', status: 200 }], next_after: '5.k1' },
    }),
    [`GET ${path}/commands`]: () => ({
      body: {
        items: [
          {
            command_id: 'm1',
            step: 1,
            command: 'ls',
            args: ['-l', 'a b'],
            mode: 'SANDBOX',
            exit_code: 0,
            created_at: at,
          },
        ],
      },
    }),
  });
  drawTask();
  await screen.findByText('Added.');
  await screen.findByText('The service answered 500.'); // All pages of the steps.
  await screen.findByText('Shaw & Sons');
  await screen.findByText('@boss:example.org');
  screen.getByText('Approved');
  await screen.findByText('ls -l "a b"');
  expect(screen.getByRole('link', { name: 'step 2 of an earlier task' }).getAttribute('href')).toBe(
    '/ui/assistant/tasks/t0',
  );
  await userEvent.click(await screen.findByRole('button', { name: 'Show more calls' }));
  await screen.findByText('The connection was lost.');
  screen.getByText('No answer');
  expect(screen.queryByRole('button', { name: 'Show more calls' })).toBeNull();
  expect(asked.filter(({ call: one }) => one.endsWith('/calls')).map(({ url }) => url.search)).toEqual([
    '',
    '?after=5.k1',
  ]);
});

it('begins anew from a step', async () => {
  const asked = serve({
    ...nothing,
    [`GET ${path}`]: () => ({ body: viewIn('failed', 'error') }),
    [`GET ${path}/steps`]: () => ({ body: { items: [step, { ...step, number: 2 }] } }),
    [`POST ${path}/fork`]: () => ({ status: 201, body: { ...planned, task: { ...task, task_id: 't2' } } }),
    'GET /api/v1/tasks/t2': () => ({ body: { ...planned, task: { ...task, task_id: 't2' } } }),
  });
  drawTask();
  await userEvent.click(await screen.findByRole('button', { name: 'Begin anew from here (step 2)' }));
  await screen.findByRole('button', { name: 'Run' });
  expect(asked.find(({ call }) => call.startsWith('POST'))!.body).toEqual({ from_step: 2 });
});

it('begins nothing anew at the first step of what has ended: that is to run it again', async () => {
  serve({
    ...nothing,
    [`GET ${path}`]: () => ({ body: viewIn('done', 'done', { result: 'Added.' }) }),
    [`GET ${path}/steps`]: () => ({
      body: {
        items: [
          step,
          { ...step, number: 2, path: '1', action: '', args: {} },
          { ...step, number: 3, path: '2/each:17', writes: true },
        ],
      },
    }),
  });
  drawTask();
  await screen.findByRole('button', { name: 'Begin anew from here (step 2)' });
  expect(screen.queryByRole('button', { name: 'Begin anew from here (step 1)' })).toBeNull();
  screen.getByText('at 2/each:17 · changes something · took 512 ms');
  expect(screen.getAllByText('took 512 ms')).toHaveLength(2); // Their places are their numbers.
  expect(screen.queryByText('No arguments.')).toBeNull(); // Of a choice.
});

it('calls a task as its pack does, and what undoes one as such', async () => {
  serve({
    ...nothing,
    'GET /api/v1/packs/companycam': () => ({
      body: {
        ...pack,
        service: 'companycam',
        intents: [{ name: task.intent, description: 'Add a message to a project.' }],
      },
    }),
    'GET /api/v1/tasks': () => ({
      body: {
        items: [task, { ...task, task_id: 't2', service: 'system', intent: 'undo', inputs: { task: 't1', calls: [] } }],
      },
    }),
  });
  draw(<TasksPage />);
  await screen.findByRole('link', { name: 'CompanyCam: Add a message to a project' });
  const undoing = screen.getByRole('link', { name: 'Undo what a task did' });
  expect(undoing.closest('td')!.textContent).toBe('Undo what a task did');
});

it('says what is empty, and stops a task that waits', async () => {
  serve({
    ...nothing,
    [`GET ${path}`]: () => ({ body: { ...viewIn('awaiting_choice', 'awaiting_user'), question } }),
    [`POST ${path}/cancel`]: () => ({ body: viewIn('cancelled', 'error') }),
  });
  drawTask();
  await screen.findByText('Nothing has run.');
  await screen.findByText('Nobody was asked anything.');
  await screen.findByText('No service was called.');
  expect(screen.queryByText('Commands')).toBeNull();
  await userEvent.click(screen.getByRole('button', { name: 'Stop the task' }));
  await userEvent.click(within(await screen.findByRole('dialog')).getByRole('button', { name: 'Stop it' }));
  await screen.findByText('This was cancelled');
});

it('says that a task is gone', async () => {
  serve({ [`GET ${path}`]: () => ({ status: 404, body: { detail: 'Not found' } }) });
  drawTask();
  await screen.findByText('No such task');
});

it('goes on when somebody else says yes', async () => {
  vi.useFakeTimers({ shouldAdvanceTime: true });
  try {
    let done = false;
    const asked = serve({
      ...nothing,
      [`GET ${path}`]: () => ({
        body: done
          ? viewIn('done', 'done', { result: 'Added.' })
          : {
              ...viewIn('awaiting_approval', 'awaiting_user'),
              kind: 'approval',
              approval: { ...approval, can_decide: false },
            },
      }),
    });
    drawTask();
    await screen.findByText('Needs approval');
    done = true;
    const steps = () => asked.filter(({ call }) => call === `GET ${path}/steps`).length;
    const before = steps();
    await act(() => vi.advanceTimersByTimeAsync(11_000));
    await screen.findByText('Done');
    await expect.poll(steps).toBeGreaterThan(before);
  } finally {
    vi.useRealTimers();
  }
});

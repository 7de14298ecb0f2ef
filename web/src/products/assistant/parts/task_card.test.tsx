// @vitest-environment jsdom
import { act, screen, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { Route, Routes, useParams } from 'react-router';
import { draw, newQueries, serve } from '@/kit/testing';
import { assistantKeys } from '../api/keys';
import { useTask } from '../api/tasks';
import type { Reply } from '../api/types';
import { approval, asking, planned, question, step, stubStream, viewIn } from '../testing';
import { TaskCard } from './task_card';

function Shown() {
  const { data } = useTask('t1');
  return data ? <TaskCard view={data} /> : null;
}
const Elsewhere = () => <p>task {useParams().taskId}</p>;

/** The card of a task as the server has it. */
function drawCard(view: Reply) {
  const queries = newQueries();
  queries.setQueryData(assistantKeys.task('t1'), view);
  return draw(
    <Routes>
      <Route path="/ui" element={<Shown />} />
      <Route path="/ui/assistant/tasks/:taskId" element={<Elsewhere />} />
    </Routes>,
    { queries },
  );
}
const path = '/api/v1/tasks/t1';
const done = viewIn('done', 'done', { result: { comment_id: 'k9' } });

beforeEach(() => void stubStream());
afterEach(() => void vi.useRealTimers());

it('shows what will be done, and does it when told', async () => {
  const asked = serve({ [`POST ${path}/execute`]: () => ({ body: done }) });
  drawCard(planned);
  const list = screen.getByRole('list', { name: 'What will be done' });
  within(list).getByText('Find the project');
  within(list).getByText('Only reads');
  within(list).getByText('comment.content');
  within(list).getByText('Roof done', { selector: 'dd' });
  within(list).getByText('Changes something');
  within(list).getByText('Asks for approval first');
  await userEvent.click(screen.getByRole('button', { name: 'Run' }));
  await screen.findByText('What came of it');
  screen.getByText('k9');
  expect(asked.filter(({ call }) => call.startsWith('POST'))).toHaveLength(1);
});

it('shows the steps already while whoever said Run is still waiting', async () => {
  const stream = stubStream();
  serve({
    [`POST ${path}/execute`]: () => new Promise(() => {}),
    [`GET ${path}`]: () => ({ body: viewIn('executing', 'executing') }),
    [`GET ${path}/steps`]: () => ({ body: { items: [step] } }),
  });
  drawCard(planned);
  await userEvent.click(screen.getByRole('button', { name: 'Run' }));
  act(() => stream.say('step'));
  await screen.findByRole('list', { name: 'Steps' });
});

it('says why a plan was not begun, and looks at the task again', async () => {
  const refusal = 'Task is in done status and cannot be executed';
  const asked = serve({
    [`POST ${path}/execute`]: () => ({ status: 400, body: { detail: refusal } }),
    [`GET ${path}`]: () => ({ body: planned }),
  });
  drawCard(planned);
  await userEvent.click(screen.getByRole('button', { name: 'Run' }));
  within(await screen.findByRole('alert')).getByText(refusal);
  await expect.poll(() => asked.filter(({ call }) => call === `GET ${path}`).length).toBeGreaterThan(0);
});

it('cancels a plan', async () => {
  serve({ [`POST ${path}/cancel`]: () => ({ body: viewIn('cancelled', 'error') }) });
  drawCard(planned);
  await userEvent.click(screen.getByRole('button', { name: 'Cancel' }));
  await screen.findByText('This was cancelled');
});

it('answers a question with the choice’s id', async () => {
  const asked = serve({ [`POST ${path}/answer`]: () => ({ body: done }) });
  drawCard(asking);
  screen.getByText(question.text);
  await userEvent.keyboard('2');
  await screen.findByText('What came of it');
  expect(asked.find(({ call }) => call.startsWith('POST'))!.body).toEqual({ choice_id: 'p2' });
});

it('answers in words where there are no choices, and says when that was not taken', async () => {
  const asked = serve({ [`POST ${path}/answer`]: () => ({ status: 400, body: { detail: 'Too late.' } }) });
  const open = { ...question, kind: 'unknown_outcome' as const, choices: [] };
  drawCard({ ...asking, question: open });
  screen.getByText(/^The service did not say/);
  await userEvent.type(screen.getByRole('textbox', { name: `Answer: ${question.text}` }), 'it is there');
  await userEvent.click(screen.getByRole('button', { name: 'Answer' }));
  within(await screen.findByRole('alert')).getByText('Too late.');
  expect(asked.find(({ call }) => call.startsWith('POST'))!.body).toEqual({ text: 'it is there' });
});

const waiting: Reply = { ...viewIn('awaiting_approval', 'awaiting_user'), kind: 'approval', approval };

it('approves exactly the calls that were shown', async () => {
  const asked = serve({
    'POST /api/v1/approvals/a1/approve': () => ({ body: done }),
    'GET /api/v1/packs/companycam': () => ({
      body: {
        title: 'CompanyCam',
        operations: [
          {
            name: 'create_project_comment',
            summary: '',
            method: 'POST',
            path: '/projects/{id}/comments',
            writes: true,
          },
        ],
      },
    }),
  });
  drawCard(waiting);
  screen.getByText('Roof ⟨U+202E⟩done');
  await screen.findByText(/POST \/projects\/\{id\}\/comments/);
  await userEvent.click(screen.getByRole('button', { name: 'Approve' }));
  expect(asked.some(({ call }) => call.startsWith('POST'))).toBe(false);
  const dialog = within(await screen.findByRole('dialog', { name: 'Approve this call?' }));
  within(dialog.getByRole('list', { name: 'What is approved' })).getByText('Roof ⟨U+202E⟩done');
  await userEvent.click(dialog.getByRole('button', { name: 'Approve' }));
  await screen.findByText('What came of it');
  expect(asked.find(({ call }) => call.startsWith('POST'))!.body).toEqual({ digest: 'digest of the calls' });
});

it('rejects with a reason', async () => {
  const asked = serve({
    'POST /api/v1/approvals/a1/reject': () => ({ body: viewIn('rejected', 'error', { reason: 'Not today.' }) }),
  });
  drawCard(waiting);
  await userEvent.click(screen.getByRole('button', { name: 'Reject' }));
  const dialog = await screen.findByRole('dialog');
  await userEvent.type(within(dialog).getByRole('textbox', { name: 'Why' }), 'Not today.');
  await userEvent.click(within(dialog).getByRole('button', { name: 'Reject' }));
  await screen.findByText('This was rejected');
  screen.getByText('Not today.');
  expect(asked.find(({ call }) => call.startsWith('POST'))!.body).toEqual({
    digest: 'digest of the calls',
    reason: 'Not today.',
  });
});

it('says that the calls are others by now', async () => {
  serve({
    'POST /api/v1/approvals/a1/approve': () => ({ status: 400, body: { detail: 'The digest is of other calls.' } }),
  });
  drawCard(waiting);
  await userEvent.click(screen.getByRole('button', { name: 'Approve' }));
  const dialog = await screen.findByRole('dialog');
  await userEvent.click(within(dialog).getByRole('button', { name: 'Approve' }));
  await within(dialog).findByText('The digest is of other calls.');
});

it('has no buttons for who may not decide, and says who may', () => {
  serve({});
  drawCard({ ...waiting, approval: { ...approval, can_decide: false, may: 'named', names: ['@boss:example.org'] } });
  screen.getByText('This waits for @boss:example.org.');
  expect(screen.queryByRole('button', { name: 'Approve' })).toBeNull();
});

it('shows the steps as they run, and what came of it when the stream says so', async () => {
  const stream = stubStream();
  let view = viewIn('executing', 'executing');
  let steps = [{ ...step, status: 'running' }];
  serve({
    [`GET ${path}`]: () => ({ body: view }),
    [`GET ${path}/steps`]: () => ({ body: { items: steps } }),
  });
  drawCard(view);
  const list = await screen.findByRole('list', { name: 'Steps' });
  within(list).getByText('Running');
  steps = [{ ...step, status: 'done' }];
  act(() => stream.say('step'));
  await within(list).findByText('Done');
  view = done;
  act(() => stream.say('task'));
  await screen.findByText('What came of it');
});

it('stops a task that runs after a question', async () => {
  serve({
    [`GET ${path}/steps`]: () => ({ body: { items: [] } }),
    [`GET ${path}`]: () => ({ body: viewIn('executing', 'executing') }),
    [`POST ${path}/cancel`]: () => ({ body: viewIn('cancelling', 'executing') }),
  });
  drawCard(viewIn('executing', 'executing'));
  await userEvent.click(screen.getByRole('button', { name: 'Stop the task' }));
  await userEvent.click(within(await screen.findByRole('dialog')).getByRole('button', { name: 'Stop it' }));
  await screen.findByText('Stopping before the next step');
});

it('says why it failed, and runs it again as a plan of its own', async () => {
  const asked = serve({
    [`POST ${path}/fork`]: () => ({
      status: 201,
      body: { ...planned, task: { ...planned.task, task_id: 't2' } },
    }),
  });
  drawCard(viewIn('failed', 'error', { reason: 'The service refused the key.' }));
  screen.getByText('This did not work');
  screen.getByText('The service refused the key.');
  await userEvent.click(screen.getByRole('button', { name: 'Run again' }));
  await screen.findByText('task t2');
  expect(asked.find(({ call }) => call.startsWith('POST'))!.body).toEqual({ from_step: 1 });
});

it('shows what an approved call sends, and where to', () => {
  serve({});
  const [call] = approval.calls;
  drawCard({
    ...waiting,
    approval: { ...approval, calls: [{ ...call!, request: 'POST https://api.example/v2/\u202eprojects' }] },
  });
  screen.getByText('POST https://api.example/v2/⟨U+202E⟩projects');
});

it('numbers the calls as the assistant does, and says what is found before', () => {
  serve({});
  const [find, add] = planned.steps;
  drawCard({
    ...planned,
    steps: [find!, { path: '1', action: '', args: {} }, { ...add!, args: { project_id: '$steps.project.id' } }],
  });
  const entries = within(screen.getByRole('list', { name: 'What will be done' }))
    .getAllByRole('listitem')
    .map((entry) => entry.getAttribute('value'));
  expect(entries).toEqual(['1', null, '2']);
  screen.getByText('found before: project id', { selector: 'em' });
});

it('says of a question that may come that it may', () => {
  serve({});
  const steps = [planned.steps[0]!, { path: '1', action: '', description: 'Which one did you mean?', args: {} }];
  drawCard({ ...planned, steps });
  screen.getByText('If there are several, it asks: “Which one did you mean?”');
  expect(screen.queryByText('Which one did you mean?')).toBeNull();
});

it('forgets that the server did not answer, once it does', async () => {
  vi.useFakeTimers({ toFake: ['Date'] });
  let away = true;
  serve({
    [`POST ${path}/execute`]: () => Promise.reject(new TypeError('Failed to fetch')),
    [`GET ${path}`]: () => (away ? Promise.reject(new TypeError('Failed to fetch')) : { body: planned }),
  });
  const { queries } = drawCard(planned);
  await userEvent.click(screen.getByRole('button', { name: 'Run' }));
  within(await screen.findByRole('alert')).getByText(/^The server does not answer/);
  away = false;
  const look = () => act(() => queries.refetchQueries({ queryKey: assistantKeys.task('t1') }));
  await look();
  screen.getByRole('alert'); // It is to be read.
  vi.setSystemTime(Date.now() + 5_000);
  await look();
  await expect.poll(() => screen.queryByRole('alert')).toBeNull();
});

it('undoes what was changed by a task of its own', async () => {
  const asked = serve({
    [`GET ${path}`]: () => ({ body: { ...viewIn('failed', 'error', { steps: 1 }), undoable: true } }),
    [`POST ${path}/undo`]: () => ({ status: 201, body: { ...planned, task: { ...planned.task, task_id: 't2' } } }),
  });
  drawCard(viewIn('failed', 'error', { steps: 1 }));
  await userEvent.click(await screen.findByRole('button', { name: 'Undo' }));
  await screen.findByText('task t2');
  expect(asked.filter(({ call }) => call.startsWith('POST')).map(({ call }) => call)).toEqual([`POST ${path}/undo`]);
});

it('says why it cannot be undone', async () => {
  serve({
    [`GET ${path}`]: () => ({ body: { ...viewIn('failed', 'error', { steps: 1 }), undoable: true } }),
    [`POST ${path}/undo`]: () => ({ status: 400, body: { detail: 'Task was undone already' } }),
  });
  drawCard(viewIn('failed', 'error', { steps: 1 }));
  await userEvent.click(await screen.findByRole('button', { name: 'Undo' }));
  await screen.findByText('Task was undone already');
});

it('offers no undoing where the server has nothing to undo', async () => {
  const asked = serve({ [`GET ${path}`]: () => ({ body: viewIn('failed', 'error', { steps: 1 }) }) });
  drawCard(viewIn('failed', 'error', { steps: 1 }));
  await expect.poll(() => asked.length).toBeGreaterThan(0);
  expect(screen.queryByRole('button', { name: 'Undo' })).toBeNull();
});

it('says what stays when something is undone', () => {
  serve({});
  const inputs = {
    task: 't0',
    calls: [],
    kept: [{ step: 1, action: 'slack.send_message', why: 'It has no \u202einverse.' }],
  };
  drawCard({ ...planned, task: { ...planned.task!, service: 'system', intent: 'undo', inputs, parent_task: 't0' } });
  const stays = screen.getByRole('list', { name: 'What stays' });
  within(stays).getByText(/Slack: send message/);
  within(stays).getByText(/It has no ⟨U\+202E⟩inverse\./);
});

it('offers the files of a result as downloads', () => {
  const files = [
    {
      file_id: '3-1',
      step: 3,
      name: 'roof.png',
      type: 'image/png',
      bytes: 12_345,
      kept: true,
      path: `${path}/files/3-1`,
    },
    { file_id: '3-2', step: 3, name: 'all.zip', type: 'application/zip', bytes: 40_000_000, kept: false },
  ];
  drawCard({ ...done, files });
  const list = within(screen.getByRole('list', { name: 'Files' }));
  const link = list.getByRole('link', { name: 'roof.png' });
  expect(link.getAttribute('href')).toBe(`${path}/files/3-1`);
  expect(link.getAttribute('download')).toBe('roof.png');
  list.getByText(/^40 MB, not kept/);
  expect(list.queryByRole('link', { name: 'all.zip' })).toBeNull();
});

// @vitest-environment jsdom
import { screen, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { expect, it } from 'vitest';
import { draw, serve } from '@/kit/testing';
import { packRow } from '../testing';
import { Explanation } from './explanation';

const at = '2026-11-22T03:00:00Z';
const packs = { 'GET /api/v1/packs': () => ({ body: { items: [packRow('companycam', 'CompanyCam')], total: 1 } }) };
const explanation = {
  outcome: 'service',
  confidence: 0.93,
  router: [
    { service: 'companycam', share: 0.93, model: 1, named: 0, learned: 8, why: 'chosen before' },
    { service: 'ask', share: 0.05, model: 0.2, named: 0, learned: 0, why: '' },
  ],
  intents: [{ intent: 'companycam.add_note', score: 1.25, verb: 1, things: 0.25, examples: 0, values: 0 }],
  values: [{ kind: 'name', value: 'Gomez\u202e' }],
  lessons: [
    { id: 'l1', service: 'companycam', likeness: 0.8 },
    { id: 'l2', service: 'companycam', likeness: 0.6 },
  ],
  model: ['chose companycam.add_note'],
  exchanges: ['x1', 'x2'],
};
const lesson = (lesson_id: string, text: string, own = true) => ({
  lesson_id,
  text,
  service: 'companycam',
  own,
  created_at: at,
});
const unfold = () => userEvent.click(screen.getByText('How this was understood'));

it('says nothing where nothing was kept', () => {
  serve({});
  const { container } = draw(<Explanation explanation={{}} taskId="t1" />);
  expect(container.querySelector('details')).toBeNull();
});

it('asks the server only when somebody looks', async () => {
  const asked = serve({ ...packs, 'GET /api/v1/lessons': () => ({ body: { items: [] } }) });
  draw(<Explanation explanation={{ outcome: 'ask', asked: 'service' }} taskId="t1" />);
  expect(asked).toEqual([]);
  await unfold();
  await screen.findByText('No service was clearly ahead, so it asked.');
  screen.getByText('It asks which service is meant.');
  screen.getByText('No model was asked.');
});

it('shows scores, values, and what the model was shown and said', async () => {
  serve({
    ...packs,
    'GET /api/v1/lessons': () => ({ body: { items: [] } }),
    'GET /api/v1/tasks/t1/exchanges': () => ({
      body: {
        items: [
          {
            call_id: 'x1',
            step: 0,
            service: 'model',
            method: 'POST',
            url: 'https://model.example/v1',
            request: '{"messages":[]}',
            response: 'data: yes',
            status: 200,
            created_at: at,
          },
        ],
      },
    }),
  });
  draw(<Explanation explanation={explanation} taskId="t1" />);
  await unfold();
  await screen.findByText('The service is clear: CompanyCam (93 % sure).');
  const services = within(screen.getByRole('list', { name: 'Services' }));
  services.getByText('93 %');
  services.getByText('like its examples +1 · chosen before +8 · chosen before');
  services.getByText('Too vague to say');
  within(screen.getByRole('list', { name: 'Operations' })).getByText('CompanyCam: add note');
  screen.getByText('chose companycam.add_note');
  const exchanges = within(await screen.findByRole('list', { name: 'What the model was shown and said' }));
  exchanges.getByText('What it was shown');
  exchanges.getByText('data: yes');
  screen.getByText(/so old that it was removed/);
  expect(document.body.textContent).not.toContain('\u202e');
});

it('forgets a choice that weighed in, and the one that was made here', async () => {
  let known = [lesson('l1', 'add a note for Patel'), lesson('t1', 'add a note for Kelly')];
  const asked = serve({
    ...packs,
    'GET /api/v1/lessons': () => ({ body: { items: known } }),
    'GET /api/v1/tasks/t1/exchanges': () => ({ status: 503, body: { detail: 'Busy.' } }),
    'DELETE /api/v1/lessons/l1': () => {
      known = known.slice(1);
      return { status: 204 };
    },
    'DELETE /api/v1/lessons/t1': () => ({ status: 404, body: { detail: 'There is no such choice.' } }),
  });
  draw(<Explanation explanation={explanation} taskId="t1" />);
  await unfold();
  const list = within(await screen.findByRole('list', { name: 'Choices that were learned' }));
  list.getByText('add a note for Patel');
  list.getByText(/by somebody else, or it is forgotten by now/);
  await screen.findByText('Busy.');
  await userEvent.click(list.getByRole('button', { name: 'Forget the choice for “add a note for Patel”' }));
  await expect.poll(() => list.queryByText('add a note for Patel')).toBeNull();
  await userEvent.click(list.getByRole('button', { name: 'Forget the choice for “add a note for Kelly”' }));
  await list.findByText('There is no such choice.');
  expect(asked.filter(({ call }) => call.startsWith('DELETE'))).toHaveLength(2);
});

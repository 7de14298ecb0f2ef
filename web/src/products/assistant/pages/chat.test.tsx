// @vitest-environment jsdom
import { screen, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { beforeEach, expect, it } from 'vitest';
import { Route, Routes } from 'react-router';
import { sessionKey } from '@/kit/api/session';
import { admin, draw, newQueries, serve } from '@/kit/testing';
import type { Message } from '../api/types';
import { asking, conversation, packRow, planned, question, stubStream, task, viewIn } from '../testing';
import ChatPage from './chat';

const at = '2026-11-22T03:00:00Z';
const messages: Message[] = [
  { number: 1, role: 'user', content: 'the roof of Shaw is done', task_id: 't1', created_at: at },
  { number: 2, role: 'assistant', content: '**Which** one?', task_id: 't1', created_at: at },
];
const known = {
  'GET /api/v1/conversations': () => ({ body: { items: [conversation] } }),
  'GET /api/v1/conversations/c1': () => ({ body: conversation }),
  'GET /api/v1/conversations/c1/messages': () => ({ body: { items: messages } }),
  'GET /api/v1/tasks': () => ({ body: { items: [task] } }),
  'GET /api/v1/tasks/t1': () => ({ body: asking }),
};
const packs = (items: unknown[]) => ({ 'GET /api/v1/packs': () => ({ body: { items, total: items.length } }) });

function drawChat(at = '/ui/assistant', queries = newQueries()) {
  return draw(
    <Routes>
      <Route path="/ui/assistant" element={<ChatPage />} />
      <Route path="/ui/assistant/chat/:conversationId" element={<ChatPage />} />
    </Routes>,
    { at, queries },
  );
}
const field = () => screen.getByRole('textbox', { name: 'Message to the assistant' });

beforeEach(() => void stubStream());

it('says what can be asked, and which services an administrator has to give a key', async () => {
  serve({
    ...packs([
      packRow('slack', 'Slack'),
      packRow('bolt', 'ECi Bolt', { ready: false }),
      packRow('shop', 'The shop', { enabled: false, ready: false }),
    ]),
    'GET /api/v1/conversations': () => ({ body: { items: [] } }),
  });
  drawChat();
  await userEvent.click(await screen.findByRole('button', { name: 'List the Slack channels' }));
  expect(field()).toHaveProperty('value', 'List the Slack channels');
  const link = screen.getByRole('link', { name: 'ECi Bolt' });
  expect(link.getAttribute('href')).toBe('/ui/assistant/services/bolt');
  expect(screen.queryByText('The shop')).toBeNull();
  await screen.findByText('Your conversations will stand here.');
});

it('tells a member who has to give the key', async () => {
  serve(packs([packRow('bolt', 'ECi Bolt', { ready: false })]));
  const queries = newQueries();
  queries.setQueryData(sessionKey, { ...admin, role: 'member' });
  drawChat('/ui/assistant', queries);
  await screen.findByText(/an administrator has to give the key first/);
  expect(screen.queryByRole('link', { name: 'ECi Bolt' })).toBeNull();
});

it('begins a conversation with what is said', async () => {
  const asked = serve({
    ...known,
    ...packs([]),
    'POST /api/v1/conversations': () => ({ status: 201, body: asking }),
  });
  drawChat();
  await userEvent.type(field(), 'the roof of Shaw is done{Enter}');
  await screen.findByText('Which', { selector: 'strong' });
  expect(asked.find(({ call }) => call.startsWith('POST'))!.body).toEqual({ text: 'the roof of Shaw is done' });
  // Whoever was asked is led to the answers.
  expect(await screen.findByRole('button', { name: `1. ${question.choices[0]!.label}` })).toBe(document.activeElement);
});

it('keeps what was typed when it could not be sent, and says why', async () => {
  serve({
    ...known,
    ...packs([]),
    'POST /api/v1/conversations': () => ({ status: 429, body: { detail: 'Too many at once.' } }),
  });
  drawChat();
  await userEvent.type(field(), 'list the channels{Enter}');
  within(await screen.findByRole('alert')).getByText('Too many at once.');
  expect(field()).toHaveProperty('value', 'list the channels');
});

it('answers what the newest task asks, by its number or in words', async () => {
  const asked = serve({
    ...known,
    ...packs([]),
    'POST /api/v1/conversations/c1/messages': () => ({ body: planned }),
    'POST /api/v1/tasks/t1/answer': () => ({ body: planned }),
  });
  drawChat('/ui/assistant/chat/c1');
  await screen.findByRole('button', { name: /^1\. Shaw/ });
  await userEvent.type(field(), 'the second{Enter}');
  await screen.findByText('What will be done');
  expect(asked.find(({ call }) => call.startsWith('POST'))!.body).toEqual({ text: 'the second', task_id: 't1' });
});

it('links what came before to its task, and shows the newest one whole', async () => {
  serve({
    ...known,
    ...packs([packRow('companycam', 'CompanyCam'), packRow('slack', 'Slack')]),
    'GET /api/v1/conversations/c1/messages': () => ({
      body: {
        items: [
          { number: 1, role: 'user', content: 'list the channels', task_id: 't0', created_at: at },
          { number: 2, role: 'assistant', content: 'Two channels.', task_id: 't0', created_at: at },
          { number: 3, role: 'assistant', content: 'The comment is there.', task_id: 't1', created_at: at },
        ],
      },
    }),
    'GET /api/v1/tasks': () => ({
      body: { items: [{ ...task, task_id: 't0', service: 'slack', intent: 'list_channels', phase: 'done' }] },
    }),
    'GET /api/v1/tasks/t1': () => ({ body: viewIn('done', 'done', { result: 'Added.' }) }),
  });
  drawChat('/ui/assistant/chat/c1');
  const older = await screen.findByRole('link', { name: 'Slack: list channels' });
  expect(older.getAttribute('href')).toBe('/ui/assistant/tasks/t0');
  await screen.findByText('Added.');
  screen.getByRole('link', { name: 'What ran, step by step' });
});

it('asks for the newest messages first, and for earlier ones when told', async () => {
  const asked = serve({
    ...known,
    ...packs([]),
    'GET /api/v1/conversations/c1': () => ({ body: { ...conversation, messages: 120 } }),
  });
  drawChat('/ui/assistant/chat/c1');
  await userEvent.click(await screen.findByRole('button', { name: 'Show what was said before' }));
  const behind = () => asked.filter(({ call }) => call.endsWith('/messages')).map(({ url }) => url.search);
  await expect.poll(behind).toEqual(['?after=70&limit=200', '?after=20&limit=200']);
});

it('says that a conversation is gone', async () => {
  serve({ ...packs([]), 'GET /api/v1/conversations/c9': () => ({ status: 404, body: { detail: 'Not found' } }) });
  drawChat('/ui/assistant/chat/c9');
  await screen.findByText('No such conversation');
});

// @vitest-environment jsdom
import { act, fireEvent, screen, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { beforeEach, expect, it } from 'vitest';
import { Route, Routes } from 'react-router';
import { draw, newQueries, serve } from '@/kit/testing';
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
  const queries = newQueries({ role: 'member' });
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

const roof = new File(['a picture'], 'roof.png', { type: 'image/png' });
const taken = { status: 201, body: { uri: 'mxc://here/1', name: 'roof.png', type: 'image/png', bytes: 9 } };
const choose = (files: File[]) => userEvent.upload(document.querySelector<HTMLInputElement>('[data-attach]')!, files);
const files = () => screen.findByRole('list', { name: 'Files that go with it' });

it('sends files with what is said, and shows how far they are', async () => {
  let arrive = (_: typeof taken) => {};
  const asked = serve({
    ...known,
    ...packs([]),
    'POST /api/v1/files': () => new Promise<typeof taken>((resolve) => (arrive = resolve)),
    'POST /api/v1/conversations': () => ({ status: 201, body: asking }),
  });
  drawChat();
  screen.getByText(/up to 10, 25 MB each/);
  await choose([roof]);
  within(await files()).getByText('9 B, on its way');
  await userEvent.type(field(), 'add it to Shaw{Enter}');
  expect(asked.some(({ call }) => call === 'POST /api/v1/conversations')).toBe(false);
  await expect.poll(() => asked.filter(({ call }) => call === 'POST /api/v1/files').length).toBe(1);
  arrive(taken);
  await within(await files()).findByText('9 B');
  await userEvent.type(field(), '{Enter}');
  await screen.findByText('Which', { selector: 'strong' });
  const upload = asked.find(({ call }) => call === 'POST /api/v1/files')!;
  expect([upload.url.search, upload.body]).toEqual(['?name=roof.png', 'a picture']);
  expect(asked.find(({ call }) => call === 'POST /api/v1/conversations')!.body).toEqual({
    text: 'add it to Shaw',
    files: [{ uri: 'mxc://here/1', name: 'roof.png' }],
  });
  expect(screen.queryByRole('list', { name: 'Files that go with it' })).toBeNull();
});

it('takes files that are pasted and dropped, and says which it cannot take', async () => {
  serve({ ...known, ...packs([]), 'POST /api/v1/files': () => ({ status: 413, body: { detail: 'Too large here.' } }) });
  drawChat();
  fireEvent.paste(field(), { clipboardData: { files: [roof], types: ['Files'] } });
  await within(await files()).findByText('Too large here.');
  // One that was not taken goes first: nothing is sent without it by accident.
  await userEvent.type(field(), 'add it{Enter}');
  expect(field()).toHaveProperty('value', 'add it');
  await userEvent.click(screen.getByRole('button', { name: 'Take roof.png away' }));
  expect(screen.queryByText('roof.png')).toBeNull();
  const large = new File(['x'], 'film.mov');
  Object.defineProperty(large, 'size', { value: 26_000_000 });
  const dataTransfer = { types: ['Files'], files: [large, new File([], 'none.txt')] };
  fireEvent.drop(field().closest('form')!, { dataTransfer });
  await screen.findByText('none.txt is empty.');
  fireEvent.drop(field().closest('form')!, { dataTransfer: { ...dataTransfer, files: [large] } });
  await screen.findByText('film.mov has 26 MB: a file may have 25 MB.');
  await choose(Array.from({ length: 11 }, (_, place) => new File(['x'], `${place}.txt`)));
  expect(within(await files()).getAllByRole('listitem')).toHaveLength(10);
  await screen.findByText('At most 10 files go with a text.');
});

it('answers a question with a file alone', async () => {
  const asked = serve({
    ...known,
    ...packs([]),
    'POST /api/v1/files': () => taken,
    'POST /api/v1/conversations/c1/messages': () => ({ body: planned }),
  });
  drawChat('/ui/assistant/chat/c1');
  await screen.findByRole('button', { name: /^1\. Shaw/ });
  await choose([roof]);
  await within(await files()).findByText('9 B');
  await userEvent.click(screen.getByRole('button', { name: 'Send' }));
  await screen.findByText('What will be done');
  expect(asked.find(({ call }) => call.endsWith('/messages') && call.startsWith('POST'))!.body).toEqual({
    text: 'roof.png',
    task_id: 't1',
    files: [{ uri: 'mxc://here/1', name: 'roof.png' }],
  });
});

it('offers no files to a key, which has no account to keep them', () => {
  serve({ ...known, ...packs([]) });
  drawChat('/ui/assistant', newQueries({ user_id: '' }));
  expect(screen.queryByRole('button', { name: 'Attach files' })).toBeNull();
});

it('gives a conversation another title', async () => {
  const asked = serve({
    ...known,
    ...packs([]),
    'PUT /api/v1/conversations/c1': () => ({ body: { ...conversation, title: 'Gutters' } }),
  });
  drawChat('/ui/assistant/chat/c1');
  await userEvent.click(await screen.findByRole('button', { name: 'Rename the conversation' }));
  const dialog = within(await screen.findByRole('dialog'));
  const title = dialog.getByLabelText('Title');
  await userEvent.clear(title);
  await userEvent.click(dialog.getByRole('button', { name: 'Rename' }));
  dialog.getByText('At least 1 characters.');
  await userEvent.type(title, 'Gutters{Enter}');
  await screen.findByRole('heading', { name: 'Gutters' });
  expect(asked.find(({ call }) => call.startsWith('PUT'))!.body).toEqual({ title: 'Gutters' });
});

it('deletes a conversation when it is confirmed, and says what stays', async () => {
  let running = true;
  serve({
    ...known,
    ...packs([]),
    'DELETE /api/v1/conversations/c1': () =>
      running ? { status: 409, body: { detail: 'A task of this conversation is running.' } } : { status: 204 },
  });
  drawChat('/ui/assistant/chat/c1');
  await userEvent.click(await screen.findByRole('button', { name: 'Delete the conversation' }));
  const dialog = within(await screen.findByRole('dialog'));
  dialog.getByText(/The task that it led to stays under Tasks/);
  const confirm = dialog.getByRole('button', { name: 'Delete the conversation' });
  await userEvent.click(confirm);
  await dialog.findByText('A task of this conversation is running.');
  running = false;
  await userEvent.click(confirm);
  await screen.findByRole('heading', { name: 'What should be done?' });
});

it('explains what led to no task', async () => {
  serve({
    ...known,
    ...packs([]),
    'GET /api/v1/conversations/c1/messages': () => ({
      body: { items: [{ number: 1, role: 'assistant', content: 'I do not know which service.', created_at: at }] },
    }),
    'POST /api/v1/conversations/c1/messages': () => ({
      body: {
        kind: 'nothing',
        conversation_id: 'c1',
        message: 'I do not know which service.',
        steps: [],
        files: [],
        explanation: { outcome: 'none', confidence: 0.9, router: [{ service: 'none', share: 0.9, why: '' }] },
      },
    }),
  });
  drawChat('/ui/assistant/chat/c1');
  await screen.findByText('I do not know which service.');
  await userEvent.type(field(), 'what time is it{Enter}');
  await userEvent.click(await screen.findByText('How this was understood'));
  await screen.findByText('None of the services is meant (90 % sure).');
  screen.getByText('No model was asked.');
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

it('folds the words that a card has as well, and shows the question with its answers', async () => {
  serve({ ...known, ...packs([]) });
  drawChat('/ui/assistant/chat/c1');
  await screen.findByRole('button', { name: /^1\. Shaw/ });
  const words = screen.getByText('Which', { selector: 'strong' }).closest('details')!;
  expect(words.open).toBe(false);
  within(words).getByText('The same in words');
  screen.getByText(question.text, { selector: '.asked' });
});

it('shows that an answer was none of the choices', async () => {
  const last = messages.at(-1)!;
  const again = { ...last, content: `That is none of these choices. ${last.content}` };
  serve({
    ...known,
    ...packs([]),
    'GET /api/v1/conversations/c1/messages': () => ({ body: { items: [...messages.slice(0, -1), again] } }),
  });
  drawChat('/ui/assistant/chat/c1');
  await screen.findByRole('button', { name: /^1\. Shaw/ });
  expect(screen.getByText(/^That is none of these choices/).closest('details')).toBeNull();
});

it('leaves a question without choices as it was said', async () => {
  serve({
    ...known,
    ...packs([]),
    'GET /api/v1/tasks/t1': () => ({ body: { ...asking, question: { ...question, choices: [] } } }),
  });
  drawChat('/ui/assistant/chat/c1');
  expect((await screen.findByText('Which', { selector: 'strong' })).closest('details')).toBeNull();
});

it('looks for what is said after the end', async () => {
  const stream = stubStream();
  let view = viewIn('executing', 'executing');
  let asked = 0;
  const late = { number: 3, role: 'assistant', content: 'The comment is there.', task_id: 't1', created_at: at };
  serve({
    ...known,
    ...packs([]),
    'GET /api/v1/tasks/t1': () => ({ body: view }),
    'GET /api/v1/tasks/t1/steps': () => ({ body: { items: [] } }),
    'GET /api/v1/conversations/c1/messages': () => ({
      body: { items: ++asked > 2 ? [...messages, late] : messages }, // Not yet there at the end itself.
    }),
  });
  drawChat('/ui/assistant/chat/c1');
  await screen.findByText('Running');
  view = viewIn('done', 'done', { result: 'Added.' });
  act(() => stream.say('end'));
  await screen.findByText('Added.');
  await screen.findByText('The comment is there.');
});

it('says that a text is too long, and sends none of it', () => {
  const asked = serve({ ...known, ...packs([]) });
  drawChat();
  fireEvent.change(field(), { target: { value: 'ä'.repeat(8_193) } });
  screen.getByText('Too long: 16,386 bytes, and at most 16,384 can be sent.');
  fireEvent.keyDown(field(), { key: 'Enter' });
  expect(asked.some(({ call }) => call.startsWith('POST'))).toBe(false);
  fireEvent.change(field(), { target: { value: 'ä'.repeat(8_192) } });
  expect(screen.queryByText(/^Too long/)).toBeNull();
});

it('takes an old error away when one types on', async () => {
  serve({
    ...known,
    ...packs([]),
    'POST /api/v1/conversations': () => ({ status: 429, body: { detail: 'Too many at once.' } }),
  });
  drawChat();
  await userEvent.type(field(), 'list the channels{Enter}');
  await screen.findByText('Too many at once.');
  await userEvent.type(field(), '!');
  expect(screen.queryByRole('alert')).toBeNull();
  expect(field()).toHaveProperty('value', 'list the channels!');
});

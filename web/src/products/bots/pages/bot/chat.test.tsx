// @vitest-environment jsdom
import { cleanup, fireEvent, screen } from '@testing-library/react';
import { Outlet, Route, Routes } from 'react-router';
import { expect, it, vi } from 'vitest';
import { bounds } from '@/kit/api/bounds';
import { draw, serve } from '@/kit/testing';
import BotChat from './chat';

const bot = { bot_id: 'b', user_id: '@bot_b:example.org', display_name: 'B', state: 'running', actions: [] };

function show() {
  vi.stubGlobal(
    'EventSource',
    class {
      addEventListener() {}
      close() {}
    },
  );
  return draw(
    <Routes>
      <Route element={<Outlet context={bot} />}>
        <Route path="*" element={<BotChat />} />
      </Route>
    </Routes>,
  );
}
const message = () => screen.findByRole<HTMLTextAreaElement>('textbox', { name: 'Message to B' });

it('keeps what was not sent while somebody looks elsewhere', async () => {
  let well = false;
  serve({
    'GET /api/v1/bots/b/chat': () => ({ body: { items: [], typing: false } }),
    'POST /api/v1/bots/b/chat': () =>
      well ? { body: { event_id: '$1' } } : { status: 503, body: { detail: 'It stops.', request_id: 'r' } },
  });
  const first = show();
  fireEvent.change(await message(), { target: { value: 'while away' } });
  fireEvent.keyDown(await message(), { key: 'Enter' });
  await screen.findByText('It stops.');
  first.unmount();
  show();
  expect((await message()).value).toBe('while away');
  well = true;
  fireEvent.keyDown(await message(), { key: 'Enter' });
  await expect.poll(async () => (await message()).value).toBe('');
  cleanup();
  show();
  expect((await message()).value).toBe('');
});

it('tells that a text is too long, and cuts and sends nothing of it', async () => {
  const asked = serve({
    'GET /api/v1/bots/b/chat': () => ({ body: { items: [], typing: false } }),
    'POST /api/v1/bots/b/chat': () => ({ body: { event_id: '$1' } }),
  });
  show();
  const field = await message();
  const { maxLength } = bounds.ChatText.text;
  const long = 'x'.repeat(maxLength + 1);
  fireEvent.change(field, { target: { value: long } });
  await screen.findByText(`At most ${maxLength} characters.`);
  fireEvent.keyDown(field, { key: 'Enter' });
  expect(field.value).toBe(long);
  expect(asked.some(({ call }) => call.startsWith('POST'))).toBe(false);
  fireEvent.change(field, { target: { value: long.slice(1) } });
  fireEvent.keyDown(field, { key: 'Enter' });
  await expect
    .poll(() => asked.filter(({ call }) => call.startsWith('POST')).map(({ body }) => body))
    .toEqual([{ text: long.slice(1) }]);
});

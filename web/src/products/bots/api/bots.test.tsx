// @vitest-environment jsdom
import { act, renderHook, waitFor } from '@testing-library/react';
import { describe, expect, it } from 'vitest';
import type { Bot } from '@/kit/api/types';
import { around, newQueries, serve } from '@/kit/testing';
import { botKeys, putBot, useBotAction } from './bots';

const at = (second: number) => `2026-01-01T00:00:0${second}Z`;
const bot = (state: Bot['state'], updated_at: string, actions: Bot['actions'] = ['start']): Bot =>
  ({ bot_id: 'b', state, actions, updated_at }) as Bot;

/** A bot that is shown, and an answer to its start that comes when the test lets it. */
function stage() {
  const queries = newQueries();
  let answer: (answer: { status?: number; body: unknown }) => void = () => {};
  const asked = serve({
    'POST /api/v1/bots/b/start': () => new Promise((resolve) => (answer = resolve)),
  });
  queries.setQueryData(botKeys.one('b'), bot('stopped', at(1)));
  queries.setQueryData(botKeys.list('', 0, ''), { items: [bot('stopped', at(1))], total: 1 });
  const shown = () => queries.getQueryData<Bot>(botKeys.one('b'))!;
  const listed = () => queries.getQueryData<{ items: Bot[] }>(botKeys.list('', 0, ''))!.items[0]!;
  return { queries, asked, shown, listed, answer: (with_: { status?: number; body: unknown }) => answer(with_) };
}

describe('useBotAction', () => {
  it('shows the new state at once, everywhere, and then what the server says', async () => {
    const { queries, asked, shown, listed, answer } = stage();
    const { result } = renderHook(() => useBotAction('start', true), { wrapper: around(queries) });
    act(() => result.current.mutate(shown()));
    await waitFor(() => expect(shown()).toMatchObject({ state: 'starting', actions: [] }));
    expect(listed().state).toBe('starting');
    await waitFor(() => expect(asked.find(({ call }) => call.startsWith('POST'))!.url.search).toBe('?fresh=true'));
    act(() => answer({ body: bot('starting', at(2), ['stop']) }));
    await waitFor(() => expect(shown()).toMatchObject({ updated_at: at(2), actions: ['stop'] }));
  });

  it('does not go back in time when the live stream was faster than the answer', async () => {
    const { queries, asked, shown, listed, answer } = stage();
    const { result } = renderHook(() => useBotAction('start'), { wrapper: around(queries) });
    act(() => result.current.mutate(shown()));
    await waitFor(() => expect(asked.some(({ call }) => call.startsWith('POST'))).toBe(true));
    act(() => putBot(queries, bot('running', at(3), ['stop'])));
    act(() => answer({ body: bot('starting', at(2), ['stop']) }));
    await waitFor(() => expect(result.current.isSuccess).toBe(true));
    expect(shown()).toMatchObject({ state: 'running', updated_at: at(3) });
    expect(listed().state).toBe('running');
  });

  it('puts the old state back when it was refused', async () => {
    const { queries, asked, shown, listed, answer } = stage();
    const { result } = renderHook(() => useBotAction('start'), { wrapper: around(queries) });
    act(() => result.current.mutate(shown()));
    await waitFor(() => expect(asked.some(({ call }) => call.startsWith('POST'))).toBe(true));
    act(() => answer({ status: 409, body: { detail: 'Not now.' } }));
    await waitFor(() => expect(result.current.error).toMatchObject({ message: 'Not now.', status: 409 }));
    expect(shown()).toMatchObject({ state: 'stopped', actions: ['start'] });
    expect(listed().state).toBe('stopped');
  });
});

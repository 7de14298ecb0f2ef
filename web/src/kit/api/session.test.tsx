// @vitest-environment jsdom
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { act, renderHook, waitFor } from '@testing-library/react';
import { expect, it } from 'vitest';
import { admin, around, newQueries, serve } from '@/kit/testing';
import { api, ask } from './http';
import { sessionKey, useSignIn, useSignOut } from './session';

const key = ['keys'];
const ben = { ...admin, id: 2, user_id: '@ben:example.org' };

/** Admin makes a key; the server answers when it is told to, well or not. */
function begin(status: number, next = ben) {
  let answer = () => {};
  const held = new Promise<void>((done) => (answer = done));
  const queries = newQueries();
  serve({
    'DELETE /api/v1/keys/k1': async () => {
      await held;
      return status < 400 ? { body: { ok: true } } : { status, body: { detail: 'No.' } };
    },
    'POST /api/v1/session': () => ({ body: next }),
    'DELETE /api/v1/session': () => ({ body: {} }),
    'GET /api/v1/session': () => ({ body: ben }),
  });
  const wrote: string[] = [];
  const { result } = renderHook(
    () => {
      const client = useQueryClient();
      const write = (words: string) => {
        wrote.push(words);
        client.setQueryData(key, words);
      };
      return {
        signIn: useSignIn(),
        signOut: useSignOut(),
        change: useMutation({
          mutationFn: () => ask(api.DELETE('/api/v1/keys/{key_id}', { params: { path: { key_id: 'k1' } } })),
          onSuccess: () => write('done'),
          onError: () => write('undone'),
        }),
      };
    },
    { wrapper: around(queries) },
  );
  act(() => result.current.change.mutate());
  return { answer, queries, result, wrote };
}

it.each([200, 401, 500])('a change that was under way says nothing to whoever comes after (%i)', async (status) => {
  const { answer, queries, result, wrote } = begin(status);
  await act(() => result.current.signIn.mutateAsync({ user: 'ben', password: 'x' }));
  answer();
  // What is asked later is answered later.
  await act(() => ask(api.GET('/api/v1/session')));
  expect(wrote).toEqual([]);
  expect(queries.getQueryData(key)).toBeUndefined();
  expect(queries.getQueryData(sessionKey)).toMatchObject({ user_id: ben.user_id });
});

it('nor after a sign-out', async () => {
  const { answer, queries, result, wrote } = begin(200);
  await act(() => result.current.signOut.mutateAsync());
  answer();
  await act(() => ask(api.GET('/api/v1/session')));
  expect(wrote).toEqual([]);
  expect(queries.getQueryData(key)).toBeUndefined();
});

it('whoever comes back is told', async () => {
  const { answer, queries, result, wrote } = begin(200, admin);
  await act(() => result.current.signIn.mutateAsync({ user: 'admin', password: 'x' }));
  answer();
  await waitFor(() => expect(wrote).toEqual(['done']));
  expect(queries.getQueryData(key)).toBe('done');
});

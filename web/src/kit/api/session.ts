// Who is signed in.
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { dropDrafts } from '@/kit/drafts';
import { api, ApiError, ask } from './http';
import type { Me } from './types';

export const sessionKey = ['session'] as const;
const leftKey = ['left'] as const;
/** What a sign-out leaves. */
const stays: unknown[] = [sessionKey[0], leftKey[0]];

/** `data` is null when nobody is signed in. */
export function useSession() {
  return useQuery({
    queryKey: sessionKey,
    queryFn: async ({ signal }): Promise<Me | null> => {
      try {
        return await ask(api.GET('/api/v1/session', { signal }));
      } catch (error) {
        if (error instanceof ApiError && error.status === 401) return null;
        throw error;
      }
    },
    staleTime: 5 * 60_000,
  });
}

/** The signed-in account; for pages behind the sign-in only. */
export function useMe(): Me {
  const { data } = useSession();
  if (!data) throw new Error('useMe is for pages behind the sign-in.');
  return data;
}

export function useSignIn() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (body: { user: string; password: string }) => ask(api.POST('/api/v1/session', { body })),
    onSuccess: (me) => {
      client.removeQueries({ queryKey: leftKey });
      client.setQueryData(sessionKey, me);
    },
  });
}

/** Who vouches for people, beside their passwords. None is shown while that is not known: passwords do not wait for it. */
export function useSignInProviders() {
  return useQuery({
    queryKey: ['sign-in-providers'],
    queryFn: ({ signal }) => ask(api.GET('/api/v1/session/providers', { signal })),
    staleTime: 5 * 60_000,
  });
}

/** Whether somebody signed out themselves: they do not want to be led back to where they were. */
export function useHasLeft(): boolean {
  return useQueryClient().getQueryData(leftKey) === true;
}

export function useSignOut() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: async () => {
      try {
        await ask(api.DELETE('/api/v1/session'));
      } catch (error) {
        // It is over already.
        if (!(error instanceof ApiError && error.status === 401)) throw error;
      }
    },
    onSuccess: () => {
      dropDrafts('');
      client.setQueryData(leftKey, true);
      client.setQueryData(sessionKey, null);
      client.removeQueries({ predicate: (query) => !stays.includes(query.queryKey[0]) });
    },
  });
}

// Who is signed in.
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { dropDrafts } from '@/kit/drafts';
import { api, ApiError, ask } from './http';
import type { Me } from './types';

export const sessionKey = ['session'] as const;

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
    onSuccess: (me) => client.setQueryData(sessionKey, me),
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

export function useSignOut() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: () => ask(api.DELETE('/api/v1/session')),
    onSuccess: () => {
      dropDrafts('');
      client.setQueryData(sessionKey, null);
      client.removeQueries({ predicate: (query) => query.queryKey[0] !== sessionKey[0] });
    },
  });
}

// Who is signed in. A session that ends under somebody's hands leaves them known: their page stays, and asks them to sign in.
import {
  notifyManager,
  skipToken,
  useMutation,
  useQuery,
  useQueryClient,
  type QueryClient,
} from '@tanstack/react-query';
import { notifications } from '@mantine/notifications';
import { useCallback } from 'react';
import { dropDrafts } from '@/kit/drafts';
import { api, ApiError, ask, leaveAnswersUnasked } from './http';
import type { Me } from './types';

export const sessionKey = ['session'] as const;
const leftKey = ['left'] as const;
const overKey = ['session-over'] as const;
/** What a sign-out leaves. */
const stays: unknown[] = [sessionKey[0], leftKey[0], overKey[0]];
/** Nobody finds what was there for somebody else, nor what was still on its way to them. */
function forget(client: QueryClient) {
  leaveAnswersUnasked();
  client.removeQueries({ predicate: (query) => !stays.includes(query.queryKey[0]) });
}

/** Somebody has shown who they are, perhaps in another window, and perhaps somebody else than before. */
function arrived(client: QueryClient, me: Me) {
  const before = client.getQueryData<Me | null>(sessionKey);
  if (before && before.user_id !== me.user_id) {
    forget(client);
    notifications.clean();
  }
  // At once: else the page of who was there is on show for a moment.
  notifyManager.batch(() => {
    client.setQueryData(sessionKey, me);
    client.setQueryData(overKey, false);
  });
}

/** The server knows this window's session no more. Who was there stays known, and is asked to sign in again. */
export function sessionEnded(client: QueryClient): Me | null {
  const me = client.getQueryData<Me | null>(sessionKey) ?? null;
  if (me) client.setQueryData(overKey, true);
  return me;
}

/** `data` is null when nobody is signed in. */
export function useSession() {
  const client = useQueryClient();
  return useQuery({
    queryKey: sessionKey,
    queryFn: async ({ signal }): Promise<Me | null> => {
      try {
        const me = await ask(api.GET('/api/v1/session', { signal }));
        arrived(client, me);
        return me;
      } catch (error) {
        if (error instanceof ApiError && error.status === 401) return sessionEnded(client);
        throw error;
      }
    },
    staleTime: 5 * 60_000,
    refetchOnWindowFocus: 'always', // Somebody else may have signed in, in another tab.
  });
}

/** Whether the session of who is shown here has ended. */
export function useSessionIsOver(): boolean {
  return useQuery({ queryKey: overKey, queryFn: skipToken, initialData: false, staleTime: Infinity }).data === true;
}

/** Looks again whether somebody is signed in, as in another window. */
export function useSessionCheck(): () => void {
  const client = useQueryClient();
  return useCallback(() => void client.invalidateQueries({ queryKey: sessionKey }), [client]);
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
      arrived(client, me);
      // What was asked for while the session was over was refused.
      void client.invalidateQueries({ predicate: (query) => !stays.includes(query.queryKey[0]) });
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
      client.setQueryData(overKey, false);
      forget(client);
    },
  });
}

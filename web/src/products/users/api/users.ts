// Accounts: people, and the accounts of bots.
import { keepPreviousData, useMutation, useQuery, useQueryClient, type QueryClient } from '@tanstack/react-query';
import { api, ask, given } from '@/kit/api/http';
import { overviewKey } from '@/kit/api/overview';
import { refresh } from '@/kit/api/refresh';
import type { paths } from '@/kit/api/schema';
import type { NewUser, Role } from '@/kit/api/types';
import { pageSize } from '@/kit/pager';

export const userKeys = { all: ['users'] as const, sessions: (userId: string) => ['sessions', userId] as const };

function refreshUsers(client: QueryClient) {
  void refresh(client, userKeys.all);
  void refresh(client, overviewKey);
}

/** '' stands for any. */
type UserQuery = NonNullable<paths['/api/v1/users']['get']['parameters']['query']>;
export type UserFilter = { search: string } & {
  [Name in 'kind' | 'role' | 'state' | 'sort']: '' | NonNullable<UserQuery[Name]>;
};
export function useUsers(filter: UserFilter, from: number) {
  return useQuery({
    queryKey: [...userKeys.all, filter, from],
    queryFn: ({ signal }) =>
      ask(
        api.GET('/api/v1/users', {
          params: { query: given({ ...filter, from: from || undefined, limit: pageSize }) },
          signal,
        }),
      ),
    placeholderData: keepPreviousData,
  });
}

export function useUser(userId: string) {
  return useQuery({
    queryKey: [...userKeys.all, 'one', userId],
    queryFn: ({ signal }) => ask(api.GET('/api/v1/users/{user_id}', { params: { path: { user_id: userId } }, signal })),
    retry: false,
  });
}

export function useCreateUser() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (body: NewUser) => ask(api.POST('/api/v1/users', { body })),
    onSuccess: () => refreshUsers(client),
  });
}

export function useUpdateUser(userId: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (body: { role?: Role; display_name?: string }) =>
      ask(api.PATCH('/api/v1/users/{user_id}', { params: { path: { user_id: userId } }, body })),
    onSuccess: () => refreshUsers(client),
  });
}

export interface PasswordChange {
  password?: string;
  generate?: boolean;
  current_password?: string;
  logout_devices?: boolean;
}
export function useSetPassword(userId: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (body: PasswordChange) =>
      ask(api.POST('/api/v1/users/{user_id}/password', { params: { path: { user_id: userId } }, body })),
    onSuccess: () => void refresh(client, userKeys.sessions(userId)),
    gcTime: 0, // A generated password is in the answer.
  });
}

export function useDeactivateUser(userId: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: () =>
      ask(
        api.POST('/api/v1/users/{user_id}/deactivate', {
          params: { path: { user_id: userId } },
          body: { confirm: userId },
        }),
      ),
    onSuccess: () => refreshUsers(client),
  });
}

export function useLockUser(userId: string, action: 'lock' | 'unlock') {
  const client = useQueryClient();
  return useMutation({
    mutationFn: () => ask(api.POST(`/api/v1/users/{user_id}/${action}`, { params: { path: { user_id: userId } } })),
    onSuccess: () => refreshUsers(client),
  });
}

export function useUserSessions(userId: string) {
  return useQuery({
    queryKey: userKeys.sessions(userId),
    queryFn: ({ signal }) =>
      ask(api.GET('/api/v1/users/{user_id}/sessions', { params: { path: { user_id: userId } }, signal })),
    staleTime: 0,
  });
}

/** One session, or without a device all of them. */
export function useEndSessions(userId: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (device: string | undefined) =>
      device === undefined
        ? ask(api.DELETE('/api/v1/users/{user_id}/sessions', { params: { path: { user_id: userId } } }))
        : ask(
            api.DELETE('/api/v1/users/{user_id}/sessions/{device_id}', {
              params: { path: { user_id: userId, device_id: device } },
            }),
          ),
    onSettled: () => refresh(client, userKeys.sessions(userId)),
  });
}

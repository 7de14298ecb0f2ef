// Accounts: people, and the accounts of bots.
import { keepPreviousData, useMutation, useQuery, useQueryClient, type QueryClient } from '@tanstack/react-query';
import { api } from '@/kit/api/http';
import { overviewKey } from '@/kit/api/overview';
import { refresh } from '@/kit/api/refresh';
import type { NewUser, Role } from '@/kit/api/types';
import { pageSize } from '@/kit/pager';

export const userKeys = { all: ['users'] as const, sessions: (userId: string) => ['sessions', userId] as const };

function refreshUsers(client: QueryClient) {
  void refresh(client, userKeys.all);
  void refresh(client, overviewKey);
}

/** '' stands for any. */
export interface UserFilter { search: string; kind: string; role: string; state: string; sort: string }
export function useUsers(filter: UserFilter, from: number) {
  return useQuery({
    queryKey: [...userKeys.all, filter, from],
    queryFn: ({ signal }) => api.get('/api/v1/users', { query: { ...filter, from: from || undefined, limit: pageSize }, signal }),
    placeholderData: keepPreviousData,
  });
}

export function useCreateUser() {
  const client = useQueryClient();
  return useMutation({ mutationFn: (body: NewUser) => api.post('/api/v1/users', { body }), onSuccess: () => refreshUsers(client) });
}

export function useUpdateUser(userId: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (body: { role?: Role; display_name?: string }) => api.patch('/api/v1/users/{user_id}', { path: { user_id: userId }, body }),
    onSuccess: () => refreshUsers(client),
  });
}

export interface PasswordChange { password?: string; generate?: boolean; current_password?: string; logout_devices?: boolean }
export function useSetPassword(userId: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (body: PasswordChange) => api.post('/api/v1/users/{user_id}/password', { path: { user_id: userId }, body }),
    onSuccess: () => void refresh(client, userKeys.sessions(userId)),
    gcTime: 0, // A generated password is in the answer.
  });
}

export function useDeactivateUser(userId: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: () => api.post('/api/v1/users/{user_id}/deactivate', { path: { user_id: userId }, body: { confirm: userId } }),
    onSuccess: () => refreshUsers(client),
  });
}

export function useLockUser(userId: string, action: 'lock' | 'unlock') {
  const client = useQueryClient();
  return useMutation({
    mutationFn: () => api.post(`/api/v1/users/{user_id}/${action}`, { path: { user_id: userId } }),
    onSuccess: () => refreshUsers(client),
  });
}

export function useUserSessions(userId: string) {
  return useQuery({
    queryKey: userKeys.sessions(userId),
    queryFn: ({ signal }) => api.get('/api/v1/users/{user_id}/sessions', { path: { user_id: userId }, signal }),
    staleTime: 0,
  });
}

/** One session, or without a device all of them. */
export function useEndSessions(userId: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (device: string | undefined) => device === undefined
      ? api.delete('/api/v1/users/{user_id}/sessions', { path: { user_id: userId } })
      : api.delete('/api/v1/users/{user_id}/sessions/{device_id}', { path: { user_id: userId, device_id: device } }),
    onSettled: () => refresh(client, userKeys.sessions(userId)),
  });
}

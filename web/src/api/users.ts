// Accounts: people, and the accounts of bots.
import { keepPreviousData, useMutation, useQuery, useQueryClient, type QueryClient } from '@tanstack/react-query';
import { api } from './http';
import type { NewUser, Role } from './types';
import { pageSize } from './bots';

export const userKeys = { all: ['users'] as const };

function refresh(client: QueryClient) {
  void client.invalidateQueries({ queryKey: userKeys.all });
  void client.invalidateQueries({ queryKey: ['overview'] });
}

export function useUsers(search: string, from: number) {
  return useQuery({
    queryKey: [...userKeys.all, search, from],
    queryFn: ({ signal }) => api.get('/api/v1/users', { query: { search, from: from || undefined, limit: pageSize }, signal }),
    placeholderData: keepPreviousData,
  });
}

export function useCreateUser() {
  const client = useQueryClient();
  return useMutation({ mutationFn: (body: NewUser) => api.post('/api/v1/users', { body }), onSuccess: () => refresh(client) });
}

export function useUpdateUser(userId: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (body: { role?: Role; display_name?: string }) => api.patch('/api/v1/users/{user_id}', { path: { user_id: userId }, body }),
    onSuccess: () => refresh(client),
  });
}

export interface PasswordChange { password: string; current_password?: string; logout_devices?: boolean }
export function useSetPassword(userId: string) {
  return useMutation({
    mutationFn: (body: PasswordChange) => api.post('/api/v1/users/{user_id}/password', { path: { user_id: userId }, body }),
  });
}

export function useDeactivateUser(userId: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: () => api.post('/api/v1/users/{user_id}/deactivate', { path: { user_id: userId }, body: { confirm: userId } }),
    onSuccess: () => refresh(client),
  });
}

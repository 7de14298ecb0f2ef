// API keys of programs.
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { api, ask } from '@/kit/api/http';
import { refresh } from '@/kit/api/refresh';
import type { NewApiKey } from '@/kit/api/types';

const keysKey = ['keys'] as const;

export function useKeys() {
  return useQuery({ queryKey: keysKey, queryFn: ({ signal }) => ask(api.GET('/api/v1/keys', { signal })) });
}

export function useCreateKey() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (body: NewApiKey) => ask(api.POST('/api/v1/keys', { body })),
    onSuccess: () => void refresh(client, keysKey),
  });
}

export function useRevokeKey() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (id: number) => ask(api.DELETE('/api/v1/keys/{key_id}', { params: { path: { key_id: String(id) } } })),
    onSuccess: () => void refresh(client, keysKey),
  });
}

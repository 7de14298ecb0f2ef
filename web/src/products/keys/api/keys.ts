// API keys of programs.
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { api } from '@/kit/api/http';
import { refresh } from '@/kit/api/refresh';
import type { NewApiKey } from '@/kit/api/types';

const keysKey = ['keys'] as const;

export function useKeys() {
  return useQuery({ queryKey: keysKey, queryFn: ({ signal }) => api.get('/api/v1/keys', { signal }) });
}

export function useCreateKey() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (body: NewApiKey) => api.post('/api/v1/keys', { body }),
    onSuccess: () => void refresh(client, keysKey),
  });
}

export function useRevokeKey() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (id: number) => api.delete('/api/v1/keys/{key_id}', { path: { key_id: String(id) } }),
    onSuccess: () => void refresh(client, keysKey),
  });
}

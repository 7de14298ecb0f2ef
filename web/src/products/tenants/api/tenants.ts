// Tenants of the server.
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { api } from '@/kit/api/http';
import { refresh } from '@/kit/api/refresh';

const tenantsKey = ['tenants'] as const;

export function useTenants() {
  return useQuery({ queryKey: tenantsKey, queryFn: ({ signal }) => api.get('/api/v1/tenants', { signal }) });
}

export function useCreateTenant() {
  const client = useQueryClient();
  return useMutation({ mutationFn: (name: string) => api.post('/api/v1/tenants', { body: { name } }), onSuccess: () => void refresh(client, tenantsKey) });
}

export function useRenameTenant(id: number) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (name: string) => api.patch('/api/v1/tenants/{tenant_id}', { path: { tenant_id: String(id) }, body: { name } }),
    onSuccess: () => void refresh(client, tenantsKey),
  });
}

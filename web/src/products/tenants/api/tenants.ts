// Tenants of the server.
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { api, ask } from '@/kit/api/http';
import { refresh } from '@/kit/api/refresh';

const tenantsKey = ['tenants'] as const;

export function useTenants() {
  return useQuery({ queryKey: tenantsKey, queryFn: ({ signal }) => ask(api.GET('/api/v1/tenants', { signal })) });
}

export function useCreateTenant() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (name: string) => ask(api.POST('/api/v1/tenants', { body: { name } })),
    onSuccess: () => void refresh(client, tenantsKey),
  });
}

export function useRenameTenant(id: number) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (name: string) =>
      ask(api.PATCH('/api/v1/tenants/{tenant_id}', { params: { path: { tenant_id: String(id) } }, body: { name } })),
    onSuccess: () => void refresh(client, tenantsKey),
  });
}

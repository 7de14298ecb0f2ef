// The overview, the settings as they hold, tenants and the audit log.
import { keepPreviousData, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { api } from './http';
import { pageSize } from './bots';
import { refresh } from './refresh';

export function useOverview() {
  return useQuery({ queryKey: ['overview'], queryFn: ({ signal }) => api.get('/api/v1/overview', { signal }), refetchInterval: 30_000 });
}

/** '' stands for any; `since` is a time. */
export type AuditFilter = Record<'search' | 'actor' | 'action' | 'target' | 'since', string>;
export function useAudit(filter: AuditFilter, from: number) {
  return useQuery({
    queryKey: ['audit', filter, from],
    queryFn: ({ signal }) => api.get('/api/v1/audit', { query: { ...filter, from: from || undefined, limit: pageSize }, signal }),
    placeholderData: keepPreviousData,
    refetchInterval: from === 0 ? 10_000 : false,
  });
}

export function useSettings() {
  return useQuery({ queryKey: ['settings'], queryFn: ({ signal }) => api.get('/api/v1/settings', { signal }) });
}

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

// The overview and the audit log.
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { api } from './http';
import { pageSize } from './bots';

export function useOverview() {
  return useQuery({ queryKey: ['overview'], queryFn: ({ signal }) => api.get('/api/v1/overview', { signal }), refetchInterval: 30_000 });
}

export function useAudit(search: string, from: number) {
  return useQuery({
    queryKey: ['audit', search, from],
    queryFn: ({ signal }) => api.get('/api/v1/audit', { query: { search, from: from || undefined, limit: pageSize }, signal }),
    placeholderData: keepPreviousData,
  });
}

// The audit log.
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { api } from '@/kit/api/http';
import { pageSize } from '@/kit/pager';

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

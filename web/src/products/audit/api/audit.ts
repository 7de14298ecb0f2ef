// The audit log.
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { api, ask, given } from '@/kit/api/http';
import { pageSize } from '@/kit/pager';

/** '' stands for any; `kind` is `action`, `api_call` or `command_run`; `since` is a time. */
export type AuditFilter = Record<'search' | 'kind' | 'actor' | 'action' | 'target' | 'since', string>;
export function useAudit(filter: AuditFilter, from: number) {
  return useQuery({
    queryKey: ['audit', filter, from],
    queryFn: ({ signal }) =>
      ask(
        api.GET('/api/v1/audit', {
          params: { query: given({ ...filter, from: from || undefined, limit: pageSize }) },
          signal,
        }),
      ),
    placeholderData: keepPreviousData,
    refetchInterval: from === 0 ? 10_000 : false,
  });
}

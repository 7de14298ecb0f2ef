// Where the heads of the audit log's chain are written down outside, and whether the log still fits them.
import { useMutation, useQuery } from '@tanstack/react-query';
import { api, ask } from '@/kit/api/http';
import type { components } from '@/kit/api/schema';

export type Anchoring = components['schemas']['AuditAnchoring'];
export type AnchorPlace = Anchoring['places'][number];
export type ChainReport = components['schemas']['AuditChainReport'];

export function useAnchoring() {
  return useQuery({
    queryKey: ['audit', 'anchoring'],
    queryFn: ({ signal }) => ask(api.GET('/api/v1/audit/anchoring', { signal })),
    refetchInterval: 60_000,
  });
}

/** Walks the whole chain and asks the places: only when somebody wants it. */
export function useCheckOfChain() {
  return useMutation({ mutationFn: () => ask(api.GET('/api/v1/audit/verify')) });
}

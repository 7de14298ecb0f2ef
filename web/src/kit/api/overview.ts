// The server at a glance: its name and address, its counts, its health.
import { useQuery } from '@tanstack/react-query';
import { api, ask } from './http';

export const overviewKey = ['overview'] as const;

export function useOverview() {
  return useQuery({
    queryKey: overviewKey,
    queryFn: ({ signal }) => ask(api.GET('/api/v1/overview', { signal })),
    refetchInterval: 30_000,
  });
}

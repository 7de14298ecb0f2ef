// The configuration as it holds.
import { useQuery } from '@tanstack/react-query';
import { api, ask } from '@/kit/api/http';

export function useSettings() {
  return useQuery({ queryKey: ['settings'], queryFn: ({ signal }) => ask(api.GET('/api/v1/settings', { signal })) });
}

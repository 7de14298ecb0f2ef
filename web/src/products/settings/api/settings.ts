// The configuration as it holds.
import { useQuery } from '@tanstack/react-query';
import { api } from '@/kit/api/http';

export function useSettings() {
  return useQuery({ queryKey: ['settings'], queryFn: ({ signal }) => api.get('/api/v1/settings', { signal }) });
}

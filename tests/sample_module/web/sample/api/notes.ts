import { useQuery } from '@tanstack/react-query';
import { api, ask } from '@/kit/api/http';
import type {} from './schema';

export function useNotes() {
  return useQuery({
    queryKey: ['sample-notes'],
    queryFn: ({ signal }) => ask(api.GET('/api/v1/sample/notes', { signal })),
  });
}

// What people chose when they were asked which service they mean: the router has learned from it.
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { api, ask } from '@/kit/api/http';
import { refresh } from '@/kit/api/refresh';
import { assistantKeys } from './keys';

/** Those that whoever is signed in may forget. */
export const useLessons = () =>
  useQuery({
    queryKey: assistantKeys.lessons,
    queryFn: ({ signal }) => ask(api.GET('/api/v1/lessons', { signal })),
  });

export function useForgetLesson() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (lesson_id: string) =>
      ask(api.DELETE('/api/v1/lessons/{lesson_id}', { params: { path: { lesson_id } } })),
    onSettled: () => refresh(client, assistantKeys.lessons),
  });
}

// What a model made of what was said.
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { api, ApiError, ask } from '@/kit/api/http';
import { refresh } from '@/kit/api/refresh';
import { meetingKeys } from './keys';
import type { Meeting } from './types';

const ofMeeting = (id: number) => ({ path: { meeting_id: String(id) } });

/** Read anew with each state of it. `why`: there is none, in the server's words. */
export function useSummary({ id, summary }: Pick<Meeting, 'id' | 'summary'>) {
  return useQuery({
    queryKey: [...meetingKeys.summary(id), summary],
    queryFn: async ({ signal }) => {
      try {
        const found = await ask(api.GET('/api/v1/meetings/{meeting_id}/summary', { params: ofMeeting(id), signal }));
        return { summary: found, why: '' };
      } catch (error) {
        if (error instanceof ApiError && error.status === 404) return { summary: null, why: error.message };
        throw error;
      }
    },
    enabled: summary === 'done' || summary === 'failed',
    retry: false,
  });
}

export function useSumUp(id: number) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: () => ask(api.POST('/api/v1/meetings/{meeting_id}/summary', { params: ofMeeting(id) })),
    onSuccess: () => void refresh(client, meetingKeys.one(id)),
  });
}

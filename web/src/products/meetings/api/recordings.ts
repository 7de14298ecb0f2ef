// The sound that was kept of a meeting.
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { api, ask } from '@/kit/api/http';
import { refresh } from '@/kit/api/refresh';
import { hasEnded } from './meetings';
import { meetingKeys } from './keys';
import type { Meeting, Recording } from './types';

const lookAgainMs = 10_000;
/** A meeting has 50 at most. */
const atOnce = 100;

/** The sound itself: the browser sends the session with it, and reads the parts that it needs. */
export const soundOf = ({ id, meeting_id }: Recording) => `/api/v1/meetings/${meeting_id}/recordings/${id}`;

/** Looked at again until none of them changes any more. */
export function useRecordings(meeting: Meeting) {
  const ended = hasEnded(meeting);
  return useQuery({
    queryKey: [...meetingKeys.recordings(meeting.id), ended],
    queryFn: async ({ signal }) => {
      const { items } = await ask(
        api.GET('/api/v1/meetings/{meeting_id}/recordings', {
          params: { path: { meeting_id: String(meeting.id) }, query: { limit: atOnce } },
          signal,
        }),
      );
      return items;
    },
    refetchInterval: ({ state: { data } }) =>
      ended && data?.every(({ state }) => state === 'ready') ? false : lookAgainMs,
    retry: false,
  });
}

export function useDeleteRecording(recording: Recording) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: () =>
      ask(
        api.DELETE('/api/v1/meetings/{meeting_id}/recordings/{recording_id}', {
          params: { path: { meeting_id: String(recording.meeting_id), recording_id: String(recording.id) } },
        }),
      ),
    // Also where it failed: it can be gone while its files are not.
    onSettled: () => void refresh(client, meetingKeys.recordings(recording.meeting_id)),
  });
}

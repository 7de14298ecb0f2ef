// The sound that was kept of a meeting.
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import type { Client } from 'openapi-fetch';
import { api, ask } from '@/kit/api/http';
import { refresh } from '@/kit/api/refresh';
import { hasEnded } from './meetings';
import { meetingKeys } from './keys';
import type { Meeting } from './types';

const lookAgainMs = 10_000;
/** A meeting has 50 at most. */
const atOnce = 100;

export interface Recording {
  id: number;
  meeting_id: number;
  /** `ready`: it does not change any more. */
  state: 'recording' | 'ready';
  type: string;
  bytes: number;
  seconds: number;
  /** Pieces that never came: there it is cut. */
  missing: number;
  started_at: string;
  ended_at?: string;
}

/** Whether its sound was asked for. */
export const isRecorded = (meeting: Meeting & { recording?: boolean }) => meeting.recording === true;

interface One {
  meeting_id: string;
  recording_id: string;
}
/** As schema.ts has paths. */
interface Paths {
  '/api/v1/meetings/{meeting_id}/recordings': {
    get: {
      parameters: { query?: { limit?: number }; path: { meeting_id: string } };
      responses: { 200: { content: { 'application/json': { items: Recording[]; total: number } } } };
    };
  };
  '/api/v1/meetings/{meeting_id}/recordings/{recording_id}': {
    delete: { parameters: { path: One }; responses: { 204: { content?: never } } };
  };
}
const client = api as unknown as Client<Paths>;

/** The sound itself: the browser sends the session with it, and reads the parts that it needs. */
export const soundOf = ({ id, meeting_id }: Recording) => `/api/v1/meetings/${meeting_id}/recordings/${id}`;

/** Looked at again until none of them changes any more. */
export function useRecordings(meeting: Meeting) {
  const ended = hasEnded(meeting);
  return useQuery({
    queryKey: [...meetingKeys.recordings(meeting.id), ended],
    queryFn: async ({ signal }) => {
      const { items } = await ask(
        client.GET('/api/v1/meetings/{meeting_id}/recordings', {
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
  const queries = useQueryClient();
  return useMutation({
    mutationFn: () =>
      ask(
        client.DELETE('/api/v1/meetings/{meeting_id}/recordings/{recording_id}', {
          params: { path: { meeting_id: String(recording.meeting_id), recording_id: String(recording.id) } },
        }),
      ),
    // Also where it failed: it can be gone while its files are not.
    onSettled: () => void refresh(queries, meetingKeys.recordings(recording.meeting_id)),
  });
}

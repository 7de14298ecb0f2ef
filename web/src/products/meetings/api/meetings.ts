// Meetings: the list, one with its history, and what can be done to it.
import { keepPreviousData, useMutation, useQuery, useQueryClient, type QueryClient } from '@tanstack/react-query';
import { api, ApiError, ask, given } from '@/kit/api/http';
import { refresh } from '@/kit/api/refresh';
import { pageSize } from '@/kit/pager';
import { meetingKeys } from './keys';
import type { History, Meeting, NewMeeting, Task } from './types';

const lookAgainMs = 10_000;
const endedStates: readonly string[] = ['completed', 'failed', 'error'];
export const hasEnded = ({ state }: Pick<Meeting, 'state'>) => endedStates.includes(state);

/** '' stands for any state. */
export function useMeetings(state: string, from: number) {
  return useQuery({
    queryKey: [...meetingKeys.lists, state, from],
    queryFn: ({ signal }) =>
      ask(api.GET('/api/v1/meetings', { params: { query: given({ state, from, limit: pageSize }) }, signal })),
    placeholderData: keepPreviousData,
    refetchInterval: lookAgainMs,
  });
}

const ofMeeting = (id: number) => ({ path: { meeting_id: String(id) } });

/** With every step that it took. */
export function useMeeting(id: number) {
  return useQuery({
    queryKey: meetingKeys.one(id),
    queryFn: ({ signal }) => ask(api.GET('/api/v1/meetings/{meeting_id}/history', { params: ofMeeting(id), signal })),
    // The stream tells of changes; this is for whoever has none.
    refetchInterval: ({ state: { data, error } }) => {
      const isOver = data && hasEnded(data.meeting) && data.meeting.summary !== 'pending';
      return isOver || isGone(error) ? false : lookAgainMs;
    },
    retry: false,
    enabled: id > 0,
  });
}

/** Somebody else's, removed, or never there: nothing to look for again. */
export const isGone = (error: unknown) => error instanceof ApiError && error.status === 404;

/** The room in which the transcript is told; null: in none. */
export function useThread(id: number) {
  return useQuery({
    queryKey: meetingKeys.thread(id),
    queryFn: async ({ signal }) => {
      try {
        return await ask(api.GET('/api/v1/meetings/{meeting_id}/thread', { params: ofMeeting(id), signal }));
      } catch (error) {
        if (error instanceof ApiError && error.status === 404) return null;
        throw error;
      }
    },
    retry: false,
  });
}

export function useSendBot() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (body: NewMeeting) => ask(api.POST('/api/v1/meetings', { body })),
    onSuccess: () => void refresh(client, meetingKeys.lists),
  });
}

/** A bot of one's own that is in that call already. */
export function meetingInTheWay(error: unknown): number | undefined {
  if (!(error instanceof ApiError) || error.status !== 409) return undefined;
  const id = /meeting (\d+)/.exec(error.message)?.[1];
  return id === undefined ? undefined : Number(id);
}

function take(client: QueryClient, meeting: Meeting) {
  client.setQueryData(meetingKeys.one(meeting.id), (known: History | undefined) => known && { ...known, meeting });
  void refresh(client, meetingKeys.one(meeting.id));
  void refresh(client, meetingKeys.lists);
}

export function useStop(id: number) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: () => ask(api.POST('/api/v1/meetings/{meeting_id}/stop', { params: ofMeeting(id) })),
    onSuccess: (meeting) => take(client, meeting),
  });
}

export interface Reconfiguration {
  language?: string;
  task?: Task;
}

export function useReconfigure(id: number) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (body: Reconfiguration) =>
      ask(api.POST('/api/v1/meetings/{meeting_id}/reconfigure', { params: ofMeeting(id), body })),
    onSuccess: (meeting) => take(client, meeting),
  });
}

/** Of a meeting that has ended: what was said is deleted for good. */
export function useErase(id: number) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: () => ask(api.DELETE('/api/v1/meetings/{meeting_id}', { params: ofMeeting(id) })),
    onSuccess: () => {
      void refresh(client, meetingKeys.one(id));
      void refresh(client, meetingKeys.thread(id));
      void refresh(client, meetingKeys.recordings(id));
      void refresh(client, meetingKeys.search);
    },
  });
}

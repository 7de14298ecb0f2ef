// All rooms of the homeserver, and the way rooms go.
import { keepPreviousData, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { api, ask, given } from '@/kit/api/http';
import { refresh } from '@/kit/api/refresh';
import type { paths } from '@/kit/api/schema';
import type { RoomDeletion } from '@/kit/api/types';
import { pageSize } from '@/kit/pager';

const rooms = ['homeserver-rooms'] as const;
const deletions = ['homeserver-deletions'] as const;
const roomKey = (roomId: string) => [...rooms, 'one', roomId] as const;

/** '' stands for any. */
type RoomQuery = NonNullable<paths['/api/v1/homeserver/rooms']['get']['parameters']['query']>;
export interface RoomFilter {
  search: string;
  listed: '' | 'true' | 'false';
  empty: '' | 'true' | 'false';
  sort: '' | NonNullable<RoomQuery['sort']>;
}

const either = (word: string) => (word ? word === 'true' : undefined);

export function useRooms({ search, listed, empty, sort }: RoomFilter, from: number) {
  return useQuery({
    queryKey: [...rooms, search, listed, empty, sort, from],
    queryFn: ({ signal }) =>
      ask(
        api.GET('/api/v1/homeserver/rooms', {
          params: {
            query: given({
              search,
              sort,
              public: either(listed),
              empty: either(empty),
              from: from || undefined,
              limit: pageSize,
            }),
          },
          signal,
        }),
      ),
    placeholderData: keepPreviousData,
  });
}

/** Those that an account is in. */
export function useRoomsOf(userId: string, from: number) {
  return useQuery({
    queryKey: [...rooms, 'of', userId, from],
    queryFn: ({ signal }) =>
      ask(
        api.GET('/api/v1/homeserver/rooms', {
          params: { query: given({ member: userId, from: from || undefined, limit: pageSize }) },
          signal,
        }),
      ),
    placeholderData: keepPreviousData,
    retry: false,
  });
}

export function useRoom(roomId: string) {
  return useQuery({
    queryKey: roomKey(roomId),
    queryFn: ({ signal }) =>
      ask(api.GET('/api/v1/homeserver/rooms/{room_id}', { params: { path: { room_id: roomId } }, signal })),
    retry: false,
  });
}

export function useRoomMembers(roomId: string, from: number) {
  return useQuery({
    queryKey: [...roomKey(roomId), 'members', from],
    queryFn: ({ signal }) =>
      ask(
        api.GET('/api/v1/homeserver/rooms/{room_id}/members', {
          params: { path: { room_id: roomId }, query: { from, limit: pageSize } },
          signal,
        }),
      ),
    placeholderData: keepPreviousData,
  });
}

export function useBlockRoom(roomId: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (blocked: boolean) =>
      ask(
        api.POST('/api/v1/homeserver/rooms/{room_id}/block', {
          params: { path: { room_id: roomId } },
          body: { blocked },
        }),
      ),
    onSuccess: (room) => client.setQueryData(roomKey(roomId), room),
  });
}

export function useDeleteRoom(roomId: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (block: boolean) =>
      ask(
        api.POST('/api/v1/homeserver/rooms/{room_id}/delete', {
          params: { path: { room_id: roomId } },
          body: { confirm: roomId, block },
        }),
      ),
    onSuccess: () => {
      void refresh(client, deletions);
      void refresh(client, rooms);
    },
  });
}

export const isUnderWay = ({ state }: RoomDeletion) => state === 'scheduled' || state === 'active';

const shownDeletions = 20;
const lookAgainMs = 1_000;

/** The newest. While one is under way the server is asked again each second. */
export function useDeletions() {
  return useQuery({
    queryKey: deletions,
    queryFn: ({ signal }) =>
      ask(api.GET('/api/v1/homeserver/deletions', { params: { query: { limit: shownDeletions } }, signal })),
    refetchInterval: ({ state }) => (state.data?.items.some(isUnderWay) ? lookAgainMs : false),
    staleTime: 0,
  });
}

export function useCancelDeletion(deleteId: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: () =>
      ask(api.POST('/api/v1/homeserver/deletions/{delete_id}/cancel', { params: { path: { delete_id: deleteId } } })),
    onSettled: () => {
      void refresh(client, deletions);
      void refresh(client, rooms);
    },
  });
}

/** A deletion has come to its end: the lists are not as they were. */
export function useRefreshRooms() {
  const client = useQueryClient();
  return () => void refresh(client, rooms);
}

// Everybody's files on the homeserver.
import { keepPreviousData, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { api, ask, given } from '@/kit/api/http';
import { refresh } from '@/kit/api/refresh';
import { pageSize } from '@/kit/pager';

const media = ['homeserver-media'] as const;

export type FileView = '' | 'newest' | 'quarantined' | 'people';

export function useFiles(view: FileView, userId: string, from: number, enabled: boolean) {
  return useQuery({
    queryKey: [...media, 'files', view, userId, from],
    queryFn: ({ signal }) =>
      ask(
        api.GET('/api/v1/homeserver/media', {
          params: {
            query: given({
              user_id: userId,
              quarantined: view === 'quarantined' && !userId ? (true as const) : undefined,
              sort: view === 'newest' ? ('-uploaded_at' as const) : undefined,
              from: from || undefined,
              limit: pageSize,
            }),
          },
          signal,
        }),
      ),
    placeholderData: keepPreviousData,
    enabled,
  });
}

export function useFileUsage(search: string, from: number, enabled: boolean) {
  return useQuery({
    queryKey: [...media, 'usage', search, from],
    queryFn: ({ signal }) =>
      ask(
        api.GET('/api/v1/homeserver/media-usage', {
          params: { query: given({ search, from: from || undefined, limit: pageSize }) },
          signal,
        }),
      ),
    placeholderData: keepPreviousData,
    enabled,
  });
}

export function useQuarantine(mediaId: string, action: 'quarantine' | 'release') {
  const client = useQueryClient();
  return useMutation({
    mutationFn: () =>
      ask(api.POST(`/api/v1/homeserver/media/{media_id}/${action}`, { params: { path: { media_id: mediaId } } })),
    onSuccess: () => refresh(client, media),
  });
}

export function useDeleteFile(mediaId: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: () =>
      ask(
        api.POST('/api/v1/homeserver/media/{media_id}/delete', {
          params: { path: { media_id: mediaId } },
          body: { confirm: mediaId },
        }),
      ),
    onSuccess: () => refresh(client, media),
  });
}

export function useQuarantineAll(userId: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: () =>
      ask(api.POST('/api/v1/homeserver/media-usage/{user_id}/quarantine', { params: { path: { user_id: userId } } })),
    onSuccess: () => refresh(client, media),
  });
}

// Many accounts at once from a CSV; the server works through it and tells how far it is.
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { api, ask, given } from '@/kit/api/http';
import { refresh } from '@/kit/api/refresh';
import type { UserImport } from '@/kit/api/types';

export const importKey = (importId: string) => ['import', importId] as const;

export function useStartImport() {
  return useMutation({
    mutationFn: ({ csv, join, dryRun, generate }: { csv: string; join: string; dryRun: boolean; generate: boolean }) =>
      ask(
        api.POST('/api/v1/users/import', {
          params: { query: given({ join, dry_run: dryRun || undefined, generate: generate || undefined }) },
          body: csv,
          bodySerializer: (text) => text,
          headers: { 'content-type': 'text/csv' },
        }),
      ),
  });
}

/** The passwords that an import made, as the text of a file. The server has them no more afterwards. */
export function useTakePasswords(importId: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: () =>
      ask(
        api.POST('/api/v1/users/import/{import_id}/passwords', {
          params: { path: { import_id: importId } },
          headers: { accept: 'text/csv' },
          parseAs: 'text',
        }),
      ),
    onSettled: () => refresh(client, importKey(importId)),
  });
}

/** Asks it to end after its present step; what was made stays. The stream and the next look tell when it has. */
export function useCancelImport(importId: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: () =>
      ask(api.DELETE('/api/v1/users/import/{import_id}', { params: { path: { import_id: importId } } })),
    onSettled: () => refresh(client, importKey(importId)),
  });
}

/** Of those that the server remembers the one under way: whoever comes back to the page finds it again. */
export function useRunningImport() {
  return useQuery({
    queryKey: ['imports'],
    queryFn: ({ signal }) => ask(api.GET('/api/v1/users/import', { signal })),
    select: ({ items }) => items.find(({ state }) => state === 'running')?.import_id,
    staleTime: 0,
  });
}

/** Told by the live stream (live_updates.ts) and looked up now and then, in case that broke off. */
export function useImport(importId: string | undefined) {
  const client = useQueryClient();
  return useQuery({
    queryKey: importKey(importId ?? ''),
    enabled: importId !== undefined,
    queryFn: async ({ signal }) => {
      const now = await ask(
        api.GET('/api/v1/users/import/{import_id}', { params: { path: { import_id: importId! } }, signal }),
      );
      const seen = client.getQueryData<UserImport>(importKey(importId!));
      return seen && furtherOf(seen, now) === seen ? seen : now;
    },
    refetchInterval: ({ state }) => (state.data && state.data.state !== 'running' ? false : 1_000),
    staleTime: 0,
  });
}

/** Of two reports on one import the later one: an answer and the stream may overtake each other. */
export function furtherOf(a: UserImport, b: UserImport): UserImport {
  if (a.state !== b.state) return a.state === 'running' ? b : b.state === 'running' ? a : b;
  return b.done >= a.done ? b : a;
}

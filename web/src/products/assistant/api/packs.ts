// Packs: the services that the assistant works with.
import { queryOptions, useMutation, useQuery, useQueryClient, type QueryClient } from '@tanstack/react-query';
import { api, ask } from '@/kit/api/http';
import { refresh } from '@/kit/api/refresh';
import { assistantKeys } from './keys';
import type { Operation, Pack, PackChange } from './types';

const packKey = (service: string) => [...assistantKeys.packs, 'one', service] as const;
const ofPack = (service: string) => ({ path: { service } });

/** More than a tenant may have. */
const allPacks = 1_000;

export function usePacks() {
  return useQuery({
    queryKey: [...assistantKeys.packs, 'all'],
    queryFn: ({ signal }) => ask(api.GET('/api/v1/packs', { params: { query: { limit: allPacks } }, signal })),
    staleTime: 30_000,
  });
}

export const packQuery = (service: string) =>
  queryOptions({
    queryKey: packKey(service),
    queryFn: ({ signal }) => ask(api.GET('/api/v1/packs/{service}', { params: ofPack(service), signal })),
    retry: false,
  });

export const usePack = (service: string) => useQuery(packQuery(service));

/** What is known of an action: "slack.send_message". */
export function useOperation(action: string): Operation | undefined {
  const dot = Math.max(0, action.indexOf('.'));
  const service = action.slice(0, dot);
  const { data } = useQuery({ ...packQuery(service), enabled: service !== '', staleTime: 5 * 60_000 });
  return data?.operations.find(({ name }) => name === action.slice(dot + 1));
}

function took(client: QueryClient, pack: Pack) {
  client.setQueryData(packKey(pack.service), pack);
  void refresh(client, assistantKeys.packs);
}

export function useChangePack(service: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (body: PackChange) => ask(api.PUT('/api/v1/packs/{service}', { params: ofPack(service), body })),
    onSuccess: (pack) => took(client, pack),
  });
}

/** One call of the service that only reads, with what is stored. */
export function useTestPack(service: string) {
  return useMutation({
    mutationFn: () => ask(api.POST('/api/v1/packs/{service}/test', { params: ofPack(service) })),
  });
}

/** Where to send the browser, so that somebody signs in at the service. */
export function useBeginSignIn(service: string) {
  return useMutation({
    mutationFn: () => ask(api.POST('/api/v1/packs/{service}/sign-in', { params: ofPack(service), body: {} })),
  });
}

export function useAddPack() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (files: Record<string, string>) => ask(api.POST('/api/v1/packs', { body: { files } })),
    onSuccess: () => void refresh(client, assistantKeys.packs),
  });
}

export function useRemovePack(service: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: () => ask(api.DELETE('/api/v1/packs/{service}', { params: ofPack(service) })),
    onSuccess: () => {
      client.removeQueries({ queryKey: packKey(service) });
      void refresh(client, assistantKeys.packs);
    },
  });
}

/** Takes up what was changed in the folders by hand. */
export function useReloadPacks() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: () => ask(api.POST('/api/v1/packs/reload')),
    onSuccess: () => void refresh(client, assistantKeys.packs),
  });
}

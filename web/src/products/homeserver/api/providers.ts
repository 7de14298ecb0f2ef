// Who vouches for people, beside their passwords.
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { api, ask } from '@/kit/api/http';
import { refresh } from '@/kit/api/refresh';

const providers = ['homeserver-providers'] as const;

export function useProviders() {
  return useQuery({
    queryKey: providers,
    queryFn: ({ signal }) => ask(api.GET('/api/v1/homeserver/providers', { signal })),
    refetchInterval: 30_000,
  });
}

/** Asks the provider now; what it says stands in the list afterwards, good or bad. */
export function useTestProvider(id: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: () =>
      ask(api.POST('/api/v1/homeserver/providers/{provider_id}/test', { params: { path: { provider_id: id } } })),
    onSettled: () => void refresh(client, providers),
  });
}

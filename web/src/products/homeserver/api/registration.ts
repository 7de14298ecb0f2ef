// Who may make an account, and the tokens for it.
import { keepPreviousData, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { api, ask, given } from '@/kit/api/http';
import { refresh } from '@/kit/api/refresh';
import type { NewRegistrationToken, RegistrationTokenPatch } from '@/kit/api/types';
import { pageSize } from '@/kit/pager';

const tokens = ['registration-tokens'] as const;

/** Not found: the homeserver is another program. */
export function useRegistrationMode() {
  return useQuery({
    queryKey: ['registration-mode'],
    queryFn: ({ signal }) => ask(api.GET('/api/v1/homeserver/registration', { signal })),
    retry: false,
  });
}

export function useTokens(valid: '' | 'true' | 'false', from: number) {
  return useQuery({
    queryKey: [...tokens, valid, from],
    queryFn: ({ signal }) =>
      ask(
        api.GET('/api/v1/homeserver/registration/tokens', {
          params: {
            query: given({
              valid: valid ? valid === 'true' : undefined,
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

export function useCreateToken() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (body: NewRegistrationToken) => ask(api.POST('/api/v1/homeserver/registration/tokens', { body })),
    onSuccess: () => void refresh(client, tokens),
  });
}

export function useChangeToken(token: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (body: RegistrationTokenPatch) =>
      ask(api.PATCH('/api/v1/homeserver/registration/tokens/{token}', { params: { path: { token } }, body })),
    onSuccess: () => void refresh(client, tokens),
  });
}

export function useDeleteToken(token: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: () =>
      ask(api.DELETE('/api/v1/homeserver/registration/tokens/{token}', { params: { path: { token } } })),
    onSuccess: () => void refresh(client, tokens),
  });
}

// Who somebody is at providers of sign-in: an administrator of the server says which account that leads to.
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { api, ask } from '@/kit/api/http';
import { refresh } from '@/kit/api/refresh';
import { userKeys } from './users';

export interface Identity {
  provider: string;
  subject: string;
}

const pathOf = ({ provider, subject }: Identity) => ({ path: { provider_id: provider, subject } });

export function useLinkIdentity(userId: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (who: Identity) =>
      ask(
        api.PUT('/api/v1/homeserver/identities/{provider_id}/{subject}', {
          params: pathOf(who),
          body: { user_id: userId },
        }),
      ),
    onSuccess: () => refresh(client, userKeys.all),
  });
}

export function useUnlinkIdentity() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (who: Identity) =>
      ask(api.DELETE('/api/v1/homeserver/identities/{provider_id}/{subject}', { params: pathOf(who) })),
    // What was taken meanwhile, by somebody else, is gone as well.
    onSettled: () => refresh(client, userKeys.all),
  });
}

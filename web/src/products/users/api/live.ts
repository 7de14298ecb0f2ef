// What the live stream says of accounts and imports, into the caches.
import type { QueryClient } from '@tanstack/react-query';
import { overviewKey } from '@/kit/api/overview';
import { refresh } from '@/kit/api/refresh';
import type { UserImport } from '@/kit/api/types';
import { furtherOf, importKey } from './user_import';
import { userKeys } from './users';

export function applyUsers(client: QueryClient) {
  void refresh(client, userKeys.all);
  void refresh(client, overviewKey);
}

/** Only the page that waits for this import has a place for it. */
export function applyImport(client: QueryClient, data: unknown) {
  const now = data as UserImport;
  client.setQueryData<UserImport>(importKey(now.import_id), (seen) => seen && furtherOf(seen, { ...seen, ...now }));
  if (now.state !== 'running') void refresh(client, importKey(now.import_id)); // With all its errors.
}

// Writes what the live stream says into the query caches.
import type { QueryClient } from '@tanstack/react-query';
import { botKeys, dropBot, putBot, refreshAround } from './bots';
import type { LiveEventName } from './live';
import { refresh } from './refresh';
import type { Bot, BotPage, UserImport } from './types';
import { furtherOf, importKey } from './user_import';
import { userKeys } from './users';

interface BotChange { bot_id: string; event: string; bot?: Bot }

export function applyLiveEvent(client: QueryClient, name: LiveEventName, data: unknown) {
  switch (name) {
    case 'bot': return applyBot(client, data as BotChange);
    case 'users':
      void refresh(client, userKeys.all);
      void refresh(client, ['overview']);
      return;
    case 'import': return applyImport(client, data as UserImport);
    case 'reset': return refetchAll(client);
  }
}

function applyBot(client: QueryClient, change: BotChange) {
  if (!change.bot) return dropBot(client, change.bot_id);
  const shown = client.getQueriesData<BotPage>({ queryKey: botKeys.lists })
    .some(([, page]) => page?.items.some((item) => item.bot_id === change.bot_id));
  putBot(client, change.bot);
  if (!shown) void refresh(client, botKeys.lists); // A new one: the server knows where it sorts.
  refreshAround(client, change.bot_id);
}

/** Only the page that waits for this import has a place for it. */
function applyImport(client: QueryClient, now: UserImport) {
  client.setQueryData<UserImport>(importKey(now.import_id), (seen) => seen && furtherOf(seen, { ...seen, ...now }));
  if (now.state !== 'running') void refresh(client, importKey(now.import_id)); // With all its errors.
}

/** After a gap nobody knows what was missed. */
export function refetchAll(client: QueryClient) {
  for (const key of [botKeys.all, userKeys.all, ['overview']]) void refresh(client, key);
}

// What the live stream says of bots, into the caches.
import type { QueryClient } from '@tanstack/react-query';
import { refresh } from '@/kit/api/refresh';
import type { Bot, BotPage } from '@/kit/api/types';
import { botKeys, dropBot, putBot, refreshAround } from './bots';

interface BotChange {
  bot_id: string;
  event: string;
  bot?: Bot;
}

export function applyBot(client: QueryClient, data: unknown) {
  const change = data as BotChange;
  if (!change.bot) return dropBot(client, change.bot_id);
  const shown = client
    .getQueriesData<BotPage>({ queryKey: botKeys.lists })
    .some(([, page]) => page?.items.some((item) => item.bot_id === change.bot_id));
  putBot(client, change.bot);
  if (!shown) void refresh(client, botKeys.lists); // A new one: the server knows where it sorts.
  refreshAround(client, change.bot_id);
}

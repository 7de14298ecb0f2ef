// Bots: lists, one bot, and what can be done with it. Live changes are written into the same caches (live_updates.ts).
import { keepPreviousData, useMutation, useQuery, useQueryClient, type QueryClient } from '@tanstack/react-query';
import { api, ask, given } from '@/kit/api/http';
import { overviewKey } from '@/kit/api/overview';
import { refresh } from '@/kit/api/refresh';
import type { paths } from '@/kit/api/schema';
import { pageSize } from '@/kit/pager';
import type { Bot, BotPage, BotPatch, NewBot } from '@/kit/api/types';

export const botKeys = {
  all: ['bots'] as const,
  lists: ['bots', 'list'] as const,
  list: (search: string, from: number, state: string) => ['bots', 'list', search, from, state] as const,
  one: (botId: string) => ['bots', 'one', botId] as const,
  history: (botId: string) => ['bots', 'history', botId] as const,
  usage: (botId: string) => ['bots', 'usage', botId] as const,
  hooks: (botId: string) => ['bots', 'hooks', botId] as const,
  rooms: (botId: string) => ['bots', 'rooms', botId] as const,
};
/** The live stream tells of states; the counters of rooms and answers are looked up now and then. */
const countersEveryMs = 5_000;

/** How often a bot was written into the caches from elsewhere than its own query. */
const told = new Map<string, number>();
const anyBot = '';
/** An answer that was asked for before the bot was changed or heard of is older than what is shown: asks again. */
async function askAfterLastChange<T>(botId: string, ask: () => Promise<T>): Promise<T> {
  for (let tries = 0; ; tries++) {
    const before = told.get(botId);
    const answer = await ask();
    if (before === told.get(botId) || tries === 2) return answer;
  }
}

export type StateFilter = '' | NonNullable<NonNullable<paths['/api/v1/bots']['get']['parameters']['query']>['state']>;
/** `state`: one of the life cycle, "troubled" for all that somebody should look at, '' for any. */
export function useBots(search: string, from: number, state: StateFilter = '') {
  return useQuery({
    queryKey: botKeys.list(search, from, state),
    queryFn: ({ signal }) =>
      askAfterLastChange(anyBot, () =>
        ask(
          api.GET('/api/v1/bots', {
            params: { query: given({ search, state, from: from || undefined, limit: pageSize }) },
            signal,
          }),
        ),
      ),
    placeholderData: keepPreviousData,
    refetchInterval: countersEveryMs,
  });
}

export function useBot(botId: string) {
  return useQuery({
    queryKey: botKeys.one(botId),
    staleTime: 0, // Whoever opens its page wants the counters of now.
    queryFn: ({ signal }) =>
      askAfterLastChange(botId, () =>
        ask(api.GET('/api/v1/bots/{bot_id}', { params: { path: { bot_id: botId } }, signal })),
      ),
    refetchInterval: countersEveryMs,
  });
}

export function useBotHistory(botId: string, search: string, from: number, limit = pageSize) {
  return useQuery({
    queryKey: [...botKeys.history(botId), search, from, limit],
    queryFn: ({ signal }) =>
      ask(
        api.GET('/api/v1/bots/{bot_id}/history', {
          params: { path: { bot_id: botId }, query: given({ search, from: from || undefined, limit }) },
          signal,
        }),
      ),
    placeholderData: keepPreviousData,
  });
}

export function useBotRooms(botId: string) {
  return useQuery({
    queryKey: botKeys.rooms(botId),
    queryFn: ({ signal }) =>
      ask(api.GET('/api/v1/bots/{bot_id}/rooms', { params: { path: { bot_id: botId } }, signal })),
    refetchInterval: countersEveryMs,
  });
}

export function useBotUsage(botId: string, hours: number) {
  return useQuery({
    queryKey: [...botKeys.usage(botId), hours],
    queryFn: ({ signal }) =>
      ask(api.GET('/api/v1/bots/{bot_id}/usage', { params: { path: { bot_id: botId }, query: { hours } }, signal })),
    placeholderData: keepPreviousData,
    refetchInterval: countersEveryMs * 3,
  });
}

/** The table of states that the server goes by; it changes only with the program. */
export function useLifecycle() {
  return useQuery({
    queryKey: ['lifecycle'],
    queryFn: ({ signal }) => ask(api.GET('/api/v1/lifecycle', { signal })),
    staleTime: Infinity,
  });
}

export function useHooks(botId: string) {
  return useQuery({
    queryKey: botKeys.hooks(botId),
    queryFn: ({ signal }) =>
      ask(api.GET('/api/v1/bots/{bot_id}/hooks', { params: { path: { bot_id: botId } }, signal })),
  });
}

export function useCreateHook(botId: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (body: { name: string; room_id: string; wait_for_complete: boolean; expires_in_days?: number }) =>
      ask(api.POST('/api/v1/bots/{bot_id}/hooks', { params: { path: { bot_id: botId } }, body })),
    onSuccess: () => void refresh(client, botKeys.hooks(botId)),
  });
}

export function useDeleteHook(botId: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (hookId: string) =>
      ask(
        api.DELETE('/api/v1/bots/{bot_id}/hooks/{hook_id}', { params: { path: { bot_id: botId, hook_id: hookId } } }),
      ),
    onSuccess: () => void refresh(client, botKeys.hooks(botId)),
  });
}

export function useBrains() {
  return useQuery({
    queryKey: ['brains'],
    queryFn: ({ signal }) => ask(api.GET('/api/v1/brains', { signal })),
    staleTime: Infinity,
  });
}

/** What a kind of brain is called: "Language model", not "openai". */
export function useBrainTitle(): (kind: string) => string {
  const items = useBrains().data?.items;
  return (kind) => items?.find((brain) => brain.kind === kind)?.title ?? kind;
}

/** Asks the brain's service once, with the settings as they stand in the form; nothing is kept. */
export function useTestBrain() {
  return useMutation({
    mutationFn: ({ kind, ...body }: { kind: string; config: Record<string, unknown>; bot_id?: string }) =>
      ask(api.POST('/api/v1/brains/{kind}/test', { params: { path: { kind } }, body })),
  });
}

/** Writes one bot into every list and page that shows it. */
export function putBot(client: QueryClient, bot: Bot) {
  for (const id of [bot.bot_id, anyBot]) told.set(id, (told.get(id) ?? 0) + 1);
  client.setQueryData(botKeys.one(bot.bot_id), bot);
  client.setQueriesData<BotPage>(
    { queryKey: botKeys.lists },
    (page) => page && { ...page, items: page.items.map((item) => (item.bot_id === bot.bot_id ? bot : item)) },
  );
}

/** What hangs on a bot's state beside the bot itself. */
export function refreshAround(client: QueryClient, botId: string) {
  void refresh(client, overviewKey);
  void refresh(client, botKeys.history(botId));
  void refresh(client, botKeys.usage(botId));
  void refresh(client, botKeys.rooms(botId));
}

export function dropBot(client: QueryClient, botId: string) {
  client.removeQueries({ queryKey: botKeys.one(botId) });
  client.setQueriesData<BotPage>({ queryKey: botKeys.lists }, (page) => {
    if (!page) return page;
    const items = page.items.filter((item) => item.bot_id !== botId);
    return { ...page, items, total: page.total - (page.items.length - items.length) };
  });
  void refresh(client, botKeys.lists);
  void refresh(client, overviewKey);
}

export type BotAction = 'start' | 'stop' | 'restart';

/** The state shown turns at once; what the server says replaces it, and an error puts the old one back. `fresh`, of a start: what was said meanwhile stays unanswered. */
export function useBotAction(action: BotAction, fresh = false) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (bot: Bot) =>
      ask(
        api.POST(`/api/v1/bots/{bot_id}/${action}`, {
          params: { path: { bot_id: bot.bot_id }, query: { fresh: fresh || undefined } },
        }),
      ),
    onMutate: (bot) => putBot(client, { ...bot, state: action === 'start' ? 'starting' : 'stopping', actions: [] }),
    onSuccess: (answer) => {
      // The live stream may have been faster than the answer: never go back in time.
      const shown = client.getQueryData<Bot>(botKeys.one(answer.bot_id));
      if (!shown || shown.actions.length === 0 || shown.updated_at <= answer.updated_at) putBot(client, answer);
      refreshAround(client, answer.bot_id);
    },
    onError: (_error, bot) => {
      putBot(client, bot);
      void refresh(client, botKeys.one(bot.bot_id));
      void refresh(client, botKeys.lists);
    },
  });
}

export function useCreateBot() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (body: NewBot) => ask(api.POST('/api/v1/bots', { body })),
    onSuccess: ({ bot }) => {
      client.setQueryData(botKeys.one(bot.bot_id), bot);
      void refresh(client, botKeys.lists);
      void refresh(client, overviewKey);
    },
  });
}

export function useUpdateBot(botId: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (body: BotPatch) =>
      ask(api.PATCH('/api/v1/bots/{bot_id}', { params: { path: { bot_id: botId } }, body })),
    onSuccess: ({ generated_secret: _shownOnce, ...bot }: Bot & { generated_secret?: string }) => {
      putBot(client, bot);
      refreshAround(client, botId);
    },
  });
}

export function useDeleteBot() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (botId: string) =>
      ask(api.DELETE('/api/v1/bots/{bot_id}', { params: { path: { bot_id: botId }, query: { confirm: botId } } })),
    onSuccess: (_answer, botId) => dropBot(client, botId),
  });
}

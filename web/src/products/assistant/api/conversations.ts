// Conversations with the assistant, and saying something in them.
import { keepPreviousData, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { api, ask } from '@/kit/api/http';
import { pageSize } from '@/kit/pager';
import { assistantKeys } from './keys';
import { takeReply, waiting } from './tasks';
import type { Message } from './types';

export function useConversations(from: number) {
  return useQuery({
    queryKey: [...assistantKeys.conversations, from],
    queryFn: ({ signal }) =>
      ask(api.GET('/api/v1/conversations', { params: { query: { from, limit: pageSize } }, signal })),
    placeholderData: keepPreviousData,
  });
}

const ofConversation = (id: string) => ({ path: { conversation_id: id } });

export function useConversation(id: string) {
  return useQuery({
    queryKey: assistantKeys.conversation(id),
    queryFn: ({ signal }) =>
      ask(api.GET('/api/v1/conversations/{conversation_id}', { params: ofConversation(id), signal })),
    enabled: id !== '',
    retry: false,
  });
}

const messagesAtOnce = 200;
/** Beyond so many at once, somebody scrolls for the rest. */
const mostPages = 10;

/** Those behind number `after`, oldest first. */
export function useMessages(id: string, after: number | undefined) {
  return useQuery({
    queryKey: [...assistantKeys.messages(id), after],
    queryFn: async ({ signal }) => {
      const all: Message[] = [];
      let behind = after ?? 0;
      for (let page = 0; page < mostPages; ++page) {
        const { items, next_after } = await ask(
          api.GET('/api/v1/conversations/{conversation_id}/messages', {
            params: { ...ofConversation(id), query: { after: behind, limit: messagesAtOnce } },
            signal,
          }),
        );
        all.push(...items);
        if (next_after === undefined) break;
        behind = next_after;
      }
      return all;
    },
    enabled: id !== '' && after !== undefined,
    placeholderData: keepPreviousData,
    staleTime: 0,
  });
}

export interface Said {
  text: string;
  /** The task whose open question it answers. */
  task_id?: string;
}

/** A request, or the answer to a question; '' begins a conversation. */
export function useSay(id: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (body: Said) =>
      id
        ? ask(
            api.POST('/api/v1/conversations/{conversation_id}/messages', {
              params: { ...ofConversation(id), ...waiting },
              body,
            }),
          )
        : ask(api.POST('/api/v1/conversations', { params: waiting, body })),
    // What was said is shown as being on its way until the list has it.
    onSuccess: (reply) => takeReply(client, reply),
  });
}

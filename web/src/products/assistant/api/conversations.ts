// Conversations with the assistant, and saying something in them.
import { keepPreviousData, useMutation, useQuery, useQueryClient, type QueryClient } from '@tanstack/react-query';
import { useEffect, useRef } from 'react';
import { api, ask } from '@/kit/api/http';
import { refresh } from '@/kit/api/refresh';
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

/** By then a job of the server has said what nobody waited for. */
const lateMs = [0, 1_500, 4_000];

/**
 * What came of a task is said a little after it ends, when whoever set it going waits no more, or somebody else did: it is
 * looked for. `stands`: the newest task and its phase.
 */
export function useLateWords(id: string, stands: string, moving: boolean) {
  const client = useQueryClient();
  const before = useRef('');
  useEffect(() => {
    const changed = before.current !== '' && before.current !== stands;
    before.current = stands;
    if (moving || !changed) return;
    const timers = lateMs.map((ms) => setTimeout(() => void refresh(client, assistantKeys.messages(id)), ms));
    return () => timers.forEach(clearTimeout);
  }, [client, id, stands, moving]);
}

/** Another title. */
export function useRenameConversation(id: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (title: string) =>
      ask(api.PUT('/api/v1/conversations/{conversation_id}', { params: ofConversation(id), body: { title } })),
    onSuccess: (conversation) => {
      client.setQueryData(assistantKeys.conversation(id), conversation);
      void refresh(client, assistantKeys.conversations);
    },
  });
}

/** With all that was said in it; its tasks stay. */
export function useDeleteConversation(id: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: () => ask(api.DELETE('/api/v1/conversations/{conversation_id}', { params: ofConversation(id) })),
    onSuccess: () => {
      for (const each of [assistantKeys.conversations, assistantKeys.taskLists, assistantKeys.lessons])
        void refresh(client, each);
    },
  });
}

/** What is known of it, once nobody looks at it any more. */
export function forgetConversation(client: QueryClient, id: string) {
  client.removeQueries({ queryKey: assistantKeys.conversation(id) });
  client.removeQueries({ queryKey: assistantKeys.messages(id) });
}

export interface Said {
  text: string;
  files?: { uri: string; name: string }[];
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

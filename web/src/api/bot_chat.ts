// Talking to a bot in a real room, as the account that is signed in. Answers come by a stream, and so does each edit of
// one while it is being written.
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { api } from './http';
import { followVisibility, LiveStream, type LiveState } from './live';
import type { BotChat, ChatMessage } from './types';

const chatKey = (botId: string) => ['chat', botId] as const;
const shownMessages = 100;
/** A typing notice that was never taken back ends here. */
const typingEndsMs = 30_000;

/** Puts a message where it belongs: in place of its older self, or at the end. The oldest go when there are too many. */
export function putMessage(items: ChatMessage[], { replaces, ...message }: ChatMessage): ChatMessage[] {
  const own = replaces ?? message.event_id;
  const place = items.findIndex(({ event_id }) => event_id === own);
  // An edit brings new text; the message stays where it was said.
  if (place >= 0) return items.map((item, at) => (at === place ? { ...message, event_id: own, at: item.at, edited: item.edited || replaces !== undefined || message.edited } : item));
  if (replaces !== undefined) return items; // Of something older than what is shown.
  const before = items.findLastIndex((item) => item.at <= message.at);
  const next = [...items.slice(0, before + 1), message, ...items.slice(before + 1)];
  return next.length > shownMessages * 3 ? next.slice(-shownMessages * 2) : next;
}

export function useBotChat(botId: string) {
  const client = useQueryClient();
  const [typing, setTyping] = useState(false);
  const [live, setLive] = useState<LiveState>('connecting');
  const chat = useQuery({
    queryKey: chatKey(botId),
    queryFn: ({ signal }) => api.get('/api/v1/bots/{bot_id}/chat', { path: { bot_id: botId }, query: { limit: shownMessages }, signal }),
    staleTime: 0,
  });
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const stream = new LiveStream<'message' | 'typing'>({
      onState: setLive,
      // Listen first, then look: what is said between the list and the stream would be lost otherwise.
      onOpen: () => void client.invalidateQueries({ queryKey: chatKey(botId) }),
      onEvent: (name, data) => {
        clearTimeout(timer);
        if (name === 'typing') {
          const on = typingOf(data);
          setTyping(on);
          if (on) timer = setTimeout(() => setTyping(false), typingEndsMs);
          return;
        }
        const message = data as ChatMessage;
        client.setQueryData<BotChat>(chatKey(botId), (seen) => seen && { ...seen, items: putMessage(seen.items, message) });
      },
    }, { path: `/api/v1/bots/${encodeURIComponent(botId)}/chat/live`, resume: 'since', names: ['message', 'typing'] });
    const letGo = followVisibility(stream);
    return () => { clearTimeout(timer); letGo(); stream.close(); };
  }, [client, botId]);
  // An answer that was being written when the page came is known from the list; after that the stream tells.
  const [told, setTold] = useState(false);
  useEffect(() => { if (chat.data && !told) { setTold(true); setTyping(chat.data.typing); } }, [chat.data, told]);
  return { chat, typing, live };
}

function typingOf(data: unknown): boolean {
  return typeof data === 'object' && data !== null && (data as { typing?: boolean }).typing === true;
}

export function useSendToBot(botId: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (text: string) => api.post('/api/v1/bots/{bot_id}/chat', { path: { bot_id: botId }, body: { text } }),
    // The stream tells of it too; the first message makes the room, which only the list knows.
    onSuccess: () => void client.invalidateQueries({ queryKey: chatKey(botId) }),
  });
}

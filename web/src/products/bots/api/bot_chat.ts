// Talking to a bot in a real room, as the account that is signed in. Answers come by a stream, and so does each edit of
// one while it is being written.
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useCallback, useEffect, useRef, useState } from 'react';
import { putMessage, shownMessages, Streamed } from './chat_messages';
import { api, ask } from '@/kit/api/http';
import { followVisibility, LiveStream, type LiveState } from '@/kit/api/live';
import { refresh } from '@/kit/api/refresh';
import type { BotChat, ChatMessage } from '@/kit/api/types';

const chatKey = (botId: string) => ['chat', botId] as const;
/** The server renews it every 20 seconds; a typing notice that was never taken back ends here. */
const typingEndsMs = 30_000;

export function useBotChat(botId: string) {
  const client = useQueryClient();
  const [typing, showTyping] = useTyping();
  const [live, setLive] = useState<LiveState>('connecting');
  const streamed = useRef(new Streamed());
  const typingHeard = useRef(0);
  const chat = useQuery({
    queryKey: chatKey(botId),
    queryFn: async ({ signal }) => {
      const mark = streamed.current.mark();
      const heard = typingHeard.current;
      const list = await ask(
        api.GET('/api/v1/bots/{bot_id}/chat', {
          params: { path: { bot_id: botId }, query: { limit: shownMessages } },
          signal,
        }),
      );
      // Known before the stream tells: an answer that was being written when the page came, or that ended while it was away.
      if (heard === typingHeard.current) showTyping(list.typing);
      return { ...list, items: streamed.current.addTo(list.items, mark) };
    },
    staleTime: 0,
  });
  useEffect(() => {
    const heard = streamed.current;
    const stream = new LiveStream<'message' | 'typing'>(
      {
        onState: setLive,
        // Listen first, then look: what is said between the list and the stream would be lost otherwise.
        onOpen: () => void refresh(client, chatKey(botId)),
        onEvent: (name, data) => {
          if (name === 'typing') {
            typingHeard.current++;
            return showTyping(typingOf(data));
          }
          const message = data as ChatMessage;
          heard.add(message);
          client.setQueryData<BotChat>(
            chatKey(botId),
            (seen) => seen && { ...seen, items: putMessage(seen.items, message) },
          );
        },
      },
      { path: `/api/v1/bots/${encodeURIComponent(botId)}/chat/live`, resume: 'since', names: ['message', 'typing'] },
    );
    const letGo = followVisibility(stream);
    return () => {
      letGo();
      stream.close();
      heard.clear();
    };
  }, [client, botId, showTyping]);
  return { chat, typing, live };
}

function useTyping(): [boolean, (on: boolean) => void] {
  const [typing, setTyping] = useState(false);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const show = useCallback((on: boolean) => {
    clearTimeout(timer.current);
    setTyping(on);
    if (on) timer.current = setTimeout(() => setTyping(false), typingEndsMs);
  }, []);
  useEffect(() => () => clearTimeout(timer.current), []);
  return [typing, show];
}

function typingOf(data: unknown): boolean {
  return typeof data === 'object' && data !== null && (data as { typing?: boolean }).typing === true;
}

export function useSendToBot(botId: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (text: string) =>
      ask(api.POST('/api/v1/bots/{bot_id}/chat', { params: { path: { bot_id: botId } }, body: { text } })),
    // The stream tells of it too; the first message makes the room, which only the list knows.
    onSuccess: () => void refresh(client, chatKey(botId)),
  });
}

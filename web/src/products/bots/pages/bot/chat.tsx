// Talking to the bot in a real room, as oneself: a try without a Matrix client, and the same messages in one.
import { Button, Textarea } from '@mantine/core';
import { useEffect, useRef, useState, type FormEvent, type KeyboardEvent } from 'react';
import { useBotChat, useSendToBot } from '../../api/bot_chat';
import { useMe } from '@/kit/api/session';
import type { Bot, ChatMessage } from '@/kit/api/types';
import { Copyable } from '@/kit/copy';
import { draftOf, dropDrafts, readDraft, useDraft } from '@/kit/drafts';
import { Empty, Loading, Problem } from '@/kit/feedback';
import { Icon } from '@/kit/icons';
import { useStayAtEnd } from '@/kit/stay_at_end';
import { sayClock, sayExactly, useNow } from '@/kit/time';
import { wordsOf } from '../../parts/words';
import { isUp } from '../../parts/state_badge';
import { RichMessage } from '../../parts/rich_message';
import { StartStop } from '../bot_actions';
import { bounds } from '@/kit/api/bounds';
import { lengthProblem } from '@/kit/limits';
import { shownName } from '@/kit/names';
import { useShownBot } from './page';

export default function BotChat() {
  const bot = useShownBot();
  const me = useMe();
  if (!me.user_id)
    return (
      <section className="section">
        <Empty icon="chat" title="A key cannot chat">
          Sign in with an account of this server to talk to the bot.
        </Empty>
      </section>
    );
  return <Chat bot={bot} own={me.user_id} />;
}

function Chat({ bot, own }: { bot: Bot; own: string }) {
  const { chat, typing, live } = useBotChat(bot.bot_id);
  const messages = chat.data?.items ?? [];
  return (
    <section className="section" aria-label="Chat">
      <div className="panel chat">
        {chat.isPending ? (
          <div className="panel-pad">
            <Loading rows={3} />
          </div>
        ) : chat.error && !chat.data ? (
          <div className="panel-pad">
            <Problem error={chat.error} title="The chat could not be loaded" onRetry={() => void chat.refetch()} />
          </div>
        ) : (
          <Messages messages={messages} bot={bot} own={own} typing={typing} />
        )}
        <Composer key={bot.bot_id} bot={bot} live={live === 'live'} />
      </div>
      {chat.data?.room_id && (
        <p className="small dim chat-room">
          These messages are in the room <Copyable value={chat.data.room_id} what="room id" />: your Matrix client shows
          it too.
        </p>
      )}
    </section>
  );
}

function Messages({ messages, bot, own, typing }: { messages: ChatMessage[]; bot: Bot; own: string; typing: boolean }) {
  const { list, scrolled } = useStayAtEnd();
  const now = useNow();
  const name = shownName(bot.display_name, bot.bot_id);
  return (
    <div
      className="chat-list"
      ref={list}
      onScroll={scrolled}
      tabIndex={0}
      role="log"
      aria-label={`Messages with ${name}`}
    >
      {messages.length === 0 && !typing && (
        <div className="chat-empty">
          <Icon name="chat" size={28} />
          <p>Say something to {name}. The first message makes a direct room for the two of you.</p>
        </div>
      )}
      {messages.map((message) => (
        <article
          key={message.event_id}
          className="message"
          data-own={message.sender === own || undefined}
          aria-label={message.sender === own ? 'You' : message.sender === bot.user_id ? name : message.sender}
        >
          <div className="bubble">
            <RichMessage body={message.body} html={message.html} />
          </div>
          <div className="message-foot dim">
            {message.sender !== own && message.sender !== bot.user_id && (
              <span className="mono">{message.sender} </span>
            )}
            <time dateTime={message.at} title={sayExactly(message.at)}>
              {sayClock(message.at, now)}
            </time>
            {message.edited && ' · edited'}
          </div>
        </article>
      ))}
      <div role="status" className="chat-typing">
        {typing && (
          <>
            <span className="typing-dots" aria-hidden="true">
              <i />
              <i />
              <i />
            </span>
            <span className="small dim">{name} is typing</span>
          </>
        )}
      </div>
    </div>
  );
}

function Composer({ bot, live }: { bot: Bot; live: boolean }) {
  const send = useSendToBot(bot.bot_id);
  const kept = draftOf.chat(bot.bot_id);
  const [text, setText] = useState(() => readDraft<string>(kept) ?? '');
  useDraft(kept, text, text !== '');
  const field = useRef<HTMLTextAreaElement>(null);
  const running = isUp(bot.state);
  // Told, and not cut: whoever pastes a long text would lose its end without a word.
  const tooLong = text.trim() && lengthProblem(text.trim(), bounds.ChatText.text);
  useEffect(() => {
    if (running) field.current?.focus({ preventScroll: true });
  }, [running]);
  const submit = (event?: FormEvent) => {
    event?.preventDefault();
    const said = text.trim();
    if (!said || tooLong || send.isPending) return;
    const sent = () => {
      if (readDraft<string>(kept)?.trim() === said) dropDrafts(kept); // Even when nobody is here any more.
      setText((now) => (now.trim() === said ? '' : now));
      field.current?.focus();
    };
    send.mutateAsync(said).then(sent, () => {}); // Why it was not sent is shown above the field.
  };
  const keyed = (event: KeyboardEvent) => {
    // While a character is being composed (Japanese, for one) Enter belongs to the composing.
    if (event.key === 'Enter' && !event.shiftKey && !event.nativeEvent.isComposing) submit(event);
  };
  return (
    <form className="composer" onSubmit={submit}>
      {!running && (
        <div className="composer-note small">
          <span>
            {bot.state === 'starting'
              ? 'The bot is starting; it answers when it runs.'
              : `The bot is ${wordsOf(bot.state)}: it answers nothing until it runs.`}
          </span>{' '}
          {bot.state !== 'starting' && <StartStop bot={bot} size="xs" />}
        </div>
      )}
      {send.error && <Problem error={send.error} title="The message was not sent" />}
      <div className="composer-row">
        <Textarea
          ref={field}
          aria-label={`Message to ${shownName(bot.display_name, bot.bot_id)}`}
          placeholder="Message"
          autosize
          minRows={1}
          maxRows={8}
          error={tooLong}
          value={text}
          onChange={(event) => setText(event.currentTarget.value)}
          onKeyDown={keyed}
        />
        <Button
          type="submit"
          aria-label="Send"
          loading={send.isPending}
          aria-disabled={!text.trim() || !!tooLong}
          data-disabled={!text.trim() || !!tooLong || undefined}
        >
          <Icon name="send" size={18} />
        </Button>
      </div>
      <div className="composer-foot small dim">
        <span>Enter sends, Shift + Enter begins a line.</span>
        <span className="live-dot" data-state={live ? 'live' : 'connecting'}>
          {live ? 'Live' : 'Connecting'}
        </span>
      </div>
    </form>
  );
}

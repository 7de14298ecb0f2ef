// What was said, oldest first, and under the newest task's last words the card of that task.
import { Button } from '@mantine/core';
import { Fragment, useEffect, useRef } from 'react';
import { Link } from 'react-router';
import { RichMessage } from '@/products/bots/parts/rich_message';
import type { Message, Reply, Task } from '../../api/types';
import { markdownToHtml } from '../../parts/markdown';
import { taskPath } from '../../parts/paths';
import { useSayAction } from '../../parts/say_action';
import { seenText } from '../../parts/seen_text';
import { TaskState } from '../../parts/state';
import { TaskCard } from '../../parts/task_card';
import { actionOf } from '../../parts/task_names';

const slackPx = 60;
const clock = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short' });

interface Props {
  messages: Message[];
  /** Of this conversation. */
  tasks: Task[];
  /** The newest task, as it is now. */
  newest: Reply | undefined;
  /** What was typed and is on its way. */
  sending: string | undefined;
  onEarlier: (() => void) | undefined;
}

export function Messages({ messages, tasks, newest, sending, onEarlier }: Props) {
  const { list, inside, scrolled } = useStayAtEnd();
  const byId = new Map(tasks.map((task) => [task.task_id, task]));
  const lastOf = new Map(messages.filter(({ task_id }) => task_id).map(({ task_id, number }) => [task_id, number]));
  const newestId = newest?.task?.task_id;
  return (
    <div
      className="chat-list"
      ref={list}
      onScroll={scrolled}
      tabIndex={0}
      role="log"
      aria-label="What was said"
      aria-busy={sending !== undefined}
    >
      <div className="chat-items" ref={inside}>
        {onEarlier && (
          <div className="chat-earlier">
            <Button size="xs" variant="default" onClick={onEarlier}>
              Show what was said before
            </Button>
          </div>
        )}
        {messages.map((message) => {
          const ends = message.task_id !== undefined && lastOf.get(message.task_id) === message.number;
          const older = ends && message.task_id !== newestId ? byId.get(message.task_id!) : undefined;
          return (
            <Fragment key={message.number}>
              <Bubble message={message} />
              {ends && message.task_id === newestId && newest && (
                <div className="chat-card">
                  <TaskCard view={newest} inChat />
                </div>
              )}
              {older && <OlderTask task={older} />}
            </Fragment>
          );
        })}
        {sending !== undefined && (
          <article className="message" data-own aria-label="You">
            <div className="bubble sending" dir="auto">
              {sending}
            </div>
          </article>
        )}
        <div role="status" className="chat-typing">
          {sending !== undefined && (
            <>
              <span className="typing-dots" aria-hidden="true">
                <i />
                <i />
                <i />
              </span>
              <span className="small dim">Looking at what you want</span>
            </>
          )}
        </div>
      </div>
    </div>
  );
}

function Bubble({ message: { role, content, created_at } }: { message: Message }) {
  const own = role === 'user';
  return (
    <article
      className="message"
      data-own={own || undefined}
      data-role={role}
      aria-label={own ? 'You' : role === 'assistant' ? 'Assistant' : 'Note'}
    >
      <div className="bubble" dir="auto">
        {own ? <RichMessage body={content} /> : <RichMessage body={content} html={markdownToHtml(seenText(content))} />}
      </div>
      <div className="message-foot dim">
        <time dateTime={created_at}>{clock.format(new Date(created_at))}</time>
      </div>
    </article>
  );
}

function OlderTask({ task }: { task: Task }) {
  const say = useSayAction();
  return (
    <p className="older-task small" data-task={task.task_id}>
      <TaskState phase={task.phase} />
      <Link to={taskPath(task.task_id)}>{say(actionOf(task))}</Link>
    </p>
  );
}

/** Who reads the end stays there when something comes; who went back up stays where they are. */
function useStayAtEnd() {
  const list = useRef<HTMLDivElement>(null);
  const inside = useRef<HTMLDivElement>(null);
  const atEnd = useRef(true);
  const lastTop = useRef(0);
  useEffect(() => {
    const follow = () => {
      if (list.current && atEnd.current) list.current.scrollTop = list.current.scrollHeight;
    };
    // What is in it grows by itself while a task runs; a long text makes the field below taller and the list smaller.
    const watch = new ResizeObserver(follow);
    watch.observe(list.current!);
    watch.observe(inside.current!);
    return () => watch.disconnect();
  }, []);
  const scrolled = () => {
    const { scrollTop, scrollHeight, clientHeight } = list.current!;
    // Only who goes back up wants to stay there: the end may also have moved away by itself.
    if (scrollHeight - scrollTop - clientHeight < slackPx) atEnd.current = true;
    else if (scrollTop < lastTop.current) atEnd.current = false;
    lastTop.current = scrollTop;
  };
  return { list, inside, scrolled };
}

// What was said, oldest first, and under the newest task's last words the card of that task.
import { Button } from '@mantine/core';
import { Fragment, type ReactNode } from 'react';
import { Link } from 'react-router';
import { useStayAtEnd } from '@/kit/stay_at_end';
import { RichMessage } from '@/products/bots/parts/rich_message';
import type { Message, Reply, Task } from '../../api/types';
import { Explanation } from '../../parts/explanation';
import { markdownToHtml } from '../../parts/markdown';
import { taskPath } from '../../parts/paths';
import { seenText } from '../../parts/seen_text';
import { TaskState } from '../../parts/state';
import { TaskCard } from '../../parts/task_card';
import { useSayTask } from '../../parts/say_task';
import { isMoving } from '../../parts/words';

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
  /** Under the last words, where no task stands there. */
  end?: ReactNode;
}

export function Messages({ messages, tasks, newest, sending, onEarlier, end }: Props) {
  const byId = new Map(tasks.map((task) => [task.task_id, task]));
  const lastOf = new Map(messages.filter(({ task_id }) => task_id).map(({ task_id, number }) => [task_id, number]));
  const newestId = newest?.task?.task_id;
  const phase = newest?.task?.phase;
  // What is asked is read from its top; while it runs, the newest step is the end.
  const kept = phase && !isMoving(phase) ? `${newestId} ${phase}` : '';
  const { list, inside, keep, scrolled } = useStayAtEnd(kept);
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
              <Bubble
                message={message}
                folded={
                  ends && message.task_id === newestId && saysTheSame(newest) && !message.content.startsWith(noneOfThem)
                }
              />
              {ends && message.task_id === newestId && newest && (
                <div className="chat-card" ref={kept ? keep : undefined}>
                  <TaskCard view={newest} inChat />
                  <Explanation key={newestId} explanation={newest.explanation} taskId={message.task_id!} />
                </div>
              )}
              {older && <OlderTask task={older} />}
            </Fragment>
          );
        })}
        {end}
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

/** How the server answers what is no choice of its question: that stands in no card. */
const noneOfThem = 'That is none of these choices.';

/** Whether the card under it has all that the assistant said: a plan, a choice, or the calls that need a yes. */
const saysTheSame = (view: Reply | undefined) =>
  view?.task !== undefined &&
  ((view.question?.choices.length ?? 0) > 0 || view.approval !== undefined || view.task.phase === 'planned');

interface BubbleProps {
  message: Message;
  /** A card says the same. */
  folded: boolean;
}

function Bubble({ message: { role, content, created_at }, folded }: BubbleProps) {
  const own = role === 'user';
  const said = (
    <div className="bubble" dir="auto">
      {own ? <RichMessage body={content} /> : <RichMessage body={content} html={markdownToHtml(seenText(content))} />}
    </div>
  );
  return (
    <article
      className="message"
      data-own={own || undefined}
      data-role={role}
      aria-label={own ? 'You' : role === 'assistant' ? 'Assistant' : 'Note'}
    >
      {folded && role === 'assistant' ? (
        <details className="folded small">
          <summary>The same in words</summary>
          {said}
        </details>
      ) : (
        said
      )}
      <div className="message-foot dim">
        <time dateTime={created_at}>{clock.format(new Date(created_at))}</time>
      </div>
    </article>
  );
}

function OlderTask({ task }: { task: Task }) {
  const say = useSayTask([task]);
  return (
    <p className="older-task small" data-task={task.task_id}>
      <TaskState phase={task.phase} />
      <Link to={taskPath(task.task_id)}>{say(task)}</Link>
    </p>
  );
}

// One conversation: what was said, what the newest task wants or brought, and the field to say something.
import { useState } from 'react';
import { useNavigate } from 'react-router';
import { Loading, Problem } from '@/kit/feedback';
import { useMessages, useSay } from '../../api/conversations';
import { useTask, useTaskLive, useTasksOf } from '../../api/tasks';
import { chatPath } from '../../parts/paths';
import { Composer } from './composer';
import { Messages } from './messages';
import { Welcome } from './welcome';

/** The newest so many are shown at first, and so many more each time one asks for earlier ones. */
const shownAtFirst = 50;

interface Props {
  /** '' while nothing was said. */
  id: string;
  /** How many there were when it was opened. */
  messages: number;
  title?: string;
}

export function Talk({ id, messages, title }: Props) {
  const [from, setFrom] = useState(Math.max(0, messages - shownAtFirst));
  const [text, setText] = useState('');
  const navigate = useNavigate();
  const said = useMessages(id, from);
  const tasks = useTasksOf(id);
  const say = useSay(id);
  const list = said.data ?? [];
  const newest = list.findLast(({ task_id }) => task_id)?.task_id ?? '';
  const task = useTask(newest);
  const asks = task.data?.question;
  useTaskLive(newest, newest !== '' && say.isPending);
  const send = async () => {
    const words = text.trim();
    if (!words || say.isPending) return;
    setText('');
    try {
      const reply = await say.mutateAsync({ text: words, ...(asks && { task_id: newest }) });
      if (!id) void navigate(chatPath(reply.conversation_id), { replace: true });
    } catch {
      setText((now) => now || words); // The reason stands above the field.
    }
  };
  return (
    <section className="panel chat" aria-label={title ? `Chat: ${title}` : 'Chat'}>
      {id !== '' && <h2 className="visually-hidden">{title || 'Chat'}</h2>}
      {id === '' && !say.isPending ? (
        <Welcome onPick={setText} />
      ) : said.isPending && id !== '' ? (
        <div className="panel-pad">
          <Loading rows={3} />
        </div>
      ) : said.error && !said.data ? (
        <div className="panel-pad">
          <Problem error={said.error} title="What was said could not be loaded" onRetry={() => void said.refetch()} />
        </div>
      ) : (
        <Messages
          messages={list}
          tasks={tasks.data?.items ?? []}
          newest={task.data}
          sending={say.isPending ? say.variables.text : undefined}
          onEarlier={from > 0 ? () => setFrom(Math.max(0, from - shownAtFirst)) : undefined}
        />
      )}
      {task.error && !task.data && (
        <Problem error={task.error} title="Its task could not be loaded" onRetry={() => void task.refetch()} />
      )}
      <Composer
        text={text}
        onText={setText}
        onSend={() => void send()}
        busy={say.isPending}
        error={say.error}
        takesFocus={!asks || asks.choices.length === 0}
        placeholder={
          asks ? (asks.choices.length > 0 ? 'A number, or in your words' : 'Your answer') : 'What should be done?'
        }
      />
    </section>
  );
}

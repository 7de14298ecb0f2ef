// One conversation: what was said, what the newest task wants or brought, and the field to say something.
import { useState } from 'react';
import { useNavigate } from 'react-router';
import { Loading, Problem } from '@/kit/feedback';
import { useLateWords, useMessages, useSay } from '../../api/conversations';
import { useTask, useTaskLive, useTasksOf } from '../../api/tasks';
import { chatPath } from '../../parts/paths';
import { useClearWhenBack } from '../../parts/clear_when_back';
import { Explanation } from '../../parts/explanation';
import { isMoving } from '../../parts/words';
import { useAttachments } from './attachments';
import { Composer, textProblem } from './composer';
import { ConversationHead } from './head';
import { Messages } from './messages';
import { Welcome } from './welcome';

/** The newest so many are shown at first, and so many more each time one asks for earlier ones. */
const shownAtFirst = 50;

/** As long as a name may be. */
const shortName = (name: string) => name.slice(-200);

interface Props {
  /** '' while nothing was said. */
  id: string;
  /** How many there were when it was opened. */
  messages: number;
  title?: string;
  /** How many it ever led to. */
  tasks?: number;
}

export function Talk({ id, messages, title, tasks: taskCount = 0 }: Props) {
  const [from, setFrom] = useState(Math.max(0, messages - shownAtFirst));
  const [text, setText] = useState('');
  const files = useAttachments();
  const navigate = useNavigate();
  const said = useMessages(id, from);
  const tasks = useTasksOf(id);
  const say = useSay(id);
  const list = said.data ?? [];
  const newest = list.findLast(({ task_id }) => task_id)?.task_id ?? '';
  const task = useTask(newest);
  const asks = task.data?.question;
  // What led to no task is explained as long as nothing else was said.
  const led = !say.isPending && say.data?.kind === 'nothing' ? say.data : undefined;
  const phase = task.data?.task?.phase;
  useTaskLive(newest, newest !== '' && say.isPending);
  useLateWords(id, phase === undefined ? '' : `${newest} ${phase}`, phase !== undefined && isMoving(phase));
  useClearWhenBack(say);
  const type = (now: string) => {
    setText(now);
    if (say.error) say.reset();
  };
  const sent = files.list.filter(({ uri }) => uri);
  // A file that was asked for needs no words.
  const words = text.trim() || (asks ? sent.map(({ name }) => name).join(', ') : '');
  const ready = words !== '' && !textProblem(words) && !files.busy && sent.length === files.list.length;
  const send = async () => {
    if (!ready || say.isPending) return;
    setText('');
    try {
      const reply = await say.mutateAsync({
        text: words,
        ...(asks && { task_id: newest }),
        ...(sent.length > 0 && { files: sent.map(({ uri, name }) => ({ uri, name: shortName(name) })) }),
      });
      files.clear();
      if (!id) void navigate(chatPath(reply.conversation_id), { replace: true });
    } catch {
      setText((now) => now || text); // The reason stands above the field.
    }
  };
  return (
    <section className="panel chat" aria-label={title ? `Chat: ${title}` : 'Chat'}>
      {id !== '' && <ConversationHead id={id} title={title ?? ''} tasks={taskCount} />}
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
          end={said.data && led && <Explanation key={list.length} explanation={led.explanation} taskId="" />}
          onEarlier={from > 0 ? () => setFrom(Math.max(0, from - shownAtFirst)) : undefined}
        />
      )}
      {task.error && !task.data && (
        <Problem error={task.error} title="Its task could not be loaded" onRetry={() => void task.refetch()} />
      )}
      <Composer
        text={text}
        onText={type}
        onSend={() => void send()}
        ready={ready}
        files={files}
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

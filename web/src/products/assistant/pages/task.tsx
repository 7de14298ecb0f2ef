// One task: what it wants or brought, and everything that it did, with who said yes and when.
import { Button } from '@mantine/core';
import { Link, useParams } from 'react-router';
import { ApiError } from '@/kit/api/http';
import { Copyable } from '@/kit/copy';
import { Empty, Loading, Problem } from '@/kit/feedback';
import { Ago } from '@/kit/time';
import { useTask } from '../api/tasks';
import type { Reply, Task } from '../api/types';
import { CancelTask } from '../parts/cancel_task';
import { Explanation } from '../parts/explanation';
import { chatPath, taskPath } from '../parts/paths';
import { RunAgain } from '../parts/result_card';
import { useSayTask } from '../parts/say_task';
import { seenText } from '../parts/seen_text';
import { TaskState } from '../parts/state';
import { TaskCard } from '../parts/task_card';
import { isUndo } from '../parts/task_names';
import { UndoTask } from '../parts/undo_task';
import { Values } from '../parts/values';
import { isEnded, isMoving } from '../parts/words';
import { Calls } from './task/calls';
import { Commands } from './task/commands';
import { Decisions } from './task/decisions';
import { Steps } from './task/steps';

export default function TaskPage() {
  const { taskId = '' } = useParams();
  const found = useTask(taskId);
  if (found.isPending) return <Loading rows={4} height={70} />;
  const view = found.data;
  if (!view?.task) {
    const gone = !found.error || (found.error instanceof ApiError && found.error.status === 404);
    return gone ? (
      <Empty
        icon="spark"
        title="No such task"
        action={
          <Button component={Link} to="/ui/assistant/tasks">
            All tasks
          </Button>
        }
      >
        It may be somebody else’s, or so old that it was removed.
      </Empty>
    ) : (
      <Problem error={found.error} title="The task could not be loaded" onRetry={() => void found.refetch()} />
    );
  }
  return <TaskBody key={taskId} view={view} task={view.task} />;
}

function TaskBody({ view, task }: { view: Reply; task: Task }) {
  const say = useSayTask([task]);
  const planned = task.phase === 'planned';
  return (
    <>
      <p className="small way-back">
        <Link to="/ui/assistant/tasks">All tasks</Link>
      </p>
      <div className="section-head">
        <h2>{say(task)}</h2>
        <span className="row-buttons">
          <TaskState phase={task.phase} />
          {!isEnded(task.phase) && !isMoving(task.phase) && !planned && <CancelTask taskId={task.task_id} />}
          {task.phase === 'done' && (
            <>
              <RunAgain task={task} />
              <UndoTask task={task} />
            </>
          )}
        </span>
      </div>
      <div className="two-columns">
        <section className="section panel panel-pad" aria-label="How it stands">
          <TaskCard view={view} />
          <Explanation key={task.task_id} explanation={view.explanation} taskId={task.task_id} />
        </section>
        <section className="section panel panel-pad" aria-label="What was asked for">
          <h3 className="part-head">What was asked for</h3>
          {!isUndo(task) && <Values of={task.inputs} none="Nothing more than that." />}
          <Facts task={task} />
        </section>
      </div>
      {!planned && (
        <>
          <Steps task={task} />
          <Decisions taskId={task.task_id} />
          <Calls taskId={task.task_id} />
          <Commands taskId={task.task_id} />
        </>
      )}
    </>
  );
}

function Facts({ task }: { task: Task }) {
  return (
    <dl className="facts">
      <dt>By</dt>
      <dd className="mono">{seenText(task.owner)}</dd>
      <dt>Asked</dt>
      <dd>
        <Ago at={task.created_at} />
      </dd>
      <dt>Changed</dt>
      <dd>
        <Ago at={task.updated_at} />
      </dd>
      <dt>In</dt>
      <dd>
        <Link to={chatPath(task.conversation_id)}>its conversation</Link>
      </dd>
      {task.parent_task && (
        <>
          <dt>{isUndo(task) ? 'Undoes' : 'From'}</dt>
          <dd>
            <Link to={taskPath(task.parent_task)}>
              {isUndo(task) ? 'an earlier task' : `step ${task.parent_step ?? 1} of an earlier task`}
            </Link>
          </dd>
        </>
      )}
      <dt>Id</dt>
      <dd>
        <Copyable value={task.task_id} what="task id" />
      </dd>
    </dl>
  );
}

// How a task ended: its result, or why there is none and what to do now.
import { Alert, Button } from '@mantine/core';
import { Link, useNavigate } from 'react-router';
import { Problem } from '@/kit/feedback';
import { Icon } from '@/kit/icons';
import { useFork } from '../api/tasks';
import type { Task, TaskFile } from '../api/types';
import { taskPath } from './paths';
import { ResultView } from './result_view';
import { seenText } from './seen_text';
import { TaskFiles } from './task_files';
import { isUndo } from './task_names';
import { UndoTask } from './undo_task';

/** `linked`: the steps stand elsewhere. */
export function ResultCard({ task, files, linked }: { task: Task; files: TaskFile[]; linked: boolean }) {
  return (
    <div className="ask-card" data-card="result">
      <h3>What came of it</h3>
      <ResultView result={task.result} />
      <TaskFiles files={files} />
      {linked && (
        <div className="card-buttons">
          <UndoTask task={task} />
          <StepsLink task={task} />
        </div>
      )}
    </div>
  );
}

function StepsLink({ task }: { task: Task }) {
  return (
    <Link className="small" to={taskPath(task.task_id)}>
      What ran, step by step
    </Link>
  );
}

const endings: Record<string, { title: string; next: string }> = {
  failed: {
    title: 'This did not work',
    next: 'The steps say where it stopped. When the cause is gone, run it again: steps that change something and were done are listed there.',
  },
  rejected: { title: 'This was rejected', next: 'Nothing that needed the yes was done.' },
  cancelled: { title: 'This was cancelled', next: 'What was done before stays done: the steps list it.' },
};

export function EndedCard({ task, files, linked }: { task: Task; files: TaskFile[]; linked: boolean }) {
  const { title, next } = endings[task.phase] ?? { title: 'This ended', next: 'The steps say how.' };
  return (
    <div className="ask-card" data-card="ended">
      <Alert
        color={task.phase === 'failed' ? 'red' : 'gray'}
        variant="light"
        title={title}
        icon={<Icon name={task.phase === 'failed' ? 'alert' : 'stop'} />}
      >
        {task.reason && <p dir="auto">{seenText(task.reason)}</p>}
        <p className="small">{next}</p>
      </Alert>
      <TaskFiles files={files} />
      <div className="card-buttons">
        <RunAgain task={task} />
        <UndoTask task={task} />
        {linked && <StepsLink task={task} />}
      </div>
    </div>
  );
}

/** A plan of its own: it is shown before anything runs. */
export function RunAgain({ task }: { task: Task }) {
  const fork = useFork(task.task_id);
  const navigate = useNavigate();
  if (isUndo(task)) return null; // What is left is undone from the task that did it.
  return (
    <>
      <Button
        variant="default"
        size="xs"
        leftSection={<Icon name="again" size={15} />}
        loading={fork.isPending}
        onClick={() =>
          fork.mutate(1, { onSuccess: (reply) => reply.task && void navigate(taskPath(reply.task.task_id)) })
        }
      >
        Run again
      </Button>
      {fork.error && <Problem error={fork.error} title="It could not be begun again" />}
    </>
  );
}

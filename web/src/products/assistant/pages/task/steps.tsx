// The steps of a task, and a way to go on from any of them anew.
import { Button } from '@mantine/core';
import { useNavigate } from 'react-router';
import { Loading, Problem } from '@/kit/feedback';
import { Icon } from '@/kit/icons';
import { useFork, useSteps } from '../../api/tasks';
import type { Step, Task } from '../../api/types';
import { taskPath } from '../../parts/paths';
import { isUndo } from '../../parts/task_names';
import { StepList } from '../../parts/step_list';
import { isEnded, isMoving } from '../../parts/words';

export function Steps({ task }: { task: Task }) {
  const steps = useSteps(task.task_id);
  return (
    <section className="section" aria-labelledby="steps">
      <h2 id="steps">Steps</h2>
      {steps.isPending ? (
        <Loading rows={3} />
      ) : steps.error && !steps.data ? (
        <Problem error={steps.error} title="The steps could not be loaded" onRetry={() => void steps.refetch()} />
      ) : steps.data.length === 0 ? (
        <p className="dim">Nothing has run.</p>
      ) : (
        <div className="panel panel-pad">
          <StepList
            steps={steps.data}
            more={(step) => mayBeginAt(task, step) && <GoOnFrom task={task} step={step} />}
          />
        </div>
      )}
    </section>
  );
}

/** Not at the first step of what has ended: that is "Run again". */
const mayBeginAt = (task: Task, { number }: Step) =>
  !isMoving(task.phase) && !(number === 1 && isEnded(task.phase)) && !isUndo(task);

/** A plan of its own, which is shown before it runs; this task stays as it is. */
function GoOnFrom({ task, step }: { task: Task; step: Step }) {
  const fork = useFork(task.task_id);
  const navigate = useNavigate();
  return (
    <>
      <Button
        size="xs"
        variant="default"
        leftSection={<Icon name="flow" size={15} />}
        loading={fork.isPending}
        onClick={() =>
          fork.mutate(step.number, { onSuccess: (reply) => reply.task && void navigate(taskPath(reply.task.task_id)) })
        }
      >
        Begin anew from here <span className="visually-hidden">(step {step.number})</span>
      </Button>
      {fork.error && <Problem error={fork.error} title="It could not be begun from here" />}
    </>
  );
}

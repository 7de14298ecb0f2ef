// A task while it runs: its steps as they come.
import { useSteps, useTaskLive } from '../api/tasks';
import type { Task } from '../api/types';
import { CancelTask } from './cancel_task';
import { StepList } from './step_list';

export function ProgressCard({ task }: { task: Task }) {
  useTaskLive(task.task_id, true);
  const steps = useSteps(task.task_id);
  const stopping = task.phase === 'cancelling';
  return (
    <div className="ask-card" data-card="progress">
      <div role="status">
        <h3>{stopping ? 'Stopping before the next step' : 'Running'}</h3>
      </div>
      {steps.data && steps.data.length > 0 ? (
        <StepList steps={steps.data} />
      ) : (
        <p className="small dim">The first step is about to begin.</p>
      )}
      {!stopping && (
        <div className="card-buttons">
          <CancelTask taskId={task.task_id} />
        </div>
      )}
    </div>
  );
}

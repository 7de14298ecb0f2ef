// A task while it runs: its steps as they come.
import { Button } from '@mantine/core';
import { Problem } from '@/kit/feedback';
import { Icon } from '@/kit/icons';
import { useCancel, useSteps, useTaskLive } from '../api/tasks';
import type { Task } from '../api/types';
import { StepList } from './step_list';

export function ProgressCard({ task }: { task: Task }) {
  const live = useTaskLive(task.task_id);
  const steps = useSteps(task.task_id);
  const cancel = useCancel(task.task_id);
  const stopping = task.phase === 'cancelling';
  return (
    <div className="ask-card" data-card="progress">
      <div className="call-head">
        <h3 role="status">{stopping ? 'Stopping before the next step' : 'Running'}</h3>
        <span className="live-dot" data-state={live === 'live' ? 'live' : 'connecting'}>
          {live === 'live' ? 'Live' : 'Connecting'}
        </span>
      </div>
      {steps.data && steps.data.length > 0 ? (
        <StepList steps={steps.data} />
      ) : (
        <p className="small dim">The first step is about to begin.</p>
      )}
      {cancel.error && <Problem error={cancel.error} title="It was not cancelled" />}
      {!stopping && (
        <div className="card-buttons">
          <Button
            variant="default"
            leftSection={<Icon name="stop" size={16} />}
            loading={cancel.isPending}
            onClick={() => cancel.mutate()}
          >
            Stop
          </Button>
        </div>
      )}
    </div>
  );
}

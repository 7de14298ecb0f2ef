// What would be done, before anything is: Run, or not.
import { Button } from '@mantine/core';
import { Problem } from '@/kit/feedback';
import { Icon } from '@/kit/icons';
import { useCancel, useExecute, useTaskLive } from '../api/tasks';
import type { PlannedCall, Task } from '../api/types';
import { CallList } from './call_list';
import { useClearWhenBack } from './clear_when_back';
import { WhatStays } from './undo_task';

export function PlanCard({ task, steps }: { task: Task; steps: PlannedCall[] }) {
  const taskId = task.task_id;
  const execute = useExecute(taskId);
  const cancel = useCancel(taskId);
  useClearWhenBack(execute);
  useClearWhenBack(cancel);
  useTaskLive(taskId, execute.isPending);
  const busy = execute.isPending || cancel.isPending;
  const writes = steps.filter((step) => step.writes).length;
  return (
    <div className="ask-card" data-card="plan">
      <h3>What will be done</h3>
      <p className="small dim">
        {writes === 0
          ? 'Nothing is changed by this: it only looks things up.'
          : 'Nothing has been done yet. Values that an earlier step finds are filled in when it has run.'}{' '}
        A plan that is left does nothing; it stays under Tasks until it is cancelled or old.
      </p>
      {steps.length > 0 && <CallList calls={steps} label="What will be done" planned />}
      <WhatStays task={task} />
      {(execute.error ?? cancel.error) && (
        <Problem
          error={execute.error ?? cancel.error}
          title={execute.error ? 'It was not begun' : 'It was not cancelled'}
        />
      )}
      <div className="card-buttons">
        <Button
          leftSection={<Icon name="play" size={16} />}
          loading={execute.isPending}
          disabled={busy && !execute.isPending}
          onClick={() => execute.mutate()}
        >
          Run
        </Button>
        <Button
          variant="default"
          loading={cancel.isPending}
          disabled={busy && !cancel.isPending}
          onClick={() => cancel.mutate()}
        >
          Cancel
        </Button>
      </div>
    </div>
  );
}

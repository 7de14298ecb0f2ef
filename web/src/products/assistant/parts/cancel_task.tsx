// Ends a task before it is through: what was done stays done.
import { Button } from '@mantine/core';
import { useState } from 'react';
import { ConfirmDialog } from '@/kit/dialog';
import { tellDone } from '@/kit/feedback';
import { Icon } from '@/kit/icons';
import { useCancel } from '../api/tasks';

export function CancelTask({ taskId }: { taskId: string }) {
  const [asking, setAsking] = useState(false);
  const cancel = useCancel(taskId);
  const close = () => {
    cancel.reset();
    setAsking(false);
  };
  return (
    <>
      <Button variant="default" leftSection={<Icon name="stop" size={16} />} onClick={() => setAsking(true)}>
        Stop the task
      </Button>
      <ConfirmDialog
        title="Stop this task?"
        opened={asking}
        onClose={close}
        action="Stop it"
        pending={cancel.isPending}
        error={cancel.error}
        onConfirm={() =>
          cancel.mutate(undefined, {
            onSuccess: () => {
              close();
              tellDone('The task is stopped.');
            },
          })
        }
      >
        No further step begins. A call that is on its way is waited for, and what was done stays done.
      </ConfirmDialog>
    </>
  );
}

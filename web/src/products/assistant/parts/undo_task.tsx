// A way back from what a task changed: a task of its own, which shows what it would undo and what stays.
import { Button } from '@mantine/core';
import { useNavigate } from 'react-router';
import { Problem } from '@/kit/feedback';
import { Icon } from '@/kit/icons';
import { useTask, useUndo } from '../api/tasks';
import type { Task } from '../api/types';
import { taskPath } from './paths';
import { isUndo, keptBy } from './task_names';
import { seenText } from './seen_text';
import { useSayAction } from './say_action';
import { isEnded } from './words';

/** Only where something is left that its services can undo. Nothing runs yet: the plan is shown first. */
export function UndoTask({ task }: { task: Task }) {
  const mayBe = isEnded(task.phase) && task.steps > 0 && !isUndo(task);
  const now = useTask(mayBe ? task.task_id : '');
  const undo = useUndo(task.task_id);
  const navigate = useNavigate();
  if (!mayBe || !now.data?.undoable) return null;
  return (
    <>
      <Button
        variant="default"
        size="xs"
        leftSection={<Icon name="undo" size={15} />}
        loading={undo.isPending}
        onClick={() =>
          undo.mutate(undefined, { onSuccess: (reply) => reply.task && void navigate(taskPath(reply.task.task_id)) })
        }
      >
        Undo
      </Button>
      {undo.error && <Problem error={undo.error} title="It cannot be undone" />}
    </>
  );
}

/** Of a task that undoes: what it cannot, and why. */
export function WhatStays({ task }: { task: Task }) {
  const say = useSayAction();
  const kept = keptBy(task);
  if (kept.length === 0) return null;
  return (
    <div>
      <p>
        <strong>This cannot be undone, and stays:</strong>
      </p>
      <ul className="call-names" aria-label="What stays">
        {kept.map(({ action, why }, place) => (
          <li key={place}>
            {seenText(say(action))}
            {why && <span className="dim"> · {seenText(why)}</span>}
          </li>
        ))}
      </ul>
    </div>
  );
}

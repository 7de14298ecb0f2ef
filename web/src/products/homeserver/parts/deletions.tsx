// How far deletions of rooms are, and stopping one.
import { Button } from '@mantine/core';
import { useEffect, useEffectEvent, useState } from 'react';
import type { RoomDeletion } from '@/kit/api/types';
import { ConfirmDialog } from '@/kit/dialog';
import { tellDone } from '@/kit/feedback';
import { Icon } from '@/kit/icons';
import { Ago } from '@/kit/time';
import { isUnderWay, useCancelDeletion, useDeletions, useRefreshRooms } from '../api/rooms';

const count = (number: number) => number.toLocaleString('en');
const nameOf = ({ name, room_id }: RoomDeletion) => name || room_id;

/** Events beyond it are not counted: how far the work is cannot be said in parts of the whole. */
const mostCounted = 1_000_000;

/** How much of the work is done, 0 to 1; nothing when it is not known. People leave first, then events are removed. */
export function shareDone({ people, people_out, events, events_removed }: RoomDeletion): number | undefined {
  if (events >= mostCounted && people_out >= people) return undefined;
  const whole = people + events;
  return whole > 0 ? Math.min(1, (people_out + events_removed) / whole) : undefined;
}

/** What is happening, in words. */
export function sayProgress(deletion: RoomDeletion): string {
  const { state, people, people_out, events, events_removed } = deletion;
  switch (state) {
    case 'scheduled':
      return 'Waits for its turn.';
    case 'active':
      return people_out < people
        ? `${count(people_out)} of ${count(people)} people are out.`
        : `${count(events_removed)} of ${events >= mostCounted ? 'more than ' : ''}${count(events)} events are removed.`;
    case 'complete':
      return `${count(people_out)} ${people_out === 1 ? 'person was' : 'people were'} in it.`;
    case 'cancelled':
      return people_out === 0 ? 'Nobody was taken out.' : `${count(people_out)} of ${count(people)} people are out.`;
    case 'failed':
      return deletion.error ?? 'It failed.';
  }
}

const words: Record<RoomDeletion['state'], [label: string, tone: string | undefined]> = {
  scheduled: ['Waiting', 'moving'],
  active: ['Deleting', 'moving'],
  complete: ['Deleted', undefined],
  failed: ['Failed', 'failed'],
  cancelled: ['Cancelled', 'warning'],
};

/** Those that are under way; nothing when none is. The lists of rooms are read again when one has ended. */
export function RunningDeletions() {
  const deletions = useDeletions();
  const refreshRooms = useRefreshRooms();
  const items = deletions.data?.items.filter(isUnderWay) ?? [];
  const running = items.length;
  const onChange = useEffectEvent(refreshRooms);
  useEffect(() => onChange(), [running]);
  return <DeletionList title="Deletions under way" items={items} />;
}

/** Those that have ended; nothing when no room was deleted lately. */
export function EndedDeletions() {
  const deletions = useDeletions();
  return (
    <DeletionList
      title="Deleted lately"
      items={deletions.data?.items.filter((deletion) => !isUnderWay(deletion)) ?? []}
    />
  );
}

function DeletionList({ title, items }: { title: string; items: RoomDeletion[] }) {
  if (items.length === 0) return null;
  return (
    <section className="section" aria-label={title}>
      <h2>{title}</h2>
      <ul className="cards" aria-label={title}>
        {items.map((deletion) => (
          <Deletion key={deletion.delete_id} deletion={deletion} />
        ))}
      </ul>
    </section>
  );
}

function Deletion({ deletion }: { deletion: RoomDeletion }) {
  const [label, tone] = words[deletion.state];
  const underWay = isUnderWay(deletion);
  return (
    <li className="panel card" data-deletion={deletion.room_id}>
      <div className="card-head">
        <div>
          <strong>{nameOf(deletion)}</strong>
          <div className="small dim">
            {sayProgress(deletion)} {underWay ? 'Begun' : 'Ended'}{' '}
            <Ago at={deletion.finished_at ?? deletion.started_at} />
          </div>
        </div>
        <span className="state" data-tone={tone}>
          {label}
        </span>
      </div>
      {underWay && (
        <div className="progress-line">
          <progress className="progress" value={shareDone(deletion)} aria-label={`Deleting ${nameOf(deletion)}`} />
          <Cancel deletion={deletion} />
        </div>
      )}
    </li>
  );
}

function Cancel({ deletion }: { deletion: RoomDeletion }) {
  const [asking, setAsking] = useState(false);
  const cancel = useCancelDeletion(deletion.delete_id);
  const close = () => {
    cancel.reset();
    setAsking(false);
  };
  return (
    <>
      <Button
        size="xs"
        variant="default"
        leftSection={<Icon name="stop" size={14} />}
        aria-label={`Cancel the deletion of ${nameOf(deletion)}`}
        onClick={() => setAsking(true)}
      >
        Cancel
      </Button>
      <ConfirmDialog
        title={`Keep ${nameOf(deletion)}?`}
        opened={asking}
        onClose={close}
        action="Cancel the deletion"
        pending={cancel.isPending}
        error={cancel.error}
        onConfirm={() =>
          cancel.mutate(undefined, {
            onSuccess: () => {
              close();
              tellDone(`The deletion of ${nameOf(deletion)} is cancelled.`);
            },
          })
        }
      >
        Whoever was taken out of the room stays out and can be invited again. What was said in it stays. A block of the
        room stays, too.
      </ConfirmDialog>
    </>
  );
}

import { useState } from 'react';
import { DangerZone } from '@/kit/danger_zone';
import { ConfirmDialog } from '@/kit/dialog';
import { tellDone } from '@/kit/feedback';
import { useErase } from '../../api/meetings';

type Props = { id: number; offered: boolean; onErased: () => void };

/** Stays while it deletes, also when the meeting already says that nothing is left. */
export function EraseTranscript({ id, offered, onErased }: Props) {
  const [asking, setAsking] = useState(false);
  const erase = useErase(id);
  const close = () => {
    setAsking(false);
    erase.reset();
  };
  return (
    <>
      {offered && (
        <DangerZone title="Delete the transcript" action="Delete it" onAction={() => setAsking(true)}>
          Everything that was said goes, here and in the room to which it was written, and its recordings. That the
          meeting was, stays.
        </DangerZone>
      )}
      <ConfirmDialog
        title="Delete the transcript?"
        opened={asking}
        onClose={close}
        action="Delete the transcript"
        pending={erase.isPending}
        error={erase.error}
        onConfirm={() =>
          erase.mutate(undefined, {
            onSuccess: () => {
              close();
              onErased();
              tellDone('The transcript was deleted.');
            },
          })
        }
      >
        It cannot be brought back. Backups keep it for as long as they are kept.
      </ConfirmDialog>
    </>
  );
}

// What can be done with a file, or with all of a person's.
import { Button } from '@mantine/core';
import { useState } from 'react';
import type { HomeserverFile } from '@/kit/api/types';
import { ConfirmDialog } from '@/kit/dialog';
import { tellDone, tellFailed } from '@/kit/feedback';
import { useDeleteFile, useQuarantine, useQuarantineAll } from '../api/media';
import { calledFile } from './file_names';

/** Quarantine is undone by releasing, so it asks nothing. */
export function FileActions({ file }: { file: HomeserverFile }) {
  const held = file.quarantined_by !== undefined;
  const name = calledFile(file);
  const change = useQuarantine(file.media_id, held ? 'release' : 'quarantine');
  const turn = () =>
    change.mutate(undefined, {
      onSuccess: () =>
        tellDone(held ? `${name} can be fetched again.` : `${name} is in quarantine: nobody can fetch it.`),
      onError: (error) => tellFailed(`${name} stays as it was`, error),
    });
  return (
    <span className="row-buttons">
      <Button
        size="xs"
        variant="default"
        loading={change.isPending}
        disabled={file.protected && !held}
        title={file.protected && !held ? 'Protected: its content is not put into quarantine' : undefined}
        aria-label={held ? `Release ${name}` : `Quarantine ${name}`}
        onClick={turn}
      >
        {held ? 'Release' : 'Quarantine'}
      </Button>
      <DeleteFile file={file} name={name} />
    </span>
  );
}

function DeleteFile({ file, name }: { file: HomeserverFile; name: string }) {
  const [asking, setAsking] = useState(false);
  const remove = useDeleteFile(file.media_id);
  const close = () => {
    remove.reset();
    setAsking(false);
  };
  return (
    <>
      <Button size="xs" variant="subtle" color="red" aria-label={`Delete ${name}`} onClick={() => setAsking(true)}>
        Delete
      </Button>
      <ConfirmDialog
        title={`Delete ${name}?`}
        opened={asking}
        onClose={close}
        action="Delete the file"
        pending={remove.isPending}
        error={remove.error}
        onConfirm={() =>
          remove.mutate(undefined, {
            onSuccess: () => {
              close();
              tellDone(`${name} is deleted.`);
            },
          })
        }
      >
        Messages that show it show nothing from then on. The same content that somebody else uploaded stays. This cannot
        be undone; quarantine can.
      </ConfirmDialog>
    </>
  );
}

export function QuarantineAll({ userId }: { userId: string }) {
  const [asking, setAsking] = useState(false);
  const hold = useQuarantineAll(userId);
  const close = () => {
    hold.reset();
    setAsking(false);
  };
  return (
    <>
      <Button size="xs" variant="default" onClick={() => setAsking(true)}>
        Quarantine all
      </Button>
      <ConfirmDialog
        title={`Quarantine all files of ${userId}?`}
        opened={asking}
        onClose={close}
        action="Quarantine all"
        pending={hold.isPending}
        error={hold.error}
        onConfirm={() =>
          hold.mutate(undefined, {
            onSuccess: ({ count }) => {
              close();
              tellDone(`${count.toLocaleString('en')} ${count === 1 ? 'file is' : 'files are'} in quarantine now.`);
            },
          })
        }
      >
        Nobody can fetch them from then on, also where others uploaded the same. Each can be released by itself.
      </ConfirmDialog>
    </>
  );
}

// Looking at a file before it is decided what becomes of it. Nothing of it can act: of a picture a small one is shown
// that the server makes, sounds and films go to the browser's player, and everything else is named only.
import { Button, Stack } from '@mantine/core';
import { useState } from 'react';
import { Link } from 'react-router';
import type { HomeserverFile } from '@/kit/api/types';
import { sayBytes } from '@/kit/bytes';
import { Copyable } from '@/kit/copy';
import { Dialog } from '@/kit/dialog';
import { Moment } from '@/kit/time';
import { userPath } from '@/products/users/parts/user_path';
import { FileActions } from './file_actions';
import { calledFile, fileName } from './file_names';

export function LookAtFile({ file }: { file: HomeserverFile }) {
  const [open, setOpen] = useState(false);
  const name = calledFile(file);
  return (
    <>
      <Button size="xs" variant="default" aria-label={`Look at ${name}`} onClick={() => setOpen(true)}>
        Look
      </Button>
      <Dialog title={fileName(file) || 'A file without a name'} opened={open} onClose={() => setOpen(false)}>
        <Stack>
          <Preview file={file} />
          <Facts file={file} />
          <div className="dialog-actions">
            <FileActions file={file} />
          </div>
        </Stack>
      </Dialog>
    </>
  );
}

/** What somebody took out of sight is shown to nobody by surprise. */
function Preview({ file }: { file: HomeserverFile }) {
  const [wanted, setWanted] = useState(false);
  const [failed, setFailed] = useState(false);
  if (file.preview === 'none')
    return (
      <p className="dim">
        A file of this kind is not opened here: it may be encrypted, or more than something to look at.
      </p>
    );
  if (failed) return <p role="status">It cannot be shown: it is damaged, or no {words[file.preview]} after all.</p>;
  if (file.quarantined_by && !wanted)
    return (
      <div>
        <p>It is in quarantine. Nobody else can see it.</p>
        <Button size="xs" variant="default" onClick={() => setWanted(true)}>
          Show the {words[file.preview]}
        </Button>
      </div>
    );
  const label = `What ${fileName(file) || 'the file'} holds`;
  return <ShownFile mediaId={file.media_id} kind={file.preview} label={label} onFail={() => setFailed(true)} />;
}

interface ShownFileProps {
  mediaId: string;
  kind: 'picture' | 'sound' | 'film';
  label: string;
  onFail: () => void;
}

export function ShownFile({ mediaId, kind, label, onFail }: ShownFileProps) {
  const address = `/api/v1/homeserver/media/${encodeURIComponent(mediaId)}/preview`;
  // Who uploaded it brought no captions.
  /* eslint-disable jsx-a11y/media-has-caption */
  return (
    <div className="file-preview">
      {kind === 'picture' ? (
        <img src={address} alt={label} referrerPolicy="no-referrer" onError={onFail} />
      ) : kind === 'sound' ? (
        <audio src={address} aria-label={label} controls preload="metadata" onError={onFail} />
      ) : (
        <video src={address} aria-label={label} controls playsInline preload="metadata" onError={onFail} />
      )}
    </div>
  );
  /* eslint-enable jsx-a11y/media-has-caption */
}

const words = { picture: 'picture', sound: 'sound', film: 'film' };

function Facts({ file }: { file: HomeserverFile }) {
  return (
    <>
      <dl className="facts">
        <dt>Kind</dt>
        <dd>{file.content_type || 'not said'}</dd>
        <dt>Size</dt>
        <dd>{sayBytes(file.bytes)}</dd>
        <dt>Uploaded</dt>
        <dd>
          <Moment at={file.uploaded_at} /> by{' '}
          <Link className="mono" to={userPath(file.user_id)}>
            {file.user_id}
          </Link>
        </dd>
        {file.quarantined_by && (
          <>
            <dt>Quarantine</dt>
            <dd>by {file.quarantined_by}</dd>
          </>
        )}
        <dt>Id</dt>
        <dd>
          <Copyable value={file.media_id} what="id of the file" />
        </dd>
      </dl>
      {file.preview !== 'none' && <p className="small dim">The audit log says who looked at a file.</p>}
    </>
  );
}

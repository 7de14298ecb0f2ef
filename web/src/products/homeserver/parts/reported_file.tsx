// The file of a reported message. Somebody found it bad: it is shown to whoever asks to see it, and to nobody else.
import { Button } from '@mantine/core';
import { useState } from 'react';
import { useQuarantine } from '../api/media';
import { ShownFile } from './file_view';
import type { FileOfMessage } from './reported_file_of';
import { Problem } from '@/kit/feedback';

export function ReportedFile({ file: { kind, mediaId, elsewhere } }: { file: FileOfMessage }) {
  if (elsewhere) return <p className="dim">Its file lies on another server.</p>;
  if (!mediaId) return <p className="dim">Its file is encrypted: the server cannot show it.</p>;
  return (
    <>
      <Sight kind={kind} mediaId={mediaId} />
      <Quarantine mediaId={mediaId} />
    </>
  );
}

function Sight({ kind, mediaId }: { kind: FileOfMessage['kind']; mediaId: string }) {
  const [wanted, setWanted] = useState(false);
  const [failed, setFailed] = useState(false);
  if (kind === 'other') return <p className="dim">A file of this kind is not opened here.</p>;
  if (failed) return <p role="status">It cannot be shown: it is deleted or damaged, or no {kind} after all.</p>;
  if (!wanted)
    return (
      <div>
        <p className="small dim">Somebody reported it, so it may be unpleasant. The audit log says who looked at it.</p>
        <Button size="xs" variant="default" onClick={() => setWanted(true)}>
          Show the {kind}
        </Button>
      </div>
    );
  return <ShownFile mediaId={mediaId} kind={kind} label={`The reported ${kind}`} onFail={() => setFailed(true)} />;
}

/** Whether it was there before is not known here: to put it in once more does no harm. */
function Quarantine({ mediaId }: { mediaId: string }) {
  const hold = useQuarantine(mediaId, 'quarantine');
  const release = useQuarantine(mediaId, 'release');
  const held = hold.isSuccess && !release.isSuccess;
  const error = hold.error ?? release.error;
  return (
    <div>
      {held && <p role="status">It is in quarantine: nobody can fetch it. Messages that show it stay.</p>}
      {error && <Problem error={error} title="It stayed as it was" />}
      <Button
        size="xs"
        variant="default"
        loading={hold.isPending || release.isPending}
        onClick={() => {
          if (held) return release.mutate();
          release.reset();
          hold.mutate();
        }}
      >
        {held ? 'Release it' : 'Put its file into quarantine'}
      </Button>
    </div>
  );
}

// The file of a reported message. Somebody found it bad: it is shown to whoever asks to see it, and to nobody else.
import { Button } from '@mantine/core';
import { useState } from 'react';
import { ShownFile } from './file_view';
import type { FileOfMessage } from './reported_file_of';

export function ReportedFile({ file: { kind, mediaId, elsewhere } }: { file: FileOfMessage }) {
  const [wanted, setWanted] = useState(false);
  const [failed, setFailed] = useState(false);
  if (elsewhere) return <p className="dim">Its file lies on another server.</p>;
  if (!mediaId) return <p className="dim">Its file is encrypted: the server cannot show it.</p>;
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

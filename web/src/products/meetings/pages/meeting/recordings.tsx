// The sound that was kept: listened to, taken along as a file, deleted.
import { Button } from '@mantine/core';
import { useEffect, useRef, useState } from 'react';
import { sayBytes } from '@/kit/bytes';
import { ConfirmDialog } from '@/kit/dialog';
import { Empty, Loading, Problem, tellDone } from '@/kit/feedback';
import { Icon } from '@/kit/icons';
import { Moment, sayDuration } from '@/kit/time';
import { hasEnded } from '../../api/meetings';
import { soundOf, useDeleteRecording, useRecordings } from '../../api/recordings';
import type { Meeting, Recording } from '../../api/types';

export function RecordingsSection({ meeting }: { meeting: Meeting }) {
  if (!meeting.recording) return null;
  return (
    <section className="section" aria-label="Recordings">
      <div className="section-head">
        <h2>Recordings</h2>
        <span className="small dim">one each time that a bot began anew</span>
      </div>
      <Body meeting={meeting} />
    </section>
  );
}

function Body({ meeting }: { meeting: Meeting }) {
  const found = useRecordings(meeting);
  const ended = hasEnded(meeting);
  if (found.isPending) return <Loading rows={1} height={90} />;
  const again = () => void found.refetch();
  if (!found.data) return <Problem error={found.error} title="The recordings could not be loaded" onRetry={again} />;
  return (
    <>
      {found.data.length === 0 ? (
        <Empty icon="call" title={ended ? 'No recording' : 'Nothing is recorded yet'}>
          {ended
            ? 'No sound came from the call, or it has been deleted.'
            : 'It begins when the bot is in the call and has told so in its chat.'}
        </Empty>
      ) : (
        <ul className="cards" aria-label="Recordings">
          {found.data.map((recording, at) => (
            <Card key={recording.id} recording={recording} name={`Recording ${at + 1}`} ended={ended} />
          ))}
        </ul>
      )}
      {found.error && <Problem error={found.error} title="The list may be old" onRetry={again} />}
    </>
  );
}

function Card({ recording, name, ended }: { recording: Recording; name: string; ended: boolean }) {
  const [listening, setListening] = useState(false);
  const { state, seconds, bytes, missing, started_at } = recording;
  return (
    <li className="panel card" data-recording={recording.id}>
      <div className="card-head wraps">
        <div>
          <h3 className="part-head">{name}</h3>
          <div className="small dim">
            <Moment at={started_at} /> · {sayDuration(seconds)} · {sayBytes(bytes)}
          </div>
        </div>
        <span className="row-buttons">
          {!listening && (
            <Button
              size="xs"
              variant="default"
              leftSection={<Icon name="play" size={14} />}
              aria-label={`Listen to ${name}`}
              onClick={() => setListening(true)}
            >
              Listen
            </Button>
          )}
          <Button
            size="xs"
            variant="default"
            component="a"
            href={soundOf(recording)}
            download={`meeting-${recording.meeting_id}-recording-${recording.id}.webm`}
            leftSection={<Icon name="download" size={14} />}
            aria-label={`Download ${name}`}
          >
            Download
          </Button>
          {ended && <Delete recording={recording} name={name} />}
        </span>
      </div>
      {state === 'recording' && (
        <p className="small dim" role="status">
          {ended ? 'It is being finished.' : 'It goes on: what you hear and download ends here and now.'}
        </p>
      )}
      {missing > 0 && (
        <p className="small dim">
          {missing === 1 ? 'A piece' : `${missing} pieces`} of some seconds never came: there it is cut.
        </p>
      )}
      {listening && <Player src={soundOf(recording)} name={name} />}
    </li>
  );
}

/** Loads what it needs, when it needs it: a long call is no burden. */
function Player({ src, name }: { src: string; name: string }) {
  const player = useRef<HTMLAudioElement>(null);
  const [round, setRound] = useState(0);
  const [failed, setFailed] = useState(false);
  // The button that was pressed is gone.
  useEffect(() => player.current?.focus(), [round]);
  if (failed) {
    return (
      <Problem
        error={new Error('It is gone, the server does not answer, or this browser plays no WebM. Try to download it.')}
        title="The recording could not be played"
        onRetry={() => {
          setFailed(false);
          setRound(round + 1);
        }}
      />
    );
  }
  return (
    // eslint-disable-next-line jsx-a11y/media-has-caption -- what is said in it stands in the transcript
    <audio
      ref={player}
      className="recording-player"
      aria-label={name}
      controls
      autoPlay
      src={src}
      onError={() => setFailed(true)}
    />
  );
}

function Delete({ recording, name }: { recording: Recording; name: string }) {
  const [asking, setAsking] = useState(false);
  const remove = useDeleteRecording(recording);
  const close = () => {
    setAsking(false);
    remove.reset();
  };
  return (
    <>
      <Button
        size="xs"
        color="red"
        variant="light"
        leftSection={<Icon name="trash" size={14} />}
        aria-label={`Delete ${name}`}
        onClick={() => setAsking(true)}
      >
        Delete
      </Button>
      <ConfirmDialog
        title={`Delete ${name}?`}
        opened={asking}
        onClose={close}
        action="Delete the recording"
        pending={remove.isPending}
        error={remove.error}
        onConfirm={() =>
          remove.mutate(undefined, {
            onSuccess: () => {
              close();
              tellDone('The recording was deleted.');
            },
          })
        }
      >
        It cannot be brought back. The transcript stays.
      </ConfirmDialog>
    </>
  );
}

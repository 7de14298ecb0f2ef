// One meeting: how it stands, what is said in it, and everything that happened to it.
import { Alert, Button } from '@mantine/core';
import { useState } from 'react';
import { Link, useParams } from 'react-router';
import { useMe } from '@/kit/api/session';
import { isServerAdmin, mayDo } from '@/kit/api/types';
import { Copyable } from '@/kit/copy';
import { Empty, Loading, Problem } from '@/kit/feedback';
import { Icon } from '@/kit/icons';
import { PageHead } from '@/kit/page';
import { Ago, Moment } from '@/kit/time';
import { LifecycleDrawing } from '@/products/bots/parts/lifecycle';
import { roomPath } from '@/products/homeserver/parts/room_names';
import { userPath } from '@/products/users/parts/user_path';
import { hasEnded, isGone, useMeeting, useThread } from '../api/meetings';
import type { History } from '../api/types';
import { languageName } from '../parts/languages';
import { lastArrow, lifeTable } from '../parts/life_table';
import { NobodyListens } from '../parts/nobody_listens';
import { MeetingStateBadge } from '../parts/state';
import { platformOf, sayMeeting, sayState } from '../parts/words';
import { Actions } from './meeting/actions';
import { EraseTranscript } from './meeting/erase';
import { RecordingsSection } from './meeting/recordings';
import { Steps } from './meeting/steps';
import { SummarySection } from './meeting/summary';
import { TranscriptPanel } from './meeting/transcript';

export default function MeetingPage() {
  const { meetingId = '' } = useParams();
  const id = /^\d{1,15}$/.test(meetingId) ? Number(meetingId) : 0;
  const found = useMeeting(id);
  if (found.isPending && id > 0) return <Loading rows={4} height={70} />;
  if (!found.data) {
    return id === 0 || isGone(found.error) ? (
      <>
        <PageHead title="No such meeting" />
        <Empty
          icon="call"
          title="No such meeting"
          action={
            <Button component={Link} to="/ui/meetings">
              All meetings
            </Button>
          }
        >
          It may be somebody else’s, or so old that it was removed.
        </Empty>
      </>
    ) : (
      <Problem error={found.error} title="The meeting could not be loaded" onRetry={() => void found.refetch()} />
    );
  }
  return <MeetingBody key={id} history={found.data} />;
}

const toneNow: Record<string, string> = { active: 'running', completed: 'running', failed: 'failed', error: 'failed' };

function MeetingBody({ history }: { history: History }) {
  const { meeting, transitions } = history;
  const [erased, setErased] = useState(0);
  const came = transitions.filter(({ from, to }) => from && from !== to).map(({ from, to }) => ({ from: from!, to }));
  return (
    <>
      <p className="small way-back">
        <Link to="/ui/meetings">All meetings</Link>
      </p>
      <PageHead title={`${platformOf(meeting)} ${meeting.native_meeting_id}`}>
        <Actions meeting={meeting} />
      </PageHead>
      <p className="meeting-now" role="status">
        <MeetingStateBadge state={meeting.state} /> <span>{sayMeeting(meeting).join(' ')}</span>
      </p>
      <WhyNotStarted history={history} />
      {!hasEnded(meeting) && <NobodyListens />}
      <div className="two-columns meeting-columns">
        <TranscriptPanel key={erased} meeting={meeting} round={erased} />
        <div>
          <section className="section panel panel-pad" aria-label="How it came here">
            <LifecycleDrawing
              lifecycle={lifeTable}
              state={meeting.state}
              last={lastArrow(transitions)}
              came={came}
              tone={toneNow[meeting.state] ?? 'moving'}
              sayState={sayState}
            />
          </section>
          <section className="section panel panel-pad" aria-label="What was asked for">
            <h2 className="part-head">What was asked for</h2>
            <Facts history={history} />
          </section>
        </div>
      </div>
      <SummarySection meeting={meeting} />
      <RecordingsSection meeting={meeting} />
      <Steps history={history} />
      {hasEnded(meeting) && (
        <EraseTranscript
          id={meeting.id}
          offered={!meeting.transcript_erased_at}
          onErased={() => setErased(erased + 1)}
        />
      )}
    </>
  );
}

/** What the machine said of it, which tells what to do: it stands far below, under Containers. */
function WhyNotStarted({ history: { meeting, attempts } }: { history: History }) {
  const said = attempts.at(-1)?.exit;
  if (meeting.reason !== 'start_failed' || !said) return null;
  return (
    <Alert color="red" icon={<Icon name="alert" />} className="section">
      {said}
    </Alert>
  );
}

const threadWords: Record<string, string> = {
  open: 'it is written there',
  done: 'all of it is there',
  erased: 'it was deleted there too',
};

function Facts({ history: { meeting } }: { history: History }) {
  const { data: thread } = useThread(meeting.id);
  const me = useMe();
  return (
    <dl className="facts">
      <dt>Link</dt>
      <dd className="break-anywhere">
        <Copyable value={meeting.link} what="the link" />
      </dd>
      <dt>Language</dt>
      <dd>{meeting.language ? languageName(meeting.language) : 'found out by listening'}</dd>
      <dt>Task</dt>
      <dd>{meeting.task === 'translate' ? 'write it down in English' : 'write down what is said'}</dd>
      <dt>Bot</dt>
      <dd>
        {meeting.bot_name}, on <span className="mono">{meeting.driver}</span>
      </dd>
      {thread && (
        <>
          <dt>Room</dt>
          <dd className="break-anywhere">
            {isServerAdmin(me) ? (
              <Link className="mono" to={roomPath(thread.room_id)}>
                {thread.room_id}
              </Link>
            ) : (
              <span className="mono">{thread.room_id}</span>
            )}
            : {thread.state === 'failed' ? thread.trouble : threadWords[thread.state]}
          </dd>
        </>
      )}
      <dt>By</dt>
      <dd className="mono">
        {mayDo(me, 'operator') && meeting.owner.startsWith('@') ? (
          <Link to={userPath(meeting.owner)}>{meeting.owner}</Link>
        ) : (
          meeting.owner
        )}
      </dd>
      <dt>Asked</dt>
      <dd>
        <Ago at={meeting.created_at} />
      </dd>
      {meeting.active_at && (
        <>
          <dt>In the call</dt>
          <dd>
            <Moment at={meeting.active_at} />
          </dd>
        </>
      )}
      {meeting.ended_at && (
        <>
          <dt>Ended</dt>
          <dd>
            <Moment at={meeting.ended_at} />
          </dd>
        </>
      )}
    </dl>
  );
}

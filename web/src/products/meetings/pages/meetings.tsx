// Bots in meetings: who is where, and what became of those that were.
import { Button, NativeSelect, Table } from '@mantine/core';
import { useState } from 'react';
import { Link } from 'react-router';
import { ClearFilters } from '@/kit/clear_filters';
import { usePhone } from '@/kit/dialog';
import { Empty, Loading, Problem } from '@/kit/feedback';
import { Icon } from '@/kit/icons';
import { useKeptPaging } from '@/kit/kept_paging';
import { PageHead } from '@/kit/page';
import { Pager } from '@/kit/pager';
import { Ago } from '@/kit/time';
import { useFilters } from '@/kit/use_filters';
import { useMeetings } from '../api/meetings';
import type { Meeting } from '../api/types';
import { languageName } from '../parts/languages';
import { states } from '../parts/life_table';
import { NobodyListens } from '../parts/nobody_listens';
import { MeetingStateBadge } from '../parts/state';
import { platformOf, sayMeeting, stateNames } from '../parts/words';
import { SendBotDialog } from './send_bot';

const stateChoices = [
  { value: '', label: 'In any state' },
  ...states.map((state) => ({ value: state, label: stateNames[state] })),
];

export default function MeetingsPage() {
  const phone = usePhone();
  const [sending, setSending] = useState(false);
  const [filters, setFilter, clearFilters] = useFilters<{ state: string }>(['state']);
  const paging = useKeptPaging(filters.state);
  const meetings = useMeetings(filters.state, paging.from);
  const page = meetings.data;
  const send = (
    <Button leftSection={<Icon name="plus" />} onClick={() => setSending(true)}>
      Send a bot
    </Button>
  );
  return (
    <>
      <PageHead title="Meetings" lead="A bot goes into a call, writes down what is said, and leaves with the others.">
        <Button component={Link} to="/ui/meetings/search" variant="default" leftSection={<Icon name="search" />}>
          Search transcripts
        </Button>
        <Button component={Link} to="/ui/meetings/webhooks" variant="default" leftSection={<Icon name="hook" />}>
          Webhooks
        </Button>
        {send}
      </PageHead>
      <NobodyListens />
      <div className="toolbar filters">
        <NativeSelect
          aria-label="State"
          value={filters.state}
          data={stateChoices}
          onChange={(event) => setFilter('state', event.currentTarget.value)}
        />
        {filters.state && <ClearFilters onClear={clearFilters} />}
      </div>
      {meetings.isPending ? (
        <Loading />
      ) : meetings.error && !page ? (
        <Problem
          error={meetings.error}
          title="The meetings could not be loaded"
          onRetry={() => void meetings.refetch()}
        />
      ) : page!.items.length === 0 && paging.page === 1 ? (
        filters.state ? (
          <Empty icon="search" title="No meeting is in this state">
            Choose another state, or look at all of them.
          </Empty>
        ) : (
          <Empty icon="call" title="No meetings yet" action={send}>
            Copy the link of a call (Google Meet, Teams, Zoom, Jitsi or a Matrix room), press “Send a bot” and paste it.
            Somebody in the call may have to let the bot in.
          </Empty>
        )
      ) : phone ? (
        <MeetingCards meetings={page!.items} />
      ) : (
        <MeetingTable meetings={page!.items} />
      )}
      {meetings.error && page && (
        <Problem error={meetings.error} title="The list may be old" onRetry={() => void meetings.refetch()} />
      )}
      {page && (
        <Pager
          paging={paging}
          shown={page.items.length}
          total={page.total}
          next={page.next_from}
          what="meetings"
          busy={meetings.isFetching}
        />
      )}
      <SendBotDialog opened={sending} onClose={() => setSending(false)} />
    </>
  );
}

const pathOf = ({ id }: Meeting) => `/ui/meetings/${id}`;

/** What is needed of somebody, or went wrong; of all else the state says enough. */
function Note({ meeting }: { meeting: Meeting }) {
  const [now, why] = sayMeeting(meeting);
  const said = why ?? (meeting.state === 'starting' && meeting.phase ? now : undefined);
  return said ? <div className="small dim cell-reason">{said}</div> : null;
}

const sayLanguage = ({ language, task }: Meeting) =>
  `${language ? languageName(language) : 'Detected'}${task === 'translate' ? ' → English' : ''}`;

function MeetingTable({ meetings }: { meetings: Meeting[] }) {
  return (
    <div className="panel table-panel">
      <Table>
        <caption className="visually-hidden">Meetings</caption>
        <Table.Thead>
          <Table.Tr>
            <Table.Th scope="col">Call</Table.Th>
            <Table.Th scope="col">State</Table.Th>
            <Table.Th scope="col">Language</Table.Th>
            <Table.Th scope="col">Asked by</Table.Th>
            <Table.Th scope="col">Asked</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {meetings.map((meeting) => (
            <Table.Tr key={meeting.id} data-meeting={meeting.id}>
              <Table.Td className="cell-name">
                <Link className="main-link" to={pathOf(meeting)}>
                  {platformOf(meeting)}
                </Link>
                <div className="small dim break-anywhere">{meeting.native_meeting_id}</div>
              </Table.Td>
              <Table.Td className="cell-state">
                <MeetingStateBadge state={meeting.state} />
                <Note meeting={meeting} />
              </Table.Td>
              <Table.Td>{sayLanguage(meeting)}</Table.Td>
              <Table.Td className="mono small">{meeting.owner}</Table.Td>
              <Table.Td className="dim">
                <Ago at={meeting.created_at} />
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </div>
  );
}

function MeetingCards({ meetings }: { meetings: Meeting[] }) {
  return (
    <ul className="cards" aria-label="Meetings">
      {meetings.map((meeting) => (
        <li key={meeting.id} className="panel card" data-meeting={meeting.id}>
          <div className="card-head wraps">
            <div>
              <Link className="main-link" to={pathOf(meeting)}>
                {platformOf(meeting)}
              </Link>
              <div className="small dim break-anywhere">{meeting.native_meeting_id}</div>
            </div>
            <MeetingStateBadge state={meeting.state} />
          </div>
          <Note meeting={meeting} />
          <div className="small dim">
            {sayLanguage(meeting)} · {meeting.owner} · <Ago at={meeting.created_at} />
          </div>
        </li>
      ))}
    </ul>
  );
}

// What people have reported: messages, rooms, people. A report stays until somebody puts it away.
import { Button, NativeSelect, Stack } from '@mantine/core';
import { useState } from 'react';
import { Link } from 'react-router';
import type { Report } from '@/kit/api/types';
import { Copyable } from '@/kit/copy';
import { ConfirmDialog, Dialog } from '@/kit/dialog';
import { Empty, Loading, Problem, tellDone } from '@/kit/feedback';
import { useKeptPaging } from '@/kit/kept_paging';
import { Pager } from '@/kit/pager';
import { SearchBox } from '@/kit/search_box';
import { Ago } from '@/kit/time';
import { useFilters } from '@/kit/use_filters';
import { useDismissReport, useReport, useReports, type ReportKind } from '../api/reports';
import { seenText } from '@/products/assistant/parts/seen_text';
import { userPath } from '@/products/users/parts/user_path';
import { ReportedFile } from '../parts/reported_file';
import { reportedFile } from '../parts/reported_file_of';
import { roomPath } from '../parts/room_names';

const kinds: { value: '' | ReportKind; label: string }[] = [
  { value: '', label: 'Messages' },
  { value: 'room', label: 'Rooms' },
  { value: 'user', label: 'People' },
];

const nothingOf: Record<ReportKind, string> = { event: 'a message', room: 'a room', user: 'a person' };

/** How much there is of each kind: whoever looks at messages learns that a room was reported. */
function useWaiting(): Record<ReportKind, number> {
  const event = useReports('event', '', 0).data?.total ?? 0;
  const room = useReports('room', '', 0).data?.total ?? 0;
  const user = useReports('user', '', 0).data?.total ?? 0;
  return { event, room, user };
}

export default function ReportsPage() {
  const [filters, setFilter] = useFilters<{ kind: string }>(['kind']);
  const kind: ReportKind = filters.kind === 'room' || filters.kind === 'user' ? filters.kind : 'event';
  const paging = useKeptPaging(kind);
  const reports = useReports(kind, paging.asked, paging.from);
  const page = reports.data;
  const waiting = useWaiting();
  return (
    <section className="section" aria-label="Reports">
      <div className="toolbar filters">
        <SearchBox
          label={kind === 'room' ? 'Search ids of rooms' : 'Search ids of whom it is about'}
          value={paging.search}
          onChange={paging.setSearch}
          busy={reports.isPlaceholderData}
        />
        <NativeSelect
          aria-label="What was reported"
          value={filters.kind}
          data={kinds.map(({ value, label }) => {
            const number = waiting[value || 'event'];
            return { value, label: number ? `${label} (${number})` : label };
          })}
          onChange={(event) => setFilter('kind', event.currentTarget.value)}
        />
      </div>
      {reports.isPending ? (
        <Loading />
      ) : reports.error && !page ? (
        <Problem error={reports.error} title="The reports could not be loaded" onRetry={() => void reports.refetch()} />
      ) : page!.items.length === 0 ? (
        <Empty icon={paging.asked ? 'search' : 'check'} title={paging.asked ? 'No report matches' : 'No reports'}>
          {paging.asked
            ? 'Try another part of the id.'
            : `Nobody has reported ${nothingOf[kind]}, or all of it was put away.`}
        </Empty>
      ) : (
        <ul className="cards" aria-label="Reports">
          {page!.items.map((report) => (
            <ReportCard key={report.id} report={report} />
          ))}
        </ul>
      )}
      {reports.error && page && (
        <Problem error={reports.error} title="The list may be old" onRetry={() => void reports.refetch()} />
      )}
      {page && (
        <Pager
          paging={paging}
          shown={page.items.length}
          total={page.total}
          next={page.next_from}
          what="reports"
          busy={reports.isFetching}
        />
      )}
    </section>
  );
}

function ReportCard({ report }: { report: Report }) {
  const [dialog, setDialog] = useState<'show' | 'dismiss'>();
  const close = () => setDialog(undefined);
  const room = report.room_name || report.room_alias || report.room_id;
  return (
    <li className="panel card" data-report={report.id}>
      <div className="card-head wraps">
        <div>
          <strong>{report.reason ? seenText(report.reason) : 'No reason was given'}</strong>
          <div className="small dim">
            by <span className="mono">{report.reporter}</span> · <Ago at={report.received_at} />
          </div>
        </div>
        <span className="row-buttons">
          {report.kind === 'event' && (
            <Button
              size="xs"
              variant="default"
              aria-label={`Show report ${report.id}`}
              onClick={() => setDialog('show')}
            >
              Show
            </Button>
          )}
          <Button
            size="xs"
            variant="default"
            aria-label={`Put away report ${report.id}`}
            onClick={() => setDialog('dismiss')}
          >
            Put away
          </Button>
        </span>
      </div>
      <dl className="facts">
        {report.about && (
          <>
            <dt>About</dt>
            <dd>
              <Copyable value={report.about} what="id of whom it is about" to={userPath(report.about)} />
            </dd>
          </>
        )}
        {report.room_id && (
          <>
            <dt>Room</dt>
            <dd>
              <Link to={roomPath(report.room_id)}>{room}</Link>
            </dd>
          </>
        )}
      </dl>
      <Dialog title="The reported message" opened={dialog === 'show'} onClose={close}>
        <ReportedEvent report={report} />
      </Dialog>
      <Dismiss report={report} opened={dialog === 'dismiss'} onClose={close} />
    </li>
  );
}

function ReportedEvent({ report }: { report: Report }) {
  const found = useReport(report);
  if (found.isPending) return <Loading rows={2} />;
  if (found.error && !found.data)
    return <Problem error={found.error} title="The message could not be loaded" onRetry={() => void found.refetch()} />;
  const event = found.data.event as { type?: string; content?: Record<string, unknown> };
  const body = event.content?.body;
  const file = reportedFile(event.content ?? {}, report.reporter);
  return (
    <Stack>
      {Object.keys(event).length === 0 ? (
        <div className="dim">The message is gone.</div>
      ) : event.type === 'm.room.encrypted' ? (
        <div className="dim">The message is encrypted: the server cannot read it.</div>
      ) : (
        typeof body === 'string' && <blockquote className="quoted">{body}</blockquote>
      )}
      {file && <ReportedFile file={file} />}
      {Object.keys(event).length > 0 && (
        <details>
          <summary>As it is stored</summary>
          <pre className="mono stored" tabIndex={0}>
            {JSON.stringify(event, null, 2)}
          </pre>
        </details>
      )}
    </Stack>
  );
}

function Dismiss({ report, opened, onClose }: { report: Report; opened: boolean; onClose: () => void }) {
  const dismiss = useDismissReport(report);
  const close = () => {
    dismiss.reset();
    onClose();
  };
  return (
    <ConfirmDialog
      title="Put this report away?"
      opened={opened}
      onClose={close}
      action="Put away"
      pending={dismiss.isPending}
      error={dismiss.error}
      onConfirm={() =>
        dismiss.mutate(undefined, {
          onSuccess: () => {
            close();
            tellDone('The report is put away.');
          },
        })
      }
    >
      It leaves the list for good. What was reported stays as it is.
    </ConfirmDialog>
  );
}

// Many accounts from a CSV: look at it first, try it without making anything, then do it and watch.
import { Button, Checkbox, Stack, TextInput } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { useMemo, useState } from 'react';
import { Link } from 'react-router';
import { ApiError, messageOf } from '@/kit/api/http';
import type { UserImport } from '@/kit/api/types';
import {
  importKey,
  useCancelImport,
  useImport,
  useRunningImport,
  useStartImport,
  useTakePasswords,
} from '../api/user_import';
import { mostBytes, previewImport, toCsv, withoutProblems, type ImportPreview } from '../parts/csv';
import { ConfirmDialog } from '@/kit/dialog';
import { download } from '@/kit/download';
import { DropZone } from '@/kit/drop_zone';
import { Empty, Loading, Problem } from '@/kit/feedback';
import { Icon } from '@/kit/icons';
import { PageHead } from '@/kit/page';
import { ImportRows, withoutPassword } from './import_rows';

interface Chosen {
  name: string;
  text: string;
}

export default function ImportUsersPage() {
  const [file, setFile] = useState<Chosen>();
  const [fault, setFault] = useState('');
  const [importId, setImportId] = useState<string>();
  const running = useRunningImport();
  const [found, setFound] = useState<string>();
  const [seen, setSeen] = useState<string>();
  if (running.data !== seen) {
    setSeen(running.data);
    if (running.data) setFound(running.data); // It stays on show when it has ended.
  }
  const take = async (chosen: File) => {
    setFault('');
    if (chosen.size > mostBytes) return setFault(`${chosen.name} is larger than ${mostBytes / 1024 / 1024} MB.`);
    try {
      setFile({
        name: chosen.name,
        text: new TextDecoder('utf-8', { fatal: true }).decode(await chosen.arrayBuffer()),
      });
      setImportId(undefined);
    } catch {
      setFault(`${chosen.name} could not be read as text (UTF-8). Save it as “CSV UTF-8”.`);
    }
  };
  const again = () => {
    setFile(undefined);
    setImportId(undefined);
    setFound(undefined);
  };
  return (
    <>
      <p className="small way-back">
        <Link to="/ui/users">All users</Link>
      </p>
      <PageHead
        title="Import users"
        lead="Make up to 10,000 accounts from a CSV file and let them join a room. Accounts that exist already are left as they are, so the same file can be used again."
      />
      {!file && found && <Running importId={found} onAgain={again} />}
      {!file && !found && (
        <>
          <DropZone
            label="Choose a CSV file"
            hint="or drop it here"
            accept=".csv,text/csv,text/plain"
            onFile={(chosen) => void take(chosen)}
          />
          {fault && (
            <div className="section">
              <Problem error={new Error(fault)} />
            </div>
          )}
          <FormatHelp />
        </>
      )}
      {file && (
        <FileChosen
          key={file.name + file.text.length}
          file={file}
          importId={importId}
          onStarted={setImportId}
          onAgain={again}
        />
      )}
    </>
  );
}

function FormatHelp() {
  const example =
    'username,password,display_name,role\nalice,,Alice Liddell,member\nbob,correct horse battery,Bob,operator\n';
  return (
    <section className="section">
      <h2>What the file looks like</h2>
      <div className="panel panel-pad">
        <pre className="sample" tabIndex={0}>
          {example}
        </pre>
        <p className="dim small">
          Only <span className="mono">username</span> is needed. {withoutPassword} Roles are member (the default),
          operator and admin. Semicolons and quotes work as spreadsheets write them.
        </p>
        <Button
          size="xs"
          variant="default"
          leftSection={<Icon name="download" size={15} />}
          onClick={() => download('users.csv', example, 'text/csv')}
        >
          Download this as a start
        </Button>
      </div>
    </section>
  );
}

function FileChosen({
  file,
  importId,
  onStarted,
  onAgain,
}: {
  file: Chosen;
  importId: string | undefined;
  onStarted: (id: string) => void;
  onAgain: () => void;
}) {
  const preview = useMemo(() => previewImport(file.text), [file]);
  if (preview.fault) {
    return (
      <Empty
        icon="alert"
        title={`${file.name} cannot be imported`}
        action={<Button onClick={onAgain}>Choose another file</Button>}
      >
        {preview.fault}
      </Empty>
    );
  }
  return (
    <>
      {importId ? <Running importId={importId} onAgain={onAgain} planBelow /> : null}
      <Plan file={file} preview={preview} importId={importId} onStarted={onStarted} onAgain={onAgain} />
    </>
  );
}

const users = (count: number) => `${count.toLocaleString('en')} ${count === 1 ? 'user' : 'users'}`;

function Plan({
  file,
  preview,
  importId,
  onStarted,
  onAgain,
}: {
  file: Chosen;
  preview: ImportPreview;
  importId: string | undefined;
  onStarted: (id: string) => void;
  onAgain: () => void;
}) {
  const client = useQueryClient();
  const start = useStartImport();
  const current = useImport(importId);
  const [room, setRoom] = useState('');
  const [accept, setAccept] = useState(false);
  const [generate, setGenerate] = useState(false);
  const without = preview.rows.filter(({ password, problem }) => !password && !problem).length;
  const good = preview.rows.length - preview.problems;
  const running = importId !== undefined && current.data?.state !== 'done' && current.data?.state !== 'failed';
  const done = current.data?.state === 'done' && !current.data.dry_run;
  if (done) return null;
  const roomFault =
    room.trim() && !/^[!#][^\s:]+(:\S+)?$/.test(room.trim()) ? 'A room id begins with !, an alias with #.' : undefined;
  const sent = start.variables;
  /** The one thing that is looked for and may not be there. */
  const aboutRoom = start.error instanceof ApiError && start.error.status === 404 && !!sent?.join;
  const noSuchRoom = aboutRoom && sent.join === room.trim();
  const begin = (dryRun: boolean) => {
    if (roomFault) return;
    start.mutate(
      {
        csv: accept ? withoutProblems(file.text, preview) : file.text,
        join: room.trim(),
        dryRun,
        generate: generate && without > 0,
      },
      {
        onSuccess: ({ import_id }) => {
          void client.invalidateQueries({ queryKey: importKey(import_id) });
          onStarted(import_id);
        },
      },
    );
  };
  return (
    <>
      {!running && (
        <section className="section">
          <h2>{file.name}</h2>
          <div className="panel panel-pad">
            <Stack>
              <div>
                <strong>{users(preview.rows.length)}</strong>
                {preview.problems > 0 ? (
                  <>
                    , of which <strong className="bad">{preview.problems.toLocaleString('en')}</strong> cannot be made
                    as they are.
                  </>
                ) : (
                  ', nothing wrong that can be seen from here.'
                )}
                {preview.ignored.length > 0 && (
                  <div className="small dim">Columns passed over: {preview.ignored.join(', ')}.</div>
                )}
              </div>
              <TextInput
                label="Room to join"
                description="An id (!…) or alias (#…). Left empty: they join none."
                value={room}
                error={roomFault ?? (noSuchRoom ? messageOf(start.error) : undefined)}
                maxLength={255}
                autoComplete="off"
                autoCapitalize="none"
                spellCheck={false}
                onChange={(event) => setRoom(event.currentTarget.value)}
              />
              {without > 0 && (
                <Checkbox
                  label={
                    without === 1
                      ? 'Make a password for the one without'
                      : `Make passwords for the ${without.toLocaleString('en')} without one`
                  }
                  description={generate ? 'They can be downloaded once, when the import has ended.' : withoutPassword}
                  checked={generate}
                  onChange={(event) => setGenerate(event.currentTarget.checked)}
                />
              )}
              {preview.problems > 0 && good > 0 && (
                <Checkbox
                  label={
                    preview.problems === 1
                      ? 'Leave out the one with a problem'
                      : `Leave out the ${preview.problems.toLocaleString('en')} with problems`
                  }
                  checked={accept}
                  onChange={(event) => setAccept(event.currentTarget.checked)}
                />
              )}
              {start.error && !aboutRoom && (
                <Problem
                  error={start.error}
                  title={sent?.dryRun ? 'It could not be tried' : 'The import could not be started'}
                />
              )}
              <div className="form-actions">
                <Button
                  disabled={good === 0 || (preview.problems > 0 && !accept)}
                  loading={start.isPending && !start.variables?.dryRun}
                  onClick={() => begin(false)}
                >
                  Import {users(good)}
                </Button>
                <Button
                  variant="default"
                  loading={start.isPending && start.variables?.dryRun}
                  onClick={() => begin(true)}
                >
                  Try without making any
                </Button>
                <Button variant="subtle" onClick={onAgain}>
                  Another file
                </Button>
              </div>
            </Stack>
          </div>
        </section>
      )}
      <ImportRows rows={preview.rows} problems={preview.problems} />
    </>
  );
}

/** `planBelow`: the file can be tried again there, until it is imported. */
function Running({
  importId,
  onAgain,
  planBelow = false,
}: {
  importId: string;
  onAgain: () => void;
  planBelow?: boolean;
}) {
  const report = useImport(importId);
  if (report.isPending)
    return (
      <section className="section">
        <Loading rows={1} height={120} />
      </section>
    );
  if (report.error && !report.data)
    return (
      <section className="section">
        <Problem error={report.error} title="How far it is could not be loaded" onRetry={() => void report.refetch()} />
      </section>
    );
  const { state, dry_run } = report.data;
  return <Report report={report.data} onAgain={planBelow && (state !== 'done' || dry_run) ? undefined : onAgain} />;
}

function Report({ report, onAgain }: { report: UserImport; onAgain: (() => void) | undefined }) {
  const { state, dry_run, total, done, created, existed, failed, joined } = report;
  const title =
    state === 'running'
      ? dry_run
        ? 'Trying…'
        : 'Importing…'
      : state === 'failed'
        ? report.reason === 'cancelled'
          ? 'Stopped by hand'
          : 'It stopped before its end'
        : dry_run
          ? 'Tried: nothing was made'
          : 'Imported';
  const save = () =>
    download(
      'import-errors.csv',
      toCsv(
        ['line', 'message'],
        report.errors.map(({ line, message }) => [line, message]),
      ),
      'text/csv',
    );
  return (
    <section className="section" data-import={state}>
      <h2>{title}</h2>
      <div className="panel panel-pad">
        <Stack>
          <progress className="progress" max={Math.max(1, total)} value={done} aria-label={title} />
          <div role="status" className="import-counts">
            <span>
              <strong>{done.toLocaleString('en')}</strong> of {total.toLocaleString('en')}
            </span>
            <span>
              <strong>{created.toLocaleString('en')}</strong> {dry_run ? 'would be made' : 'made'}
            </span>
            <span>
              <strong>{existed.toLocaleString('en')}</strong> there already
            </span>
            <span className={failed ? 'bad' : undefined}>
              <strong>{failed.toLocaleString('en')}</strong> failed
            </span>
            {report.room_id && (
              <span>
                <strong>{joined.toLocaleString('en')}</strong> in the room
              </span>
            )}
          </div>
          {report.error && report.reason !== 'cancelled' && <Problem error={new Error(report.error)} />}
          {state === 'failed' && !dry_run && (
            <div className="small dim">
              What was made stays. The same file can be sent again: accounts that exist are left as they are.
            </div>
          )}
          {state !== 'running' && !!report.passwords && <Passwords report={report} />}
          {state === 'running' && <StopImport report={report} />}
          {report.errors.length > 0 && (
            <details open={report.errors.length <= 10}>
              <summary>What went wrong, by line</summary>
              <ul className="import-errors small" tabIndex={0} aria-label="Errors by line">
                {report.errors.slice(0, shownErrors).map(({ line, message }) => (
                  <li key={`${line} ${message}`}>
                    <span className="dim">Line {line}</span> {message}
                  </li>
                ))}
              </ul>
              {report.errors.length > shownErrors && (
                <p className="small dim">
                  The first {shownErrors} of {report.errors.length.toLocaleString('en')}; the file has all.
                </p>
              )}
            </details>
          )}
          {state !== 'running' && (
            <div className="form-actions">
              <Button component={Link} to="/ui/users">
                To the users
              </Button>
              {report.errors.length > 0 && (
                <Button variant="default" leftSection={<Icon name="download" size={15} />} onClick={save}>
                  Download the errors
                </Button>
              )}
              {onAgain && (
                <Button variant="subtle" onClick={onAgain}>
                  Another file
                </Button>
              )}
            </div>
          )}
        </Stack>
      </div>
    </section>
  );
}

/** Handed out once: the server forgets them with the answer. */
function Passwords({ report }: { report: UserImport }) {
  const take = useTakePasswords(report.import_id);
  const save = () => take.mutate(undefined, { onSuccess: (text) => download('passwords.csv', text, 'text/csv') });
  return (
    <div className="form-actions" data-passwords={report.passwords}>
      <Button leftSection={<Icon name="download" size={15} />} loading={take.isPending} onClick={save}>
        {report.passwords === 1
          ? 'Download the password'
          : `Download the ${(report.passwords ?? 0).toLocaleString('en')} passwords`}
      </Button>
      <span className="small dim">
        Once, and within a day: afterwards nobody has them. Give each person theirs and ask them to change it.
      </span>
      {take.error && <Problem error={take.error} />}
    </div>
  );
}

function StopImport({ report }: { report: UserImport }) {
  const [asking, setAsking] = useState(false);
  const cancel = useCancelImport(report.import_id);
  return (
    <div className="form-actions">
      <Button
        variant="default"
        leftSection={<Icon name="stop" size={15} />}
        disabled={cancel.isSuccess}
        onClick={() => setAsking(true)}
      >
        {report.dry_run ? 'Stop' : 'Stop the import'}
      </Button>
      <span role="status" className="small dim">
        {cancel.isSuccess && 'It ends after the step it is at.'}
      </span>
      <ConfirmDialog
        title="Stop the import?"
        opened={asking}
        onClose={() => {
          cancel.reset();
          setAsking(false);
        }}
        action="Stop it"
        pending={cancel.isPending}
        error={cancel.error}
        onConfirm={() => cancel.mutate(undefined, { onSuccess: () => setAsking(false) })}
      >
        {report.dry_run
          ? 'Nothing has been made.'
          : 'The accounts that are made already stay. The rest of the file is not looked at; it can be sent again later.'}
      </ConfirmDialog>
    </div>
  );
}

const shownErrors = 200;

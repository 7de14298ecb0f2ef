// Files: the largest and the newest, those of one person, what is in quarantine, and what each person's take.
import { Button, NativeSelect, Table } from '@mantine/core';
import { useSearchParams } from 'react-router';
import { ActionsHeader } from '@/kit/actions_header';
import type { FileUsage, HomeserverFile } from '@/kit/api/types';
import { sayBytes } from '@/kit/bytes';
import { Copyable } from '@/kit/copy';
import { usePhone } from '@/kit/dialog';
import { Empty, Loading, Problem } from '@/kit/feedback';
import { Pager, usePaging } from '@/kit/pager';
import { SearchBox } from '@/kit/search_box';
import { Ago } from '@/kit/time';
import { shownName } from '@/kit/names';
import { useFileUsage, useFiles, type FileView } from '../api/media';
import { FileActions, QuarantineAll } from '../parts/file_actions';
import { fileName } from '../parts/file_names';
import { LookAtFile } from '../parts/file_view';

const views: { value: FileView; label: string }[] = [
  { value: '', label: 'Largest files' },
  { value: 'newest', label: 'Newest files' },
  { value: 'quarantined', label: 'In quarantine' },
  { value: 'people', label: 'By person' },
];

export default function MediaPage() {
  const [params, setParams] = useSearchParams();
  const wanted = params.get('view') ?? '';
  const view = views.find(({ value }) => value === wanted)?.value ?? '';
  const userId = params.get('user') ?? '';
  const go = (next: { view?: FileView; user?: string }) =>
    setParams(Object.fromEntries(Object.entries(next).filter(([, value]) => value)));
  return (
    <section className="section" aria-label="Media">
      <p className="section-lead dim">
        What is put into quarantine can be fetched by nobody, whoever uploads it again. Encrypted files show neither
        name nor kind.
      </p>
      {view === 'people' && !userId ? (
        <People onView={(next) => go({ view: next })} onUser={(user) => go({ user })} />
      ) : (
        <Files view={view} userId={userId} onView={(next) => go({ view: next })} />
      )}
    </section>
  );
}

function ViewSelect({ view, onView }: { view: FileView; onView: (view: FileView) => void }) {
  return (
    <NativeSelect
      aria-label="Which files"
      value={view}
      data={views}
      onChange={(event) => onView(event.currentTarget.value as FileView)}
    />
  );
}

function Files({ view, userId, onView }: { view: FileView; userId: string; onView: (view: FileView) => void }) {
  const phone = usePhone();
  const paging = usePaging(`${view} ${userId}`);
  const files = useFiles(view, userId, paging.from, true);
  const page = files.data;
  return (
    <>
      <div className="toolbar filters">
        {userId ? (
          <>
            <span>
              Files of <strong className="mono">{userId}</strong>
            </span>
            <Button variant="subtle" size="xs" onClick={() => onView('people')}>
              By person
            </Button>
            <span className="toolbar-end">
              <QuarantineAll userId={userId} />
            </span>
          </>
        ) : (
          <ViewSelect view={view} onView={onView} />
        )}
      </div>
      {files.isPending ? (
        <Loading />
      ) : files.error && !page ? (
        <Problem error={files.error} title="The files could not be loaded" onRetry={() => void files.refetch()} />
      ) : page!.items.length === 0 ? (
        <Empty icon="list" title={view === 'quarantined' ? 'Nothing is in quarantine' : 'No files yet'}>
          {view === 'quarantined'
            ? 'A file that nobody may fetch is found here, and can be released.'
            : 'Pictures and documents that people send appear here.'}
        </Empty>
      ) : phone ? (
        <FileCards files={page!.items} />
      ) : (
        <FileTable files={page!.items} />
      )}
      {files.error && page && (
        <Problem error={files.error} title="The list may be old" onRetry={() => void files.refetch()} />
      )}
      {page && (
        <Pager
          paging={paging}
          shown={page.items.length}
          total={page.total}
          next={page.next_from}
          what="files"
          busy={files.isFetching}
        />
      )}
    </>
  );
}

function FileName({ file }: { file: HomeserverFile }) {
  return (
    <>
      <strong>{fileName(file) || 'no name'}</strong>
      <div className="dim">
        <Copyable value={file.media_id} what={`id of ${fileName(file) || 'the file'}`} />
      </div>
    </>
  );
}

function FileState({ file }: { file: HomeserverFile }) {
  if (file.quarantined_by)
    return (
      <span className="state" data-tone="failed" title={`by ${file.quarantined_by}`}>
        Quarantined
      </span>
    );
  return file.protected ? (
    <span className="state" data-tone="running">
      Protected
    </span>
  ) : null;
}

function FileTable({ files }: { files: HomeserverFile[] }) {
  return (
    <div className="panel table-panel">
      <Table>
        <caption className="visually-hidden">Files</caption>
        <Table.Thead>
          <Table.Tr>
            <Table.Th scope="col">File</Table.Th>
            <Table.Th scope="col" className="cell-number">
              Size
            </Table.Th>
            <Table.Th scope="col">Kind</Table.Th>
            <Table.Th scope="col">Uploaded</Table.Th>
            <Table.Th scope="col">State</Table.Th>
            <ActionsHeader />
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {files.map((file) => (
            <Table.Tr key={file.media_id} data-file={file.media_id}>
              <Table.Td className="cell-name">
                <FileName file={file} />
              </Table.Td>
              <Table.Td className="cell-number nowrap">{sayBytes(file.bytes)}</Table.Td>
              <Table.Td>{file.content_type ?? ''}</Table.Td>
              <Table.Td className="dim">
                <Ago at={file.uploaded_at} />
                <div className="mono">{file.user_id}</div>
              </Table.Td>
              <Table.Td>
                <FileState file={file} />
              </Table.Td>
              <Table.Td className="cell-actions">
                <span className="row-buttons">
                  <LookAtFile file={file} />
                  <FileActions file={file} />
                </span>
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </div>
  );
}

function FileCards({ files }: { files: HomeserverFile[] }) {
  return (
    <ul className="cards" aria-label="Files">
      {files.map((file) => (
        <li key={file.media_id} className="panel card" data-file={file.media_id}>
          <div className="card-head">
            <div>
              <FileName file={file} />
            </div>
            <FileState file={file} />
          </div>
          <div className="small dim">
            {sayBytes(file.bytes)} · <span className="mono">{file.user_id}</span> · <Ago at={file.uploaded_at} />
          </div>
          <div className="page-actions">
            <LookAtFile file={file} />
            <FileActions file={file} />
          </div>
        </li>
      ))}
    </ul>
  );
}

function People({ onView, onUser }: { onView: (view: FileView) => void; onUser: (userId: string) => void }) {
  const paging = usePaging();
  const usage = useFileUsage(paging.asked, paging.from, true);
  const page = usage.data;
  return (
    <>
      <div className="toolbar filters">
        <SearchBox
          label="Search people"
          value={paging.search}
          onChange={paging.setSearch}
          busy={usage.isPlaceholderData}
        />
        <ViewSelect view="people" onView={onView} />
      </div>
      {usage.isPending ? (
        <Loading />
      ) : usage.error && !page ? (
        <Problem error={usage.error} title="The totals could not be loaded" onRetry={() => void usage.refetch()} />
      ) : page!.items.length === 0 ? (
        <Empty icon="search" title={paging.asked ? 'Nobody matches' : 'No files yet'}>
          {paging.asked ? 'Nobody of that name has a file here.' : 'Whoever uploads something appears here.'}
        </Empty>
      ) : (
        <ul className="cards" aria-label="People">
          {page!.items.map((person) => (
            <Person key={person.user_id} person={person} onUser={onUser} />
          ))}
        </ul>
      )}
      {usage.error && page && (
        <Problem error={usage.error} title="The totals may be old" onRetry={() => void usage.refetch()} />
      )}
      {page && (
        <Pager
          paging={paging}
          shown={page.items.length}
          total={page.total}
          next={page.next_from}
          what="people"
          busy={usage.isFetching}
        />
      )}
    </>
  );
}

function Person({ person, onUser }: { person: FileUsage; onUser: (userId: string) => void }) {
  return (
    <li className="panel card" data-person={person.user_id}>
      <div className="card-head">
        <div>
          <strong>{shownName(person.display_name, person.user_id)}</strong>
          <div className="small dim">
            {sayBytes(person.bytes)} in {person.files.toLocaleString('en')} {person.files === 1 ? 'file' : 'files'} ·{' '}
            <span className="mono">{person.user_id}</span>
          </div>
        </div>
        <Button
          size="xs"
          variant="default"
          aria-label={`Show files of ${person.user_id}`}
          onClick={() => onUser(person.user_id)}
        >
          Show files
        </Button>
      </div>
    </li>
  );
}

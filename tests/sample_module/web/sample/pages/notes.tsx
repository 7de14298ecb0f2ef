// What people wrote down.
import { useNotes } from '../api/notes';
import { Empty, Loading, Problem } from '@/kit/feedback';
import { PageHead } from '@/kit/page';

export default function NotesPage() {
  const notes = useNotes();
  return (
    <>
      <PageHead title="Notes" lead={notes.data?.greeting ?? ''} />
      {notes.isPending ? (
        <Loading rows={3} />
      ) : notes.error ? (
        <Problem error={notes.error} title="The notes could not be loaded" onRetry={() => void notes.refetch()} />
      ) : notes.data.items.length === 0 ? (
        <Empty icon="list" title="No notes yet">
          Nobody has written one down.
        </Empty>
      ) : (
        <ul>
          {notes.data.items.map(({ id, text }) => (
            <li key={id}>{text}</li>
          ))}
        </ul>
      )}
    </>
  );
}

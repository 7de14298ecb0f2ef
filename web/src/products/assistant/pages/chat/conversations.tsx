// What was talked about, newest change first.
import { Link } from 'react-router';
import { Loading, Problem } from '@/kit/feedback';
import { Pager, usePaging } from '@/kit/pager';
import { Ago } from '@/kit/time';
import { useConversations } from '../../api/conversations';
import { chatPath } from '../../parts/paths';
import { seenText } from '../../parts/seen_text';

export function Conversations({ open, onOpen }: { open: string; onOpen?: () => void }) {
  const paging = usePaging();
  const found = useConversations(paging.from);
  const page = found.data;
  if (found.isPending) return <Loading rows={3} />;
  if (found.error && !page)
    return (
      <Problem error={found.error} title="The conversations could not be loaded" onRetry={() => void found.refetch()} />
    );
  if (page!.items.length === 0 && paging.page === 1)
    return <p className="small dim">Your conversations will stand here.</p>;
  return (
    <>
      <ul className="conversations" aria-label="Conversations">
        {page!.items.map(({ conversation_id, title, updated_at }) => (
          <li key={conversation_id} data-conversation={conversation_id}>
            <Link
              to={chatPath(conversation_id)}
              onClick={onOpen}
              aria-current={conversation_id === open ? 'page' : undefined}
            >
              <span className="conversation-title" dir="auto">
                {seenText(title) || 'Without a title'}
              </span>
              <span className="small dim">
                <Ago at={updated_at} />
              </span>
            </Link>
          </li>
        ))}
      </ul>
      {(paging.page > 1 || page!.next_from !== undefined) && (
        <Pager
          paging={paging}
          shown={page!.items.length}
          next={page!.next_from}
          what="conversations"
          busy={found.isFetching}
        />
      )}
    </>
  );
}

// What waits for a yes: one's own to give, and those that others have to give.
import { Link } from 'react-router';
import { useMe } from '@/kit/api/session';
import { Empty, Loading, Problem } from '@/kit/feedback';
import { useApprovals } from '../api/approvals';
import type { Approval } from '../api/types';
import { ApprovalCard } from '../parts/approval_card';
import { More } from '../parts/more';
import { taskPath } from '../parts/paths';

export default function ApprovalsPage() {
  const { query, items } = useApprovals();
  if (query.isPending) return <Loading rows={3} height={90} />;
  if (!items)
    return (
      <Problem error={query.error} title="The approvals could not be loaded" onRetry={() => void query.refetch()} />
    );
  const own = items.filter(({ can_decide }) => can_decide);
  const others = items.filter(({ can_decide }) => !can_decide);
  return (
    <>
      {query.error && !query.isFetchNextPageError && (
        <Problem error={query.error} title="The list may be old" onRetry={() => void query.refetch()} />
      )}
      {items.length === 0 && (
        <Empty icon="check" title="Nothing waits for a yes">
          When a call that changes something needs your approval, it stands here with its exact arguments.
        </Empty>
      )}
      <Some title="Waiting for you" approvals={own} />
      <Some title="Asked for by you, waiting for others" approvals={others} />
      <More query={query} what="approvals" />
    </>
  );
}

function Some({ title, approvals }: { title: string; approvals: Approval[] }) {
  const me = useMe();
  if (approvals.length === 0) return null;
  return (
    <section className="section" aria-label={title}>
      <h2>{title}</h2>
      <ul className="cards">
        {approvals.map((approval) => (
          <li key={approval.approval_id} className="panel card">
            <ApprovalCard approval={approval} />
            {approval.asker === me.user_id && (
              <p className="small">
                <Link to={taskPath(approval.task_id)}>The task that it belongs to</Link>
              </p>
            )}
          </li>
        ))}
      </ul>
    </section>
  );
}

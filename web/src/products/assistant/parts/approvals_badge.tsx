// How many approvals wait for whoever is signed in: beside the tab, and beside the page's name.
import { useFirstApprovals } from '../api/approvals';

export function ApprovalsBadge() {
  const { data } = useFirstApprovals();
  const waiting = data?.items.filter(({ can_decide }) => can_decide).length ?? 0;
  if (waiting === 0) return null;
  const count = data?.next_after === undefined ? `${waiting}` : `${waiting}+`;
  return (
    <span className="badge" data-badge="approvals">
      {count}
      <span className="visually-hidden"> {waiting === 1 ? 'approval waits' : 'approvals wait'} for you</span>
    </span>
  );
}

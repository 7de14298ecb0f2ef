// The assistant: a tab for each of its pages.
import { Link, Outlet, useLocation } from 'react-router';
import { PageHead } from '@/kit/page';
import { ApprovalsBadge } from '../parts/approvals_badge';

/** In the order of the tabs. */
const pages = [
  { to: '/ui/assistant', below: '/ui/assistant/chat/', label: 'Chat' },
  { to: '/ui/assistant/tasks', below: '/ui/assistant/tasks/', label: 'Tasks' },
  { to: '/ui/assistant/approvals', below: '/ui/assistant/approvals/', label: 'Approvals', badge: true },
  { to: '/ui/assistant/services', below: '/ui/assistant/services/', label: 'Services' },
];

export default function AssistantPage() {
  const { pathname } = useLocation();
  const isOpen = ({ to, below }: (typeof pages)[number]) => pathname === to || pathname.startsWith(below);
  return (
    <>
      <PageHead
        title="Assistant"
        part={pages.find(isOpen)?.label}
        lead="Say what you want done in your services. You see what would happen before it does."
      />
      <nav className="sub-tabs wraps" aria-label="Pages of the assistant">
        {pages.map((one) => (
          <Link key={one.to} to={one.to} className="sub-tab" aria-current={isOpen(one) ? 'page' : undefined}>
            {one.label}
            {one.badge && <ApprovalsBadge />}
          </Link>
        ))}
      </nav>
      <Outlet />
    </>
  );
}

// The homeserver: a tab for each of its pages.
import { Link, Outlet, useLocation } from 'react-router';
import { ApiError } from '@/kit/api/http';
import { Empty } from '@/kit/feedback';
import { PageHead } from '@/kit/page';
import { useRegistrationMode } from '../api/registration';

/** In the order of the tabs. */
const pages: { to: string; below?: string; label: string }[] = [
  { to: '/ui/server', below: '/ui/server/rooms/', label: 'Rooms' },
  { to: '/ui/server/media', label: 'Media' },
  { to: '/ui/server/registration', label: 'Registration' },
  { to: '/ui/server/reports', label: 'Reports' },
  { to: '/ui/server/providers', label: 'Sign-in' },
];

export default function HomeserverPage() {
  const mode = useRegistrationMode();
  const { pathname } = useLocation();
  const isOpen = ({ to, below }: (typeof pages)[number]) =>
    pathname === to || (below !== undefined && pathname.startsWith(below));
  const elsewhere = mode.error instanceof ApiError && mode.error.status === 404;
  return (
    <>
      <PageHead
        title="Server"
        part={pages.find(isOpen)?.label}
        lead="What people have on the homeserver, whichever tenant they are in."
      />
      {elsewhere ? (
        <Empty icon="server" title="The homeserver is another program">
          Rooms, files and reports lie there: manage them with its own tools.
        </Empty>
      ) : (
        <>
          <nav className="sub-tabs wraps" aria-label="Pages of the server">
            {pages.map((one) => (
              <Link key={one.to} to={one.to} className="sub-tab" aria-current={isOpen(one) ? 'page' : undefined}>
                {one.label}
              </Link>
            ))}
          </nav>
          <Outlet />
        </>
      )}
    </>
  );
}

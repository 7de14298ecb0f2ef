// The homeserver: a tab for each of its pages.
import { NavLink, Outlet } from 'react-router';
import { ApiError } from '@/kit/api/http';
import { Empty } from '@/kit/feedback';
import { PageHead } from '@/kit/page';
import { useRegistrationMode } from '../api/registration';

/** In the order of the tabs. */
const pages = [
  { path: '', label: 'Rooms' },
  { path: 'media', label: 'Media' },
  { path: 'registration', label: 'Registration' },
  { path: 'reports', label: 'Reports' },
];

export default function HomeserverPage() {
  const mode = useRegistrationMode();
  const elsewhere = mode.error instanceof ApiError && mode.error.status === 404;
  return (
    <>
      <PageHead title="Server" lead="What people have on the homeserver, whichever tenant they are in." />
      {elsewhere ? (
        <Empty icon="server" title="The homeserver is another program">
          Rooms, files and reports lie there: manage them with its own tools.
        </Empty>
      ) : (
        <>
          <nav className="sub-tabs" aria-label="Pages of the server">
            {pages.map(({ path, label }) => (
              <NavLink key={path} to={path ? `/ui/server/${path}` : '/ui/server'} end className="sub-tab">
                {label}
              </NavLink>
            ))}
          </nav>
          <Outlet />
        </>
      )}
    </>
  );
}

// The settings: a tab for each page that a product has there.
import { NavLink, Outlet, useLocation } from 'react-router';
import { useMe } from '@/kit/api/session';
import { mayDo } from '@/kit/api/types';
import { PageHead } from '@/kit/page';
import { useProducts } from '@/kit/product';

export default function SettingsPage() {
  const me = useMe();
  const { pathname } = useLocation();
  const addressOf = (path: string) => (path ? `/ui/settings/${path}` : '/ui/settings');
  const pages = useProducts().flatMap(({ settings }) => settings ?? []);
  return (
    <>
      <PageHead title="Settings" part={pages.find(({ path }) => addressOf(path) === pathname)?.label} />
      <nav className="sub-tabs" aria-label="Pages of the settings">
        {pages
          .filter(({ least = 'member' }) => mayDo(me, least))
          .map(({ path, label }) => (
            <NavLink key={path} to={addressOf(path)} end className="sub-tab">
              {label}
            </NavLink>
          ))}
      </nav>
      <Outlet />
    </>
  );
}

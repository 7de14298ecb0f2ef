// Settings: keys, tenants, the configuration as it holds, and about this server.
import { NavLink, Outlet } from 'react-router';
import { useMe } from '../../api/session';
import { mayDo, type Role } from '../../api/types';
import { PageHead } from '../../components/page';

const tabs: { to: string; label: string; least: Role }[] = [
  { to: '/ui/settings', label: 'Keys', least: 'member' }, { to: '/ui/settings/tenants', label: 'Tenants', least: 'admin' },
  { to: '/ui/settings/configuration', label: 'Configuration', least: 'admin' }, { to: '/ui/settings/about', label: 'About', least: 'member' },
];

export default function SettingsPage() {
  const me = useMe();
  return (
    <>
      <PageHead title="Settings" />
      <nav className="sub-tabs" aria-label="Pages of the settings">
        {tabs.filter(({ least }) => mayDo(me, least)).map(({ to, label }) => <NavLink key={to} to={to} end className="sub-tab">{label}</NavLink>)}
      </nav>
      <Outlet />
    </>
  );
}

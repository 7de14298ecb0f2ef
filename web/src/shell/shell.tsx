// The frame of every page behind the sign-in: brand, tabs (at the bottom on a phone), theme, account.
import { Button, Menu } from '@mantine/core';
import { NavLink, Outlet, useLocation } from 'react-router';
import { Suspense, useEffect, useState } from 'react';
import { useSession, useSignOut } from '@/kit/api/session';
import iconUrl from '@/styles/icon.svg';
import { ErrorBoundary } from '@/kit/error_boundary';
import { Loading, tellFailed } from '@/kit/feedback';
import { Icon } from '@/kit/icons';
import { keepFocus } from '@/kit/kept_focus';
import { LiveDot, LiveNotice, LiveProvider } from './live';
import { OwnPasswordDialog } from '@/products/users/parts/own_password';
import { Shortcuts } from './shortcuts';
import { useTabs } from './tabs';
import { ThemeMenu } from '@/kit/theme_menu';
import { shownName } from '@/kit/names';

export function Shell() {
  const tabs = useTabs();
  const { pathname } = useLocation();
  useEffect(keepFocus, []);
  return (
    <LiveProvider>
      <a className="skip-link" href="#main">
        Skip to the content
      </a>
      <header className="shell-header">
        <div className="shell-bar">
          <NavLink to="/ui" end className="brand">
            <img src={iconUrl} alt="" /> Troupe
          </NavLink>
          <nav className="tabs" aria-label="Pages">
            {tabs.map(({ to, label, icon, badge: Badge }) => (
              <NavLink key={to} to={to} end={to === '/ui'} className="tab">
                <Icon name={icon} />
                {label}
                {Badge && <Badge />}
              </NavLink>
            ))}
          </nav>
          <div className="shell-tools">
            <LiveDot />
            <Shortcuts />
            <ThemeMenu />
            <AccountMenu />
          </div>
        </div>
      </header>
      <LiveNotice />
      <main id="main" className="shell-main" tabIndex={-1}>
        <ErrorBoundary place={pathname}>
          <Suspense fallback={<Loading rows={4} height={60} />}>
            <Outlet />
          </Suspense>
        </ErrorBoundary>
      </main>
      <footer className="shell-footer">
        <a href="/docs">API</a>
        <a href="/ui/licenses.txt">Licences</a>
      </footer>
    </LiveProvider>
  );
}

function AccountMenu() {
  const me = useSession().data;
  const signOut = useSignOut();
  const [changing, setChanging] = useState(false);
  const leave = () => signOut.mutate(undefined, { onError: (error) => tellFailed('Could not sign out', error) });
  if (!me) return null; // It has just signed out: the page around it is about to go.
  const name = shownName(me.display_name, me.user_id ?? '');
  return (
    <>
      <Menu position="bottom-end" width={240}>
        <Menu.Target>
          <Button variant="default" size="xs" radius="xl" aria-label={`Account: ${name}`}>
            <span className="account-name">{name}</span>
          </Button>
        </Menu.Target>
        <Menu.Dropdown>
          <div className="menu-note" role="none">
            <span className="mono">{me.user_id}</span>
            <br />
            Role: {me.role}
          </div>
          {me.user_id && me.has_password !== false && (
            <Menu.Item leftSection={<Icon name="lock" size={16} />} onClick={() => setChanging(true)}>
              Change password
            </Menu.Item>
          )}
          <Menu.Item leftSection={<Icon name="out" size={16} />} onClick={leave}>
            Sign out
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
      <OwnPasswordDialog opened={changing} onClose={() => setChanging(false)} />
    </>
  );
}

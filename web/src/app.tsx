// Which page is shown for which address, and that someone must be signed in. Each page is loaded when it is first opened.
import { useQueryClient } from '@tanstack/react-query';
import { lazy, useEffect, useRef, type ReactNode } from 'react';
import { Navigate, Route, Routes, useLocation } from 'react-router';
import { onSignedOut } from './api/http';
import { sessionKey, useMe, useSession } from './api/session';
import { mayDo, type Role } from './api/types';
import { patiently } from './components/chunks';
import { draftsBelongTo } from './components/drafts';
import { Loading, Problem } from './components/feedback';
import { Shell } from './components/shell';
import { NotFoundPage } from './pages/not_found';
import { SignInPage } from './pages/sign_in';

const OverviewPage = lazy(patiently(() => import('./pages/overview')));
const BotsPage = lazy(patiently(() => import('./pages/bots')));
const NewBotPage = lazy(patiently(() => import('./pages/new_bot')));
const BotPage = lazy(patiently(() => import('./pages/bot/page')));
const BotOverview = lazy(patiently(() => import('./pages/bot/overview')));
const BotChat = lazy(patiently(() => import('./pages/bot/chat')));
const BotLogs = lazy(patiently(() => import('./pages/bot/logs')));
const BotHistory = lazy(patiently(() => import('./pages/bot/history')));
const BotSettings = lazy(patiently(() => import('./pages/bot/settings')));
const UsersPage = lazy(patiently(() => import('./pages/users')));
const ImportUsersPage = lazy(patiently(() => import('./pages/import_users')));
const SettingsPage = lazy(patiently(() => import('./pages/settings/page')));
const KeysPage = lazy(patiently(() => import('./pages/settings/keys')));
const TenantsPage = lazy(patiently(() => import('./pages/settings/tenants')));
const ConfigurationPage = lazy(patiently(() => import('./pages/settings/configuration')));
const AboutPage = lazy(patiently(() => import('./pages/settings/about')));
const AuditPage = lazy(patiently(() => import('./pages/audit')));

export function App() {
  const client = useQueryClient();
  useEffect(() => onSignedOut(() => client.setQueryData(sessionKey, null)), [client]);
  return (
    <Routes>
      <Route path="/ui/sign-in" element={<SignInPage />} />
      <Route path="/" element={<Navigate to="/ui" replace />} />
      <Route path="/ui" element={<SignedIn><Shell /></SignedIn>}>
        <Route index element={<OverviewPage />} />
        <Route path="bots" element={<BotsPage />} />
        <Route path="new-bot" element={<For role="operator"><NewBotPage /></For>} />
        <Route path="bots/:botId" element={<BotPage />}>
          <Route index element={<BotOverview />} />
          <Route path="chat" element={<BotChat />} />
          <Route path="logs" element={<For role="operator"><BotLogs /></For>} />
          <Route path="history" element={<BotHistory />} />
          <Route path="settings" element={<For role="operator"><BotSettings /></For>} />
          <Route path="*" element={<NotFoundPage />} />
        </Route>
        <Route path="users" element={<For role="operator"><UsersPage /></For>} />
        <Route path="users/import" element={<For role="admin"><ImportUsersPage /></For>} />
        <Route path="settings" element={<SettingsPage />}>
          <Route index element={<KeysPage />} />
          <Route path="tenants" element={<For role="admin"><TenantsPage /></For>} />
          <Route path="configuration" element={<For role="admin"><ConfigurationPage /></For>} />
          <Route path="about" element={<AboutPage />} />
          <Route path="*" element={<NotFoundPage />} />
        </Route>
        <Route path="keys" element={<Navigate to="/ui/settings" replace />} />
        <Route path="audit" element={<For role="admin"><AuditPage /></For>} />
        <Route path="*" element={<NotFoundPage />} />
      </Route>
      <Route path="*" element={<Navigate to="/ui" replace />} />
    </Routes>
  );
}

/** Shows its page to who is signed in; everyone else goes to the sign-in and comes back after it. */
function SignedIn({ children }: { children: ReactNode }) {
  const session = useSession();
  const location = useLocation();
  const wasSignedIn = useRef(false);
  useEffect(() => {
    if (!session.data) return;
    wasSignedIn.current = true;
    draftsBelongTo(session.data.user_id ?? '');
  }, [session.data]);
  if (session.isPending) return <main className="shell-main"><Loading /></main>;
  if (session.error && !session.data) {
    return <main className="shell-main"><Problem error={session.error} title="The server could not be reached" onRetry={() => void session.refetch()} /></main>;
  }
  if (session.data) return children;
  const query = new URLSearchParams();
  if (location.pathname !== '/ui' && location.pathname !== '/') query.set('next', location.pathname);
  if (wasSignedIn.current) query.set('expired', '1');
  return <Navigate to={`/ui/sign-in${query.size ? `?${query}` : ''}`} replace />;
}

function For({ role, children }: { role: Role; children: ReactNode }) {
  return mayDo(useMe(), role) ? children : <NotFoundPage />;
}

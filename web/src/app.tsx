// Which page is shown for which address, and that someone must be signed in.
import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef, type ReactNode } from 'react';
import { Navigate, Route, Routes, useLocation } from 'react-router';
import { onSignedOut } from './api/http';
import { sessionKey, useMe, useSession } from './api/session';
import { mayDo, type Role } from './api/types';
import { Loading, Problem } from './components/feedback';
import { Shell } from './components/shell';
import { AuditPage } from './pages/audit';
import { BotPage } from './pages/bot';
import { BotsPage } from './pages/bots';
import { KeysPage } from './pages/keys';
import { NotFoundPage } from './pages/not_found';
import { OverviewPage } from './pages/overview';
import { SignInPage } from './pages/sign_in';
import { UsersPage } from './pages/users';

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
        <Route path="bots/:botId" element={<BotPage />} />
        <Route path="users" element={<For role="operator"><UsersPage /></For>} />
        <Route path="keys" element={<KeysPage />} />
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
  useEffect(() => { if (session.data) wasSignedIn.current = true; }, [session.data]);
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

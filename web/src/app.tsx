// Which page is shown for which address, and that someone must be signed in.
import { useQueryClient } from '@tanstack/react-query';
import { Fragment, useEffect, type ReactNode } from 'react';
import { Navigate, Route, Routes, useLocation } from 'react-router';
import { onSignedOut } from '@/kit/api/http';
import { sessionEnded, sessionKey, useHasLeft, useMe, useSession, useSessionIsOver } from '@/kit/api/session';
import { isServerAdmin, mayDo, type Role } from '@/kit/api/types';
import { draftsBelongTo } from '@/kit/drafts';
import { Loading, Problem } from '@/kit/feedback';
import { ProductsProvider, type Page, type Product } from '@/kit/product';
import { products } from '@/products';
import { NotFoundPage } from '@/shell/not_found';
import { Shell } from '@/shell/shell';
import { SignInPage } from '@/shell/sign_in';
import { SignInAgain } from '@/shell/sign_in_again';

export function App() {
  const client = useQueryClient();
  useEffect(
    () =>
      onSignedOut(() => {
        // What was asked before the last sign-in may be refused after it: the server says whether that is over, too.
        if (sessionEnded(client)) void client.invalidateQueries({ queryKey: sessionKey });
      }),
    [client],
  );
  return (
    <ProductsProvider value={products}>
      <Routes>
        <Route path="/ui/sign-in" element={<SignInPage />} />
        <Route path="/" element={<Navigate to="/ui" replace />} />
        <Route
          path="/ui"
          element={
            <SignedIn>
              <Shell />
            </SignedIn>
          }
        >
          {products.flatMap(pagesOf).map(routeOf)}
          <Route path="*" element={<NotFoundPage />} />
        </Route>
        <Route path="*" element={<Navigate to="/ui" replace />} />
      </Routes>
    </ProductsProvider>
  );
}

function pagesOf({ pages = [], settingsFrame }: Product): Page[] {
  if (!settingsFrame) return pages;
  return [
    ...pages,
    { path: 'settings', page: settingsFrame, children: products.flatMap(({ settings }) => settings ?? []) },
  ];
}

function routeOf({ path, page: Content, least, server = false, children }: Page): ReactNode {
  const element = least ? (
    <For role={least} server={server}>
      <Content />
    </For>
  ) : (
    <Content />
  );
  if (path === '') return <Route key="index" index element={element} />;
  if (!children) return <Route key={path} path={path} element={element} />;
  return (
    <Route key={path} path={path} element={element}>
      {children.map(routeOf)}
      <Route path="*" element={<NotFoundPage />} />
    </Route>
  );
}

/** Shows its page to who is signed in; everyone else goes to the sign-in and comes back after it. */
function SignedIn({ children }: { children: ReactNode }) {
  const session = useSession();
  const location = useLocation();
  const hasLeft = useHasLeft();
  const over = useSessionIsOver();
  useEffect(() => {
    if (session.data) draftsBelongTo(session.data.user_id ?? '');
  }, [session.data]);
  if (session.isPending)
    return (
      <main className="shell-main">
        <Loading />
      </main>
    );
  if (session.error && !session.data) {
    return (
      <main className="shell-main">
        <Problem error={session.error} title="The server could not be reached" onRetry={() => void session.refetch()} />
      </main>
    );
  }
  if (session.data) {
    return (
      <>
        {/* Whoever comes after somebody else begins anew. */}
        <Fragment key={session.data.user_id}>{children}</Fragment>
        {over && <SignInAgain userId={session.data.user_id} />}
      </>
    );
  }
  if (hasLeft) return <Navigate to="/ui/sign-in" replace />;
  const query = new URLSearchParams();
  const here = location.pathname + location.search + location.hash;
  if (here !== '/ui' && here !== '/') query.set('next', here);
  return <Navigate to={`/ui/sign-in${query.size ? `?${query}` : ''}`} replace />;
}

function For({ role, server, children }: { role: Role; server: boolean; children: ReactNode }) {
  const me = useMe();
  return mayDo(me, role) && (!server || isServerAdmin(me)) ? children : <NotFoundPage />;
}

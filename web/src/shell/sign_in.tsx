// The way in.
import { useEffect } from 'react';
import { Navigate, useSearchParams } from 'react-router';
import { useSession } from '@/kit/api/session';
import { SignInForm } from './sign_in_form';
import { problemWith, providerLink, safeNext } from './sign_in_target';

export function SignInPage() {
  const [params] = useSearchParams();
  const session = useSession();
  useEffect(() => {
    document.title = 'Sign in · Troupe';
  }, []);
  if (session.data) return <Navigate to={safeNext(params.get('next'))} replace />;
  return (
    <main className="sign-in">
      <div className="panel sign-in-card">
        <SignInForm
          problem={problemWith(params.get('problem'))}
          providerLink={(id) => providerLink(id, params.get('next'))}
        >
          <p className="dim small">
            Use the name and password of your account on this server. On a fresh server that is{' '}
            <span className="mono">admin</span>, with the password printed in the terminal at the first start.
          </p>
        </SignInForm>
      </div>
    </main>
  );
}

// The way in.
import { Alert, Button, PasswordInput, Stack, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useEffect } from 'react';
import { Navigate, useSearchParams } from 'react-router';
import { useSession, useSignIn, useSignInProviders } from '@/kit/api/session';
import { Problem } from '@/kit/feedback';
import { ThemeMenu } from '@/kit/theme_menu';
import iconUrl from '@/styles/icon.svg';
import { bounds } from '@/kit/api/bounds';
import { problemWith, safeNext } from './sign_in_target';

/** Leads away from the console; whoever is known there comes back signed in. */
const providerLink = (id: string, next: string | null) =>
  `/api/v1/session/providers/${encodeURIComponent(id)}${next ? `?next=${encodeURIComponent(safeNext(next))}` : ''}`;

export function SignInPage() {
  const [params] = useSearchParams();
  const session = useSession();
  const signIn = useSignIn();
  const providers = useSignInProviders();
  const problem = problemWith(params.get('problem'));
  const form = useForm({
    initialValues: { user: '', password: '' },
    validate: {
      user: (value) => (value.trim() ? null : 'Enter your user name.'),
      password: (value) => (value ? null : 'Enter your password.'),
    },
  });
  useEffect(() => {
    document.title = 'Sign in · Troupe';
  }, []);
  if (session.data) return <Navigate to={safeNext(params.get('next'))} replace />;
  const submit = form.onSubmit(({ user, password }) =>
    signIn.mutate(
      { user: user.trim(), password },
      {
        onError: () => form.setFieldValue('password', ''),
      },
    ),
  );
  return (
    <main className="sign-in">
      <div className="panel sign-in-card">
        <form onSubmit={submit} noValidate>
          <Stack>
            <div className="card-head">
              <span className="brand">
                <img src={iconUrl} alt="" /> Troupe
              </span>
              <ThemeMenu />
            </div>
            <div>
              <h1>Sign in</h1>
              <p className="dim small">
                Use the name and password of your account on this server. On a fresh server that is{' '}
                <span className="mono">admin</span>, with the password printed in the terminal at the first start.
              </p>
            </div>
            {params.has('expired') && !signIn.error && (
              <Alert color="yellow" role="status">
                Your session has ended. Sign in again to go on where you were.
              </Alert>
            )}
            {problem && !signIn.error && (
              <Alert color="red" variant="light" role="alert">
                {problem}
              </Alert>
            )}
            {signIn.error && <Problem error={signIn.error} />}
            <TextInput
              label="User"
              name="user"
              autoComplete="username"
              autoCapitalize="none"
              spellCheck={false}
              maxLength={bounds.NewSession.user.maxLength}
              autoFocus
              {...form.getInputProps('user')}
            />
            <PasswordInput
              label="Password"
              name="password"
              autoComplete="current-password"
              maxLength={bounds.NewSession.password.maxLength}
              {...form.getInputProps('password')}
            />
            <Button type="submit" loading={signIn.isPending} fullWidth>
              Sign in
            </Button>
            {!!providers.data?.items.length && (
              <>
                <p className="dim small or-line">or</p>
                {providers.data.items.map(({ id, name }) => (
                  <Button
                    key={id}
                    component="a"
                    variant="default"
                    fullWidth
                    href={providerLink(id, params.get('next'))}
                  >
                    Sign in with {name}
                  </Button>
                ))}
              </>
            )}
          </Stack>
        </form>
      </div>
    </main>
  );
}

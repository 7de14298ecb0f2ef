// Name and password, or one of the providers: what the page of the sign-in shows, and a page whose session has ended.
import { Alert, Button, PasswordInput, Stack, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import type { ReactNode } from 'react';
import { useSignIn, useSignInProviders } from '@/kit/api/session';
import { Problem } from '@/kit/feedback';
import { ThemeMenu } from '@/kit/theme_menu';
import iconUrl from '@/styles/icon.svg';
import { bounds } from '@/kit/api/bounds';

interface Props {
  /** Under the heading. */
  children: ReactNode;
  titleId?: string;
  /** Whose name stands there already. */
  user?: string;
  /** What went wrong before, until something is tried here. */
  problem?: string;
  providerLink: (id: string) => string;
  /** The page stays as it is: providers open in another tab. */
  elsewhere?: boolean;
}

export function SignInForm({ children, titleId, user = '', problem, providerLink, elsewhere = false }: Props) {
  const signIn = useSignIn();
  const providers = useSignInProviders();
  const form = useForm({
    initialValues: { user, password: '' },
    validate: {
      user: (value) => (value.trim() ? null : 'Enter your user name.'),
      password: (value) => (value ? null : 'Enter your password.'),
    },
  });
  const submit = form.onSubmit(({ user: name, password }) =>
    signIn.mutate(
      { user: name.trim(), password },
      {
        onError: () => form.setFieldValue('password', ''),
      },
    ),
  );
  return (
    <form onSubmit={submit} noValidate>
      <Stack>
        <div className="card-head">
          <span className="brand">
            <img src={iconUrl} alt="" /> Troupe
          </span>
          <ThemeMenu />
        </div>
        <div>
          <h1 id={titleId}>Sign in</h1>
          {children}
        </div>
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
          autoFocus={!user}
          {...form.getInputProps('user')}
        />
        <PasswordInput
          label="Password"
          name="password"
          autoComplete="current-password"
          maxLength={bounds.NewSession.password.maxLength}
          autoFocus={!!user}
          {...form.getInputProps('password')}
        />
        <Button type="submit" loading={signIn.isPending} fullWidth>
          Sign in
        </Button>
        {!!providers.data?.items.length && (
          <>
            <p className="dim small or-line">{elsewhere ? 'or, in another tab' : 'or'}</p>
            {providers.data.items.map(({ id, name }) => (
              <Button
                key={id}
                component="a"
                className="provider-link"
                variant="default"
                fullWidth
                href={providerLink(id)}
                {...(elsewhere && { target: '_blank', rel: 'noreferrer' })}
              >
                Sign in with {name}
              </Button>
            ))}
          </>
        )}
      </Stack>
    </form>
  );
}

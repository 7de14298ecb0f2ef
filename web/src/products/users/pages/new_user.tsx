// Making an account; a generated password is shown once.
import { Button, PasswordInput, Stack, Switch, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useState } from 'react';
import { useOverview } from '@/kit/api/overview';
import type { Role, User } from '@/kit/api/types';
import { useCreateUser } from '../api/users';
import { Copyable, Secret } from '@/kit/copy';
import { Dialog, FormEnd } from '@/kit/dialog';
import { tellDone } from '@/kit/feedback';
import { passwordHint, passwordProblem } from '../parts/passwords';
import { RoleSelect } from '../parts/role_select';
import { usernameProblem } from '../parts/names';
import { bounds } from '@/kit/api/bounds';
import { HomeserverAddress } from '@/kit/homeserver_address';
import { submitOf, type FieldNames } from '@/kit/forms';

export function NewUserDialog({ opened, onClose }: { opened: boolean; onClose: () => void }) {
  const [made, setMade] = useState<{ user: User; password: string }>();
  const close = () => {
    setMade(undefined);
    onClose();
  };
  return (
    <Dialog
      title={made ? `${made.user.username} is made` : 'New user'}
      opened={opened}
      onClose={close}
      insist={made !== undefined}
    >
      {made ? (
        <MadeUser {...made} onClose={close} />
      ) : (
        <NewUserForm onClose={close} onPassword={(user, password) => setMade({ user, password })} />
      )}
    </Dialog>
  );
}

function NewUserForm({
  onClose,
  onPassword,
}: {
  onClose: () => void;
  onPassword: (user: User, password: string) => void;
}) {
  const create = useCreateUser();
  const overview = useOverview();
  const form = useForm({
    initialValues: { username: '', display_name: '', role: 'member' as Role, generate: true, password: '' },
    validate: {
      username: usernameProblem,
      password: (value, { generate }) => (generate ? null : passwordProblem(value)),
    },
  });
  const names: FieldNames = {
    username: 'username',
    display_name: 'display_name',
    role: 'role',
    ...(!form.values.generate && { password: 'password' }),
  };
  const submit = submitOf(form, names, ({ username, display_name, role, generate, password }, refused) =>
    create.mutate(
      { username, role, display_name: display_name.trim() || undefined, password: generate ? undefined : password },
      {
        onSuccess: ({ user, generated_password }) => {
          if (generated_password) return onPassword(user, generated_password);
          tellDone(`${user.username} is made.`);
          onClose();
        },
        onError: refused,
      },
    ),
  );
  return (
    <form onSubmit={submit} noValidate>
      <Stack>
        <TextInput
          label="User name"
          withAsterisk
          data-autofocus
          maxLength={bounds.NewUser.username.maxLength}
          autoComplete="off"
          autoCapitalize="none"
          spellCheck={false}
          description={
            <>
              Its Matrix id becomes{' '}
              <span className="mono">
                @{form.values.username || '…'}:{overview.data?.server_name ?? '…'}
              </span>
            </>
          }
          {...form.getInputProps('username')}
        />
        <TextInput
          label="Display name"
          description="What others see. Left empty: the user name."
          maxLength={bounds.NewUser.display_name.maxLength}
          autoComplete="off"
          {...form.getInputProps('display_name')}
        />
        <RoleSelect {...form.getInputProps('role')} />
        <Switch label="Generate a password" {...form.getInputProps('generate', { type: 'checkbox' })} />
        {!form.values.generate && (
          <PasswordInput
            label="Password"
            description={passwordHint}
            withAsterisk
            autoComplete="new-password"
            {...form.getInputProps('password')}
          />
        )}
        <FormEnd
          error={create.error}
          fields={Object.keys(names)}
          pending={create.isPending}
          action="Make user"
          once
          onClose={onClose}
        />
      </Stack>
    </form>
  );
}

function MadeUser({ user, password, onClose }: { user: User; password: string; onClose: () => void }) {
  const overview = useOverview();
  return (
    <Stack>
      <div>This password is shown this once. Give it to the person together with the address of the server.</div>
      <Secret value={password} what="password" />
      <dl className="facts">
        <dt>User id</dt>
        <dd>
          <Copyable value={user.user_id} what="user id" />
        </dd>
        {overview.data && (
          <>
            <dt>Homeserver</dt>
            <dd>
              <HomeserverAddress value={overview.data.matrix_url} />
            </dd>
          </>
        )}
      </dl>
      <div className="dialog-actions">
        <Button onClick={onClose} data-autofocus>
          I have kept it
        </Button>
      </div>
    </Stack>
  );
}

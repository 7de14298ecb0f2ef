// What an administrator can do to an account: another role, a new password, the end.
import { Button, Checkbox, PasswordInput, Stack, Switch } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useState } from 'react';
import type { Role, User } from '@/kit/api/types';
import { useDeactivateUser, useLockUser, useSetPassword, useUpdateUser } from '../api/users';
import { Secret } from '@/kit/copy';
import { ConfirmDialog, Dialog, FormEnd } from '@/kit/dialog';
import { tellDone } from '@/kit/feedback';
import { submitOf, type FieldNames } from '@/kit/forms';
import { passwordHint, passwordProblem } from '../parts/passwords';
import { RoleSelect } from '../parts/role_select';

interface Props {
  user: User;
  opened: boolean;
  onClose: () => void;
}

export function RoleDialog({ user, opened, onClose }: Props) {
  return (
    <Dialog title={`Role of ${user.username}`} opened={opened} onClose={onClose}>
      <RoleForm user={user} onClose={onClose} />
    </Dialog>
  );
}

function RoleForm({ user, onClose }: { user: User; onClose: () => void }) {
  const update = useUpdateUser(user.user_id);
  const [role, setRole] = useState<Role>(user.role);
  const submit = (event: React.FormEvent) => {
    event.preventDefault();
    update.mutate(
      { role },
      {
        onSuccess: () => {
          tellDone(`${user.username} is ${role} now.`);
          onClose();
        },
      },
    );
  };
  return (
    <form onSubmit={submit}>
      <Stack>
        <RoleSelect value={role} onChange={(event) => setRole(event.currentTarget.value as Role)} data-autofocus />
        <FormEnd error={update.error} pending={update.isPending} action="Change role" onClose={onClose} />
      </Stack>
    </form>
  );
}

export function ResetPasswordDialog({ user, opened, onClose }: Props) {
  const [made, setMade] = useState('');
  const close = () => {
    setMade('');
    onClose();
  };
  return (
    <Dialog
      title={made ? `New password of ${user.username}` : `Reset the password of ${user.username}`}
      opened={opened}
      onClose={close}
      insist={made !== ''}
    >
      {made ? (
        <Stack>
          <div>The old password no longer works. This one is shown this once.</div>
          <Secret value={made} what="password" />
          <div className="dialog-actions">
            <Button onClick={close} data-autofocus>
              I have kept it
            </Button>
          </div>
        </Stack>
      ) : (
        <ResetPasswordForm user={user} onClose={close} onMade={setMade} />
      )}
    </Dialog>
  );
}

function ResetPasswordForm({
  user,
  onClose,
  onMade,
}: {
  user: User;
  onClose: () => void;
  onMade: (password: string) => void;
}) {
  const change = useSetPassword(user.user_id);
  const form = useForm({
    initialValues: { generate: true, password: '', logout: true },
    validate: { password: (value, { generate }) => (generate ? null : passwordProblem(value)) },
  });
  const names: FieldNames = form.values.generate ? {} : { password: 'password' };
  const submit = submitOf(form, names, ({ generate, password, logout }, refused) => {
    change.mutate(
      { ...(generate ? { generate } : { password }), logout_devices: logout },
      {
        onSuccess: (answer) => {
          if (answer?.password) return onMade(answer.password);
          tellDone(`The password of ${user.username} is changed.`);
          onClose();
        },
        onError: refused,
      },
    );
  });
  return (
    <form onSubmit={submit} noValidate>
      <Stack>
        <Switch label="Generate a password" data-autofocus {...form.getInputProps('generate', { type: 'checkbox' })} />
        {!form.values.generate && (
          <PasswordInput
            label="New password"
            description={passwordHint}
            withAsterisk
            autoComplete="new-password"
            {...form.getInputProps('password')}
          />
        )}
        <Checkbox
          label="Sign out everywhere"
          description="Ends all sessions of the account, Matrix clients too."
          {...form.getInputProps('logout', { type: 'checkbox' })}
        />
        <FormEnd
          error={change.error}
          fields={Object.keys(names)}
          pending={change.isPending}
          action="Reset password"
          once
          onClose={onClose}
        />
      </Stack>
    </form>
  );
}

export function DeactivateDialog({ user, opened, onClose }: Props) {
  const deactivate = useDeactivateUser(user.user_id);
  const confirm = () =>
    deactivate.mutate(undefined, {
      onSuccess: () => {
        tellDone(`${user.username} is deactivated.`);
        onClose();
      },
    });
  return (
    <ConfirmDialog
      title={`Deactivate ${user.username}?`}
      opened={opened}
      onClose={() => {
        deactivate.reset();
        onClose();
      }}
      typed={user.user_id}
      action="Deactivate"
      pending={deactivate.isPending}
      error={deactivate.error}
      onConfirm={confirm}
    >
      The account is signed out everywhere, leaves its rooms and can never sign in again. Its id is not given out a
      second time. This cannot be undone.
    </ConfirmDialog>
  );
}

export function LockDialog({ user, opened, onClose }: Props) {
  const lock = useLockUser(user.user_id, 'lock');
  const confirm = () =>
    lock.mutate(undefined, {
      onSuccess: () => {
        tellDone(`${user.username} is locked.`);
        onClose();
      },
    });
  return (
    <ConfirmDialog
      title={`Lock ${user.username}?`}
      opened={opened}
      onClose={() => {
        lock.reset();
        onClose();
      }}
      action="Lock"
      pending={lock.isPending}
      error={lock.error}
      onConfirm={confirm}
    >
      The account can do nothing until it is unlocked: no messages, no sign-in. Its sessions, rooms and devices stay as
      they are.
    </ConfirmDialog>
  );
}

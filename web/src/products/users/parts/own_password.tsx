// Changing the own password, with the current one.
import { Checkbox, PasswordInput, Stack } from '@mantine/core';
import { useForm } from '@mantine/form';
import { submitOf } from '@/kit/forms';
import { useMe } from '@/kit/api/session';
import { useSetPassword } from '../api/users';
import { Dialog, FormEnd } from '@/kit/dialog';
import { tellDone } from '@/kit/feedback';
import { passwordHint, passwordProblem } from './passwords';

const names = { password: 'next', current_password: 'current' };

export function OwnPasswordDialog({ opened, onClose }: { opened: boolean; onClose: () => void }) {
  return (
    <Dialog title="Change password" opened={opened} onClose={onClose}>
      <OwnPasswordForm onClose={onClose} />
    </Dialog>
  );
}

function OwnPasswordForm({ onClose }: { onClose: () => void }) {
  const change = useSetPassword(useMe().user_id);
  const form = useForm({
    initialValues: { current: '', next: '', others: false },
    validate: { current: (value) => (value ? null : 'The current password is needed.'), next: passwordProblem },
  });
  const submit = submitOf(form, names, ({ current, next, others }, refused) =>
    change.mutate(
      { password: next, current_password: current, logout_devices: others },
      {
        onSuccess: () => {
          tellDone('The password is changed.');
          onClose();
        },
        onError: refused,
      },
    ),
  );
  return (
    <form onSubmit={submit} noValidate>
      <Stack>
        <PasswordInput
          label="Current password"
          autoComplete="current-password"
          withAsterisk
          data-autofocus
          {...form.getInputProps('current')}
        />
        <PasswordInput
          label="New password"
          description={passwordHint}
          autoComplete="new-password"
          withAsterisk
          {...form.getInputProps('next')}
        />
        <Checkbox
          label="Sign out everywhere else, Matrix clients too"
          {...form.getInputProps('others', { type: 'checkbox' })}
        />
        <FormEnd
          error={change.error}
          fields={Object.keys(names)}
          pending={change.isPending}
          action="Change password"
          onClose={onClose}
        />
      </Stack>
    </form>
  );
}

// Changing the own password, with the current one.
import { Checkbox, PasswordInput, Stack } from '@mantine/core';
import { useForm } from '@mantine/form';
import { serverErrors } from '@/kit/forms';
import { useMe } from '@/kit/api/session';
import { useSetPassword } from '../api/users';
import { Dialog, FormEnd } from '@/kit/dialog';
import { tellDone } from '@/kit/feedback';
import { passwordHint, passwordProblem } from './passwords';

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
  const submit = form.onSubmit(({ current, next, others }) =>
    change.mutate(
      { password: next, current_password: current, logout_devices: others },
      {
        onSuccess: () => {
          tellDone('The password is changed.');
          onClose();
        },
        onError: (error) => {
          const { password, current_password } = serverErrors(error);
          form.setErrors({ next: password, current: current_password });
        },
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
        <FormEnd error={change.error} pending={change.isPending} action="Change password" onClose={onClose} />
      </Stack>
    </form>
  );
}

// Making a registration token, and changing how often and how long it may be used.
import { Button, NativeSelect, NumberInput, Stack, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useState } from 'react';
import { bounds } from '@/kit/api/bounds';
import type { RegistrationToken } from '@/kit/api/types';
import { Secret } from '@/kit/copy';
import { Dialog, FormEnd } from '@/kit/dialog';
import { tellDone } from '@/kit/feedback';
import { focusFirstError, serverErrors, submitOf } from '@/kit/forms';
import { useChangeToken, useCreateToken } from '../api/registration';

const dayS = 86_400;
const times = [
  { value: '0', label: 'For ever' },
  { value: String(dayS), label: 'A day' },
  { value: String(7 * dayS), label: 'A week' },
  { value: String(30 * dayS), label: '30 days' },
  { value: String(365 * dayS), label: 'A year' },
];

/** '' stands for any number. */
type Uses = number | '';

function UsesInput(props: { value: Uses; onChange: (value: Uses) => void; error?: React.ReactNode }) {
  return (
    <NumberInput
      label="How often"
      description="Accounts that can be made with it. Empty: any number."
      min={1}
      max={bounds.NewRegistrationToken.uses_allowed.maximum}
      allowDecimal={false}
      value={props.value}
      onChange={(value) => props.onChange(typeof value === 'number' ? value : '')}
      error={props.error}
    />
  );
}

export function NewTokenDialog({ opened, onClose }: { opened: boolean; onClose: () => void }) {
  const [made, setMade] = useState('');
  const close = () => {
    setMade('');
    onClose();
  };
  return (
    <Dialog title={made ? 'The new token' : 'New registration token'} opened={opened} onClose={close} small>
      {made ? (
        <Stack>
          <div>Give it to whoever may make an account. It stays in the list.</div>
          <Secret value={made} what="token" />
          <div className="dialog-actions">
            <Button onClick={close} data-autofocus>
              Done
            </Button>
          </div>
        </Stack>
      ) : (
        <NewTokenForm onClose={close} onMade={setMade} />
      )}
    </Dialog>
  );
}

const names = { token: 'token', uses_allowed: 'uses', valid_for_s: 'time' };

function NewTokenForm({ onClose, onMade }: { onClose: () => void; onMade: (token: string) => void }) {
  const create = useCreateToken();
  const form = useForm<{ token: string; uses: Uses; time: string }>({
    initialValues: { token: '', uses: 1, time: String(7 * dayS) },
    validate: {
      token: (value) => (/^[A-Za-z0-9._~-]*$/.test(value.trim()) ? null : 'Letters, digits and . _ ~ - only.'),
    },
  });
  const submit = submitOf(form, names, ({ token, uses, time }, refused) =>
    create.mutate(
      {
        ...(token.trim() && { token: token.trim() }),
        ...(uses !== '' && { uses_allowed: uses }),
        ...(time !== '0' && { valid_for_s: Number(time) }),
      },
      {
        onSuccess: (answer) => onMade(answer.token),
        onError: refused,
      },
    ),
  );
  return (
    <form onSubmit={submit} noValidate>
      <Stack>
        <UsesInput
          value={form.values.uses}
          error={form.errors.uses}
          onChange={(value) => form.setFieldValue('uses', value)}
        />
        <NativeSelect label="How long" data={times} {...form.getInputProps('time')} />
        <TextInput
          label="Token"
          description="Empty: one is drawn that nobody guesses."
          maxLength={bounds.NewRegistrationToken.token.maxLength}
          autoComplete="off"
          autoCapitalize="none"
          spellCheck={false}
          {...form.getInputProps('token')}
        />
        <FormEnd
          error={create.error}
          fields={Object.keys(names)}
          pending={create.isPending}
          action="Make token"
          onClose={onClose}
        />
      </Stack>
    </form>
  );
}

export function ChangeTokenDialog({
  token,
  opened,
  onClose,
}: {
  token: RegistrationToken;
  opened: boolean;
  onClose: () => void;
}) {
  return (
    <Dialog title="Change the token" opened={opened} onClose={onClose} small>
      <ChangeTokenForm token={token} onClose={onClose} />
    </Dialog>
  );
}

function ChangeTokenForm({ token, onClose }: { token: RegistrationToken; onClose: () => void }) {
  const change = useChangeToken(token.token);
  const [uses, setUses] = useState<Uses>(token.uses_allowed ?? '');
  const [time, setTime] = useState('');
  const errors = serverErrors(change.error);
  const submit = (event: React.FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const element = event.currentTarget;
    change.mutate(
      { uses_allowed: uses === '' ? 0 : uses, ...(time && { valid_for_s: Number(time) }) },
      {
        onSuccess: () => {
          tellDone('The token is changed.');
          onClose();
        },
        onError: () => focusFirstError(element),
      },
    );
  };
  return (
    <form onSubmit={submit} noValidate>
      <Stack>
        <div className="mono">{token.token}</div>
        <UsesInput value={uses} error={errors.uses_allowed} onChange={setUses} />
        <NativeSelect
          label="How long from now"
          value={time}
          data={[{ value: '', label: 'As it is' }, ...times]}
          error={errors.valid_for_s}
          onChange={(event) => setTime(event.currentTarget.value)}
        />
        <FormEnd
          error={change.error}
          fields={['uses_allowed', 'valid_for_s']}
          pending={change.isPending}
          action="Change token"
          onClose={onClose}
        />
      </Stack>
    </form>
  );
}

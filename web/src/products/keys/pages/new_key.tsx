// Making an API key; the key itself is shown once.
import { Button, Checkbox, NativeSelect, Stack, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useState } from 'react';
import { submitOf } from '@/kit/forms';
import { useCreateKey } from '../api/keys';
import { useMe } from '@/kit/api/session';
import { mayDo, type NewApiKey, type Role } from '@/kit/api/types';
import { Secret } from '@/kit/copy';
import { Dialog, FormEnd } from '@/kit/dialog';
import { bounds } from '@/kit/api/bounds';

type Scope = NonNullable<NewApiKey['scopes']>[number];
const scopes: { value: Scope; label: string }[] = [
  { value: 'bots', label: 'Bots' },
  { value: 'users', label: 'Users' },
  { value: 'admin', label: 'Administration' },
  { value: 'metrics', label: 'Metrics' },
  { value: 'assistant', label: 'Assistant' },
];
const lifetimes = [
  { value: '', label: 'Never' },
  { value: '7', label: 'In 7 days' },
  { value: '30', label: 'In 30 days' },
  { value: '90', label: 'In 90 days' },
  { value: '365', label: 'In a year' },
];

const names = { name: 'name', role: 'role', scopes: 'scopes', expires_in_days: 'days' };

export function NewKeyDialog({ opened, onClose }: { opened: boolean; onClose: () => void }) {
  const [made, setMade] = useState<{ name: string; token: string }>();
  const close = () => {
    setMade(undefined);
    onClose();
  };
  return (
    <Dialog title={made ? `Key ${made.name}` : 'New key'} opened={opened} onClose={close} insist={made !== undefined}>
      {made ? (
        <Stack>
          <div>This is the key. It is shown this once: keep it where your program finds it.</div>
          <Secret value={made.token} what="key" />
          <div className="dialog-actions">
            <Button onClick={close} data-autofocus>
              I have kept it
            </Button>
          </div>
        </Stack>
      ) : (
        <NewKeyForm onClose={close} onMade={(name, token) => setMade({ name, token })} />
      )}
    </Dialog>
  );
}

function NewKeyForm({ onClose, onMade }: { onClose: () => void; onMade: (name: string, token: string) => void }) {
  const me = useMe();
  const create = useCreateKey();
  const roles = (['member', 'operator', 'admin'] as Role[]).filter((role) => mayDo(me, role));
  const form = useForm({
    initialValues: {
      name: '',
      role: (roles.includes('operator') ? 'operator' : 'member') as Role,
      scopes: [] as Scope[],
      days: '',
    },
    validate: { name: (value) => (value.trim() ? null : 'A key needs a name.') },
  });
  const submit = submitOf(form, names, ({ name, role, scopes: chosen, days }, refused) =>
    create.mutate(
      { name: name.trim(), role, scopes: chosen, expires_in_days: days ? Number(days) : undefined },
      {
        onSuccess: ({ key, token }) => onMade(key.name, token),
        onError: refused,
      },
    ),
  );
  return (
    <form onSubmit={submit} noValidate>
      <Stack>
        <TextInput
          label="Name"
          description="Who or what uses it"
          withAsterisk
          data-autofocus
          maxLength={bounds.NewApiKey.name.maxLength}
          autoComplete="off"
          {...form.getInputProps('name')}
        />
        <NativeSelect label="Role" data={roles} {...form.getInputProps('role')} />
        <Checkbox.Group
          label="May use"
          description="None chosen: everything its role may."
          {...form.getInputProps('scopes')}
        >
          <Stack gap="xs" mt="xs">
            {scopes.map(({ value, label }) => (
              <Checkbox key={value} value={value} label={label} />
            ))}
          </Stack>
        </Checkbox.Group>
        <NativeSelect label="Ends" data={lifetimes} {...form.getInputProps('days')} />
        <FormEnd
          error={create.error}
          fields={Object.keys(names)}
          pending={create.isPending}
          action="Make key"
          once
          onClose={onClose}
        />
      </Stack>
    </form>
  );
}

// Making a webhook of meetings; what it signs with is shown once.
import { Button, Checkbox, NativeSelect, PasswordInput, Stack, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useState } from 'react';
import { useMe } from '@/kit/api/session';
import { mayDo } from '@/kit/api/types';
import { Secret } from '@/kit/copy';
import { Dialog, FormEnd } from '@/kit/dialog';
import { submitOf } from '@/kit/forms';
import type { NewWebhook } from '../../api/types';
import { useCreateWebhook } from '../../api/webhooks';
import { eventNames, eventsOf, formatNames, usualEvents, type Format } from '../../parts/webhook_words';

const formats = (['envelope', 'legacy'] as const).map((value) => ({ value, label: formatNames[value] }));

type Refused = (error: unknown) => void;
type Create = ReturnType<typeof useCreateWebhook>;

export function NewWebhookDialog({ opened, onClose }: { opened: boolean; onClose: () => void }) {
  const [secret, setSecret] = useState('');
  const create = useCreateWebhook();
  const close = () => {
    setSecret('');
    create.reset();
    onClose();
  };
  const send = (body: NewWebhook, refused: Refused) =>
    create.mutate(body, { onSuccess: (made) => setSecret(made.secret ?? ''), onError: refused });
  return (
    <Dialog
      title={secret ? 'The webhook is made' : 'New webhook'}
      opened={opened}
      onClose={close}
      insist={secret !== ''}
    >
      {secret ? (
        <Stack>
          <div>
            What is sent is signed with this secret. It is shown this once: keep it where your service checks what it is
            told.
          </div>
          <Secret value={secret} what="secret" />
          <div className="dialog-actions">
            <Button onClick={close} data-autofocus>
              I have kept it
            </Button>
          </div>
        </Stack>
      ) : (
        <NewWebhookForm create={create} onSend={send} onClose={close} />
      )}
    </Dialog>
  );
}

const fields = ['url', 'events', 'format', 'secret', 'tenant_wide'];
const names = Object.fromEntries(fields.map((field) => [field, field]));

function NewWebhookForm({
  create,
  onSend,
  onClose,
}: {
  create: Create;
  onSend: (body: NewWebhook, refused: Refused) => void;
  onClose: () => void;
}) {
  const me = useMe();
  const form = useForm({
    initialValues: {
      url: '',
      events: usualEvents('envelope'),
      format: 'envelope' as Format,
      secret: '',
      tenant_wide: false,
    },
    validate: {
      url: (value) =>
        /^https?:\/\/\S+$/i.test(value.trim()) ? null : 'An address that begins with https:// or http://',
      events: (value) => (value.length > 0 ? null : 'Choose at least one.'),
    },
  });
  const { format } = form.values;
  const choose = (next: Format) => {
    form.setValues({ format: next, events: usualEvents(next) });
    form.clearFieldError('events');
  };
  const submit = submitOf(form, names, ({ url, events, format: shape, secret, tenant_wide }, refused) =>
    onSend(
      {
        url: url.trim(),
        events: Object.fromEntries(events.map((name) => [name, true])),
        format: shape,
        ...(secret && { secret }),
        ...(tenant_wide && { tenant_wide }),
      },
      refused,
    ),
  );
  return (
    <form onSubmit={submit} noValidate>
      <Stack>
        <TextInput
          label="Address"
          description="What happens is posted there, and again until it answers with 200 to 299"
          withAsterisk
          data-autofocus
          type="url"
          placeholder="https://example.org/hook"
          autoComplete="off"
          {...form.getInputProps('url')}
        />
        <NativeSelect
          label="Form"
          data={formats}
          value={format}
          error={form.errors.format}
          onChange={(event) => choose(event.currentTarget.value as Format)}
        />
        <Checkbox.Group label="Tell it of" withAsterisk {...form.getInputProps('events')}>
          <Stack gap="xs" mt="xs">
            {eventsOf(format).map((name) => (
              <Checkbox key={name} value={name} label={eventNames[name]} description={name} />
            ))}
          </Stack>
        </Checkbox.Group>
        <PasswordInput
          label="Secret"
          description="Signs what is sent. Empty: one is made"
          autoComplete="new-password"
          {...form.getInputProps('secret')}
        />
        {mayDo(me, 'operator') && (
          <Checkbox
            label="Of everybody’s meetings"
            description="Else of your own only."
            {...form.getInputProps('tenant_wide', { type: 'checkbox' })}
          />
        )}
        <FormEnd
          error={create.error}
          fields={mayDo(me, 'operator') ? fields : fields.filter((field) => field !== 'tenant_wide')}
          pending={create.isPending}
          action="Make webhook"
          once
          onClose={onClose}
        />
      </Stack>
    </form>
  );
}

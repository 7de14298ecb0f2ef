// The fields that a webhook is made with, and changed.
import { Checkbox, NativeSelect, Stack, TextInput } from '@mantine/core';
import type { UseFormReturnType } from '@mantine/form';
import type { Webhook } from '../api/types';
import { eventNames, formatNames } from './webhook_words';

export interface WebhookValues {
  url: string;
  events: string[];
  format: Webhook['format'];
}

/** The server's names of the fields. */
export const webhookFields = ['url', 'events', 'format'] as const;

export const validWebhook = {
  url: (url: string) =>
    /^https?:\/\/\S+$/.test(url.trim()) ? null : 'An address that begins with https:// (or http://).',
  events: (events: string[]) => (events.length > 0 ? null : 'Choose at least one.'),
};

const formats = Object.entries(formatNames).map(([value, label]) => ({ value, label }));

export function WebhookFields<Values extends WebhookValues>({
  form,
  first = false,
}: {
  form: UseFormReturnType<Values>;
  /** The cursor begins in it. */
  first?: boolean;
}) {
  return (
    <>
      <TextInput
        label="Address"
        description="What is sent to it is signed; https keeps it from others’ eyes."
        withAsterisk
        type="url"
        maxLength={2048}
        autoComplete="off"
        spellCheck={false}
        placeholder="https://crm.example.org/meetings"
        data-autofocus={first || undefined}
        {...form.getInputProps('url')}
      />
      <Checkbox.Group label="It is told when" {...form.getInputProps('events')}>
        <Stack gap="xs" mt="xs">
          {Object.entries(eventNames).map(([name, label]) => (
            <Checkbox key={name} value={name} label={label} description={name} />
          ))}
        </Stack>
      </Checkbox.Group>
      <NativeSelect label="Written as" data={formats} {...form.getInputProps('format')} />
    </>
  );
}

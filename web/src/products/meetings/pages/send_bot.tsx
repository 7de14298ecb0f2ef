// Sends a bot into a call. The server reads the link: what is wrong with it stands at its field.
import { NumberInput, Stack, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import { Link, useNavigate } from 'react-router';
import { bounds } from '@/kit/api/bounds';
import { useMe } from '@/kit/api/session';
import { Dialog, FormEnd } from '@/kit/dialog';
import { tellDone } from '@/kit/feedback';
import { submitOf } from '@/kit/forms';
import { meetingInTheWay, useSendBot } from '../api/meetings';
import type { NewMeeting, Task } from '../api/types';
import { LanguageField } from '../parts/language_field';
import { TaskField } from '../parts/task_field';

const first = {
  link: '',
  language: '',
  task: 'transcribe' as Task,
  driver: '',
  bot_name: '',
  room: '',
  retention_days: '' as number | '',
};
const names = Object.fromEntries(Object.keys(first).map((name) => [name, name]));

/** What was filled in. */
function bodyOf({ link, retention_days, ...rest }: typeof first): NewMeeting {
  const said = Object.entries(rest)
    .map(([name, value]) => [name, value.trim()] as const)
    .filter(([, value]) => value !== '');
  return { link: link.trim(), ...(retention_days !== '' && { retention_days }), ...Object.fromEntries(said) };
}

/** Of an earlier meeting. Its link has no passcode: nobody keeps that. */
export type AsBefore = Partial<Pick<typeof first, 'link' | 'language' | 'task' | 'bot_name'>>;

export function SendBotDialog({
  opened,
  onClose,
  asBefore = {},
}: {
  opened: boolean;
  onClose: () => void;
  asBefore?: AsBefore;
}) {
  return (
    <Dialog title="Send a bot into a meeting" opened={opened} onClose={onClose}>
      <SendBotForm onClose={onClose} asBefore={asBefore} />
    </Dialog>
  );
}

function SendBotForm({ onClose, asBefore }: { onClose: () => void; asBefore: AsBefore }) {
  const me = useMe();
  const send = useSendBot();
  const navigate = useNavigate();
  const form = useForm({
    initialValues: { ...first, ...asBefore },
    validate: { link: (link) => (link.trim() ? null : 'Paste the link of the call.') },
  });
  const other = meetingInTheWay(send.error);
  const submit = submitOf(form, names, (values, refused) => {
    send.mutate(bodyOf(values), {
      onError: refused,
      onSuccess: ({ id }) => {
        onClose();
        tellDone('A bot is on its way.');
        void navigate(`/ui/meetings/${id}`);
      },
    });
  });
  return (
    <form onSubmit={submit} noValidate>
      <Stack>
        <TextInput
          data-autofocus
          label="Link of the call"
          description={
            asBefore.link
              ? 'As it was. Passcodes are not kept: where the call has one, paste the whole link again.'
              : 'Google Meet, Microsoft Teams, Zoom, Jitsi, or a Matrix room, as people share it.'
          }
          placeholder="https://meet.google.com/…"
          maxLength={bounds.NewMeeting.link.maxLength}
          required
          withAsterisk={false}
          autoComplete="off"
          autoCapitalize="none"
          spellCheck={false}
          {...form.getInputProps('link')}
        />
        <LanguageField
          none="Find out which by listening"
          value={form.values.language}
          onChange={(code) => form.setFieldValue('language', code)}
          error={form.errors.language as string | undefined}
        />
        <TaskField value={form.values.task} onChange={(task) => form.setFieldValue('task', task)} />
        <TextInput
          label="Room for the transcript"
          description="A room in which you are, by its address (#…) or id (!…). What is said stands there as a thread. Not needed."
          placeholder="#team:example.org"
          maxLength={bounds.NewMeeting.room.maxLength}
          autoComplete="off"
          autoCapitalize="none"
          spellCheck={false}
          {...form.getInputProps('room')}
        />
        <details>
          <summary className="small">More</summary>
          <Stack mt="sm">
            <TextInput
              label="How the bot is called in the call"
              maxLength={bounds.NewMeeting.bot_name.maxLength}
              autoComplete="off"
              {...form.getInputProps('bot_name')}
            />
            <NumberInput
              label="Keep the transcript (days)"
              description="After the call it is deleted when so much time has passed. Empty: as long as this server keeps transcripts."
              min={bounds.NewMeeting.retention_days.minimum}
              max={bounds.NewMeeting.retention_days.maximum}
              allowDecimal={false}
              hideControls
              {...form.getInputProps('retention_days')}
            />
            {me.role !== 'member' && (
              <TextInput
                label="Task driver"
                description="Where the bot runs: the name of one of this server’s drivers. Empty: the configured one."
                placeholder="process"
                maxLength={bounds.NewMeeting.driver.maxLength}
                autoComplete="off"
                autoCapitalize="none"
                spellCheck={false}
                {...form.getInputProps('driver')}
              />
            )}
          </Stack>
        </details>
        <p className="small dim">
          The bot is seen by everybody in the call. Tell them that what is said is written down, where the law wants
          that.
        </p>
        {other !== undefined && (
          <p className="small">
            <Link to={`/ui/meetings/${other}`}>Look at the one that is there</Link>
          </p>
        )}
        <FormEnd
          error={send.error}
          fields={Object.keys(names)}
          pending={send.isPending}
          action="Send the bot"
          onClose={onClose}
        />
      </Stack>
    </form>
  );
}

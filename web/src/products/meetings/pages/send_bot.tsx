// Sends a bot into a call. The server reads the link: what is wrong with it stands at its field.
import { Stack, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import { Link, useNavigate } from 'react-router';
import { bounds } from '@/kit/api/bounds';
import { useMe } from '@/kit/api/session';
import { Dialog, FormEnd } from '@/kit/dialog';
import { tellDone } from '@/kit/feedback';
import { submitOf } from '@/kit/forms';
import { meetingInTheWay, useSendBot } from '../api/meetings';
import type { Task } from '../api/types';
import { LanguageField } from '../parts/language_field';
import { TaskField } from '../parts/task_field';

const names = { link: 'link', language: 'language', task: 'task', driver: 'driver', bot_name: 'bot_name', room: 'room' };
const first = { link: '', language: '', task: 'transcribe' as Task, driver: '', bot_name: '', room: '' };

export function SendBotDialog({ opened, onClose }: { opened: boolean; onClose: () => void }) {
  return (
    <Dialog title="Send a bot into a meeting" opened={opened} onClose={onClose}>
      <SendBotForm onClose={onClose} />
    </Dialog>
  );
}

function SendBotForm({ onClose }: { onClose: () => void }) {
  const me = useMe();
  const send = useSendBot();
  const navigate = useNavigate();
  const form = useForm({
    initialValues: first,
    validate: { link: (link) => (link.trim() ? null : 'Paste the link of the call.') },
  });
  const other = meetingInTheWay(send.error);
  const submit = submitOf(form, names, (values, refused) => {
    const said = Object.entries(values)
      .map(([name, value]) => [name, value.trim()] as const)
      .filter(([, value]) => value !== '');
    send.mutate({ link: '', ...Object.fromEntries(said) }, {
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
          description="Google Meet, Microsoft Teams, Zoom, Jitsi, or a Matrix room, as people share it."
          placeholder="https://meet.google.com/…"
          maxLength={bounds.MeetingBody?.link?.maxLength ?? 2048}
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
          maxLength={255}
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
              maxLength={100}
              autoComplete="off"
              {...form.getInputProps('bot_name')}
            />
            {me.role !== 'member' && (
              <TextInput
                label="Task driver"
                description="Where the bot runs: the name of one of this server’s drivers. Empty: the configured one."
                placeholder="process"
                maxLength={64}
                autoComplete="off"
                autoCapitalize="none"
                spellCheck={false}
                {...form.getInputProps('driver')}
              />
            )}
          </Stack>
        </details>
        <p className="small dim">
          The bot is seen by everybody in the call. Tell them that what is said is written down, where the law wants that.
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

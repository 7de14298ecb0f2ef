// What can be done while a bot is there: another language or task, and the end.
import { Button, Stack } from '@mantine/core';
import { useState, type FormEvent } from 'react';
import { ConfirmDialog, Dialog, FormEnd } from '@/kit/dialog';
import { tellDone } from '@/kit/feedback';
import { serverErrors } from '@/kit/forms';
import { Icon } from '@/kit/icons';
import { hasEnded, useReconfigure, useStop } from '../../api/meetings';
import type { Meeting } from '../../api/types';
import { LanguageField } from '../../parts/language_field';
import { TaskField } from '../../parts/task_field';
import { SendBotDialog } from '../send_bot';

export function Actions({ meeting }: { meeting: Meeting }) {
  if (hasEnded(meeting)) return <SendAnother meeting={meeting} />;
  return (
    <>
      {meeting.state === 'active' && <Change meeting={meeting} />}
      {meeting.state !== 'stopping' && <Stop meeting={meeting} />}
    </>
  );
}

function SendAnother({ meeting }: { meeting: Meeting }) {
  const [open, setOpen] = useState(false);
  const { link, language = '', task, bot_name } = meeting;
  return (
    <>
      <Button variant="default" leftSection={<Icon name="plus" size={16} />} onClick={() => setOpen(true)}>
        Send another bot
      </Button>
      <SendBotDialog opened={open} onClose={() => setOpen(false)} asBefore={{ link, language, task, bot_name }} />
    </>
  );
}

function Stop({ meeting }: { meeting: Meeting }) {
  const [asking, setAsking] = useState(false);
  const stop = useStop(meeting.id);
  const close = () => {
    setAsking(false);
    stop.reset();
  };
  return (
    <>
      <Button color="red" variant="light" leftSection={<Icon name="stop" size={16} />} onClick={() => setAsking(true)}>
        Have it leave
      </Button>
      <ConfirmDialog
        title="Have the bot leave?"
        opened={asking}
        onClose={close}
        action="Have it leave"
        pending={stop.isPending}
        error={stop.error}
        onConfirm={() =>
          stop.mutate(undefined, {
            onSuccess: () => {
              close();
              tellDone('The bot leaves the call.');
            },
          })
        }
      >
        Nothing more is written down. What was said stays. To go on another bot has to be sent.
      </ConfirmDialog>
    </>
  );
}

function Change({ meeting }: { meeting: Meeting }) {
  const [open, setOpen] = useState(false);
  return (
    <>
      <Button variant="default" leftSection={<Icon name="edit" size={16} />} onClick={() => setOpen(true)}>
        Language and task
      </Button>
      <Dialog title="Language and task" opened={open} onClose={() => setOpen(false)} small>
        <ChangeForm meeting={meeting} onClose={() => setOpen(false)} />
      </Dialog>
    </>
  );
}

function ChangeForm({ meeting, onClose }: { meeting: Meeting; onClose: () => void }) {
  const [language, setLanguage] = useState(meeting.language ?? '');
  const [task, setTask] = useState(meeting.task);
  const change = useReconfigure(meeting.id);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (change.isPending) return;
    change.mutate(
      { language, task },
      {
        onSuccess: () => {
          onClose();
          tellDone('The bot is told. What was said stays as it is.');
        },
      },
    );
  };
  return (
    <form onSubmit={submit}>
      <Stack>
        <LanguageField
          first
          none="Find out which by listening"
          value={language}
          onChange={setLanguage}
          error={serverErrors(change.error).language}
        />
        <TaskField value={task} onChange={setTask} />
        <FormEnd
          error={change.error}
          fields={['language']}
          pending={change.isPending}
          action="Change"
          onClose={onClose}
        />
      </Stack>
    </form>
  );
}

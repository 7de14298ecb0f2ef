// What a conversation is called, another name for it, and its end.
import { Button, TextInput } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { useState, type FormEvent } from 'react';
import { useNavigate } from 'react-router';
import { bounds } from '@/kit/api/bounds';
import { ConfirmDialog, Dialog, FormEnd } from '@/kit/dialog';
import { tellDone } from '@/kit/feedback';
import { focusFirstError, serverErrors } from '@/kit/forms';
import { Icon } from '@/kit/icons';
import { lengthProblem } from '@/kit/limits';
import { forgetConversation, useDeleteConversation, useRenameConversation } from '../../api/conversations';
import { seenText } from '../../parts/seen_text';

interface Props {
  id: string;
  title: string;
  /** How many it ever led to. */
  tasks: number;
}

export function ConversationHead({ id, title, tasks }: Props) {
  const [renaming, setRenaming] = useState(false);
  return (
    <div className="chat-head">
      <h2 dir="auto">{seenText(title) || 'Without a title'}</h2>
      <span className="row-buttons">
        <Button
          size="compact-sm"
          variant="subtle"
          aria-label="Rename the conversation"
          onClick={() => setRenaming(true)}
        >
          <Icon name="edit" size={16} />
        </Button>
        <DeleteConversation id={id} tasks={tasks} />
      </span>
      <Dialog title="Rename the conversation" opened={renaming} onClose={() => setRenaming(false)} small>
        <Rename id={id} title={title} onClose={() => setRenaming(false)} />
      </Dialog>
    </div>
  );
}

function Rename({ id, title, onClose }: { id: string; title: string; onClose: () => void }) {
  const [text, setText] = useState(title);
  const rename = useRenameConversation(id);
  const wanted = text.trim();
  const problem = lengthProblem(wanted, bounds.AssistantConversationChange.title);
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const element = event.currentTarget;
    if (problem === null && !rename.isPending)
      rename.mutate(wanted, { onSuccess: onClose, onError: () => focusFirstError(element) });
  };
  return (
    <form onSubmit={submit} noValidate>
      <TextInput
        data-autofocus
        label="Title"
        value={text}
        error={problem ?? serverErrors(rename.error).title}
        onChange={(event) => setText(event.currentTarget.value)}
        mb="md"
      />
      <FormEnd error={rename.error} fields={['title']} pending={rename.isPending} action="Rename" onClose={onClose} />
    </form>
  );
}

function DeleteConversation({ id, tasks }: { id: string; tasks: number }) {
  const [asking, setAsking] = useState(false);
  const remove = useDeleteConversation(id);
  const client = useQueryClient();
  const navigate = useNavigate();
  const close = () => {
    remove.reset();
    setAsking(false);
  };
  const confirmed = () =>
    remove.mutate(undefined, {
      onSuccess: () => {
        tellDone('The conversation is deleted.');
        void Promise.resolve(navigate('/ui/assistant')).then(() => forgetConversation(client, id));
      },
    });
  return (
    <>
      <Button
        size="compact-sm"
        variant="subtle"
        color="red"
        aria-label="Delete the conversation"
        onClick={() => setAsking(true)}
      >
        <Icon name="trash" size={16} />
      </Button>
      <ConfirmDialog
        title="Delete this conversation?"
        opened={asking}
        onClose={close}
        action="Delete the conversation"
        pending={remove.isPending}
        error={remove.error}
        onConfirm={confirmed}
      >
        <p>
          What was said in it is deleted for good, with what the assistant learned from your choices in it. This cannot
          be undone.
        </p>
        {tasks > 0 && (
          <p>
            {tasks === 1 ? 'The task that it led to stays' : `The ${tasks} tasks that it led to stay`} under Tasks, with
            inputs, calls and results, as a record of what was done; those that still wait for you are cancelled. The
            audit log stays as it is.
          </p>
        )}
      </ConfirmDialog>
    </>
  );
}

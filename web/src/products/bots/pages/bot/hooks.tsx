// Inbound webhooks of a bot: an address that other services post to, and the bot says it in a room.
import { Button, Checkbox, NativeSelect, Stack, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useState } from 'react';
import { useBotRooms, useCreateHook, useDeleteHook, useHooks } from '../../api/bots';
import type { Bot, Hook } from '@/kit/api/types';
import { Secret } from '@/kit/copy';
import { ConfirmDialog, Dialog, FormEnd } from '@/kit/dialog';
import { Loading, Problem, tellDone } from '@/kit/feedback';
import { submitOf } from '@/kit/forms';
import { Icon } from '@/kit/icons';
import { nameOfRoom } from '../../parts/names';
import { bounds } from '@/kit/api/bounds';
import { Ago, useNow } from '@/kit/time';

const lifetimes = [
  { value: '', label: 'Until it is deleted' },
  { value: '30', label: '30 days' },
  { value: '90', label: '90 days' },
  { value: '365', label: 'A year' },
];

export function Hooks({ bot }: { bot: Bot }) {
  const hooks = useHooks(bot.bot_id);
  const rooms = useBotRooms(bot.bot_id);
  const [making, setMaking] = useState(false);
  const nameOf = (roomId: string) => {
    const room = rooms.data?.items.find(({ room_id }) => room_id === roomId);
    return room ? nameOfRoom(room) : roomId;
  };
  return (
    <section className="section settings-section">
      <div className="settings-lead">
        <h2>Inbound webhooks</h2>
        <p className="dim small">
          An address for other services: what they post to it, the bot says in the room you choose. Text, html, or the
          forms of common services.
        </p>
      </div>
      <div className="panel">
        {hooks.isPending ? (
          <div className="panel-pad">
            <Loading rows={2} />
          </div>
        ) : hooks.error && !hooks.data ? (
          <div className="panel-pad">
            <Problem
              error={hooks.error}
              title="The webhooks could not be loaded"
              onRetry={() => void hooks.refetch()}
            />
          </div>
        ) : (
          <>
            {hooks.data.items.length === 0 ? (
              <p className="dim panel-pad">None yet.</p>
            ) : (
              <ul className="rows">
                {hooks.data.items.map((hook) => (
                  <HookRow key={hook.hook_id} bot={bot} hook={hook} room={nameOf(hook.room_id)} />
                ))}
              </ul>
            )}
            <div className="panel-pad rows-foot">
              <Button variant="default" leftSection={<Icon name="plus" size={16} />} onClick={() => setMaking(true)}>
                New webhook
              </Button>
            </div>
          </>
        )}
      </div>
      <NewHookDialog bot={bot} opened={making} onClose={() => setMaking(false)} />
    </section>
  );
}

function HookRow({ bot, hook, room }: { bot: Bot; hook: Hook; room: string }) {
  const now = useNow();
  const [asking, setAsking] = useState(false);
  const remove = useDeleteHook(bot.bot_id);
  const confirm = () =>
    remove.mutate(hook.hook_id, {
      onSuccess: () => {
        setAsking(false);
        tellDone(`The webhook ${hook.name} is gone.`);
      },
    });
  return (
    <li data-hook={hook.name}>
      <div>
        <strong>{hook.name}</strong>
        <div className="small dim">
          says it in {room} ·{' '}
          {hook.last_used_at ? (
            <>
              last used <Ago at={hook.last_used_at} />
            </>
          ) : (
            'never used'
          )}
          {hook.wait_for_complete && ' · its callers wait for the message'}
          {hook.expires_at && (
            <>
              {' '}
              · {Date.parse(hook.expires_at) < now ? 'ended' : 'ends'} <Ago at={hook.expires_at} />
            </>
          )}
        </div>
      </div>
      <Button size="xs" variant="default" aria-label={`Delete ${hook.name}`} onClick={() => setAsking(true)}>
        Delete
      </Button>
      <ConfirmDialog
        title={`Delete ${hook.name}?`}
        opened={asking}
        onClose={() => {
          remove.reset();
          setAsking(false);
        }}
        action="Delete webhook"
        pending={remove.isPending}
        error={remove.error}
        onConfirm={confirm}
      >
        Whatever posts to its address is refused from now on.
      </ConfirmDialog>
    </li>
  );
}

function NewHookDialog({ bot, opened, onClose }: { bot: Bot; opened: boolean; onClose: () => void }) {
  const [url, setUrl] = useState('');
  const close = () => {
    setUrl('');
    onClose();
  };
  return (
    <Dialog title={url ? 'The webhook is made' : 'New webhook'} opened={opened} onClose={close} insist={url !== ''}>
      {url ? (
        <Stack>
          <div>Post to this address. Whoever knows it can speak through the bot, so it is shown this once.</div>
          <Secret value={url} what="address" />
          <div className="dialog-actions">
            <Button onClick={close} data-autofocus>
              I have kept it
            </Button>
          </div>
        </Stack>
      ) : (
        <NewHookForm bot={bot} onClose={close} onMade={setUrl} />
      )}
    </Dialog>
  );
}

const fields = ['name', 'room_id', 'expires_in_days', 'wait_for_complete'];
const names = Object.fromEntries(fields.map((field) => [field, field]));

function NewHookForm({ bot, onClose, onMade }: { bot: Bot; onClose: () => void; onMade: (url: string) => void }) {
  const create = useCreateHook(bot.bot_id);
  const rooms = useBotRooms(bot.bot_id);
  const form = useForm({
    initialValues: { name: '', room_id: '', expires_in_days: '', wait_for_complete: false },
    validate: { name: (value) => (value.trim() ? null : 'A webhook needs a name.') },
  });
  const items = rooms.data?.items ?? [];
  const submit = submitOf(form, names, ({ name, room_id, expires_in_days: days, wait_for_complete }, refused) => {
    const room = room_id || items[0]?.room_id; // The first one is shown until another is chosen.
    if (!room) return;
    create.mutate(
      { name: name.trim(), room_id: room, wait_for_complete, ...(days ? { expires_in_days: Number(days) } : {}) },
      { onSuccess: ({ url }) => onMade(url), onError: refused },
    );
  });
  if (rooms.isPending) return <Loading rows={2} />;
  if (rooms.error && !rooms.data) {
    return (
      <Problem
        error={rooms.error}
        title="The rooms of this bot could not be loaded"
        onRetry={() => void rooms.refetch()}
      />
    );
  }
  if (items.length === 0) {
    return (
      <Stack>
        <div>The bot is in no room yet. Write to it under Chat, or invite it to a room, then come back.</div>
        <div className="dialog-actions">
          <Button variant="default" onClick={onClose} data-autofocus>
            Close
          </Button>
        </div>
      </Stack>
    );
  }
  return (
    <form onSubmit={submit} noValidate>
      <Stack>
        <TextInput
          label="Name"
          description="Who posts to it"
          withAsterisk
          data-autofocus
          maxLength={bounds.NewHook.name.maxLength}
          autoComplete="off"
          {...form.getInputProps('name')}
        />
        <NativeSelect
          label="Room"
          description="Where the bot says it"
          data={items.map((item) => ({
            value: item.room_id,
            label: item.name || `${nameOfRoom(item)} ${item.room_id}`,
          }))}
          {...form.getInputProps('room_id')}
        />
        <NativeSelect
          label="Ends"
          description="The room is told three days before"
          data={lifetimes}
          {...form.getInputProps('expires_in_days')}
        />
        <Checkbox
          label="Answer only when the message is in the room"
          description="Else as soon as it is safely stored."
          {...form.getInputProps('wait_for_complete', { type: 'checkbox' })}
        />
        <FormEnd
          error={create.error}
          fields={fields}
          pending={create.isPending}
          action="Make webhook"
          once
          onClose={onClose}
        />
      </Stack>
    </form>
  );
}

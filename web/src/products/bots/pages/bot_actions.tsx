// Start, stop and delete, on the list and on a bot's page.
import { ActionIcon, Button, Menu } from '@mantine/core';
import { useState } from 'react';
import { Link, useNavigate } from 'react-router';
import { useBotAction, useDeleteBot } from '../api/bots';
import { useMe } from '@/kit/api/session';
import { mayDo, type Bot } from '@/kit/api/types';
import { ConfirmDialog } from '@/kit/dialog';
import { draftOf, dropDrafts } from '@/kit/drafts';
import { tellDone, tellFailed } from '@/kit/feedback';
import { Icon } from '@/kit/icons';
import { shownName } from '@/kit/names';
import { isUp } from '../parts/state_badge';

const nameOf = (bot: Bot) => shownName(bot.display_name, bot.bot_id);

/** One button that stays in place, so that the focus does too: Start or Stop, whichever the bot allows. */
export function StartStop({ bot, size }: { bot: Bot; size: 'xs' | 'sm' }) {
  const me = useMe();
  const start = useBotAction('start');
  const stop = useBotAction('stop');
  if (!mayDo(me, 'operator')) return null;
  const stopping = bot.state === 'stopping' || (bot.actions.includes('stop') && !bot.actions.includes('start'));
  const action = stopping ? stop : start;
  const word = stopping ? 'Stop' : 'Start';
  const pending =
    start.isPending ||
    stop.isPending ||
    ((bot.state === 'starting' || bot.state === 'stopping') && bot.actions.length === 0);
  const allowed = bot.actions.includes(stopping ? 'stop' : 'start');
  const run = () => {
    if (pending || !allowed) return;
    action.mutate(bot, {
      onError: (error) => tellFailed(`${nameOf(bot)} could not be ${stopping ? 'stopped' : 'started'}`, error),
    });
  };
  return (
    <Button
      size={size}
      variant={stopping ? 'default' : 'light'}
      leftSection={<Icon name={stopping ? 'stop' : 'play'} size={15} />}
      aria-label={`${word} ${nameOf(bot)}`}
      aria-disabled={pending || !allowed}
      data-disabled={pending || !allowed || undefined}
      onClick={run}
    >
      {word}
    </Button>
  );
}

/** Only where the bot allows it: while it runs. */
export function RestartButton({ bot }: { bot: Bot }) {
  const restart = useBotAction('restart');
  if (!mayDo(useMe(), 'operator') || !bot.actions.includes('restart')) return null;
  return (
    <Button
      size="sm"
      variant="default"
      leftSection={<Icon name="again" size={15} />}
      aria-label={`Restart ${nameOf(bot)}`}
      loading={restart.isPending}
      onClick={() =>
        restart.mutate(bot, { onError: (error) => tellFailed(`${nameOf(bot)} could not be restarted`, error) })
      }
    >
      Restart
    </Button>
  );
}

/** It failed and is to be tried again: that can be called off. */
export function StopTryingButton({ bot }: { bot: Bot }) {
  const stop = useBotAction('stop');
  if (!mayDo(useMe(), 'operator') || !(bot.actions.includes('start') && bot.actions.includes('stop'))) return null;
  return (
    <Button
      size="sm"
      variant="default"
      leftSection={<Icon name="stop" size={15} />}
      loading={stop.isPending}
      onClick={() => stop.mutate(bot, { onError: (error) => tellFailed(`${nameOf(bot)} could not be stopped`, error) })}
    >
      Stop trying
    </Button>
  );
}

/** Beside Start, where there may be something to leave behind. */
export function StartFreshButton({ bot }: { bot: Bot }) {
  const start = useBotAction('start', true);
  if (!mayDo(useMe(), 'operator') || bot.state !== 'stopped' || !bot.actions.includes('start')) return null;
  return (
    <Button
      size="sm"
      variant="default"
      title="What was said while it was stopped stays unanswered"
      loading={start.isPending}
      onClick={() =>
        start.mutate(bot, { onError: (error) => tellFailed(`${nameOf(bot)} could not be started`, error) })
      }
    >
      Start fresh
    </Button>
  );
}

export function BotMenu({ bot }: { bot: Bot }) {
  const me = useMe();
  const [deleting, setDeleting] = useState(false);
  const stop = useBotAction('stop');
  const stopTrying = bot.actions.includes('start') && bot.actions.includes('stop'); // Failed, and wanted to run.
  const fresh = useBotAction('start', true);
  const startFresh = () =>
    fresh.mutate(bot, { onError: (error) => tellFailed(`${nameOf(bot)} could not be started`, error) });
  const giveUp = () =>
    stop.mutate(bot, { onError: (error) => tellFailed(`${nameOf(bot)} could not be stopped`, error) });
  return (
    <>
      <Menu position="bottom-end" width={220}>
        <Menu.Target>
          <ActionIcon variant="subtle" color="gray" size="lg" aria-label={`More about ${nameOf(bot)}`}>
            <Icon name="dots" />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item
            component={Link}
            to={`/ui/bots/${encodeURIComponent(bot.bot_id)}`}
            leftSection={<Icon name="list" size={16} />}
          >
            Details
          </Menu.Item>
          <Menu.Item
            component={Link}
            to={`/ui/bots/${encodeURIComponent(bot.bot_id)}/chat`}
            leftSection={<Icon name="chat" size={16} />}
          >
            Chat
          </Menu.Item>
          {mayDo(me, 'operator') && (
            <Menu.Item
              component={Link}
              to={`/ui/bots/${encodeURIComponent(bot.bot_id)}/logs`}
              leftSection={<Icon name="command" size={16} />}
            >
              Logs
            </Menu.Item>
          )}
          {mayDo(me, 'operator') && bot.actions.includes('start') && bot.state !== 'created' && (
            <Menu.Item leftSection={<Icon name="play" size={16} />} onClick={startFresh}>
              Start fresh<div className="dim small">What was said meanwhile stays unanswered.</div>
            </Menu.Item>
          )}
          {mayDo(me, 'operator') && stopTrying && (
            <Menu.Item leftSection={<Icon name="stop" size={16} />} onClick={giveUp}>
              Stop trying
            </Menu.Item>
          )}
          {mayDo(me, 'operator') && (
            <Menu.Item
              className="danger"
              leftSection={<Icon name="trash" size={16} />}
              onClick={() => setDeleting(true)}
            >
              Delete
            </Menu.Item>
          )}
        </Menu.Dropdown>
      </Menu>
      <DeleteBotDialog bot={bot} opened={deleting} onClose={() => setDeleting(false)} />
    </>
  );
}

export function DeleteBotDialog({
  bot,
  opened,
  onClose,
  leave,
}: {
  bot: Bot;
  opened: boolean;
  onClose: () => void;
  leave?: boolean;
}) {
  const remove = useDeleteBot();
  const navigate = useNavigate();
  // Not a callback of `mutate`: the live stream may take the bot, and with it this dialog, away before the answer comes.
  const confirm = () =>
    remove.mutateAsync(bot.bot_id).then(
      () => {
        dropDrafts(draftOf.bot(bot.bot_id));
        onClose();
        tellDone(`${nameOf(bot)} is deleted.`);
        if (leave) void navigate('/ui/bots');
      },
      () => {},
    ); // `remove.error` is shown.
  return (
    <ConfirmDialog
      title={`Delete ${nameOf(bot)}?`}
      opened={opened}
      onClose={() => {
        remove.reset();
        onClose();
      }}
      typed={bot.bot_id}
      action="Delete bot"
      pending={remove.isPending}
      error={remove.error}
      onConfirm={() => void confirm()}
    >
      The bot stops, leaves its rooms and its account <span className="mono">{bot.user_id}</span> is closed. What it
      wrote stays in the rooms. This cannot be undone.
      <div role="status" className="small dim">
        {remove.isPending && isUp(bot.state) && 'Stopping it: an answer that is being sent is finished first.'}
        {remove.isPending && !isUp(bot.state) && 'Leaving its rooms…'}
      </div>
    </ConfirmDialog>
  );
}

// What can be done to a webhook: tried, turned off and on, deleted.
import { Button } from '@mantine/core';
import { useState } from 'react';
import { useNavigate } from 'react-router';
import { ConfirmDialog } from '@/kit/dialog';
import { tellDone, tellFailed } from '@/kit/feedback';
import { Icon } from '@/kit/icons';
import type { Webhook } from '../../api/types';
import { useDeleteWebhook, useEnableWebhook, useTestWebhook } from '../../api/webhooks';
import { hostOf } from '../../parts/webhook_words';

export function WebhookActions({ webhook }: { webhook: Webhook }) {
  const test = useTestWebhook(webhook.id);
  return (
    <>
      <Button
        variant="default"
        leftSection={<Icon name="send" />}
        disabled={!webhook.enabled}
        loading={test.isPending}
        onClick={() =>
          test.mutate(undefined, {
            onSuccess: () => tellDone('A test is on its way: what became of it stands in the log.'),
            onError: (error) => tellFailed('The test could not be sent', error),
          })
        }
      >
        Send a test
      </Button>
      {webhook.enabled ? <TurnOff webhook={webhook} /> : <TurnOn webhook={webhook} />}
      <Delete webhook={webhook} />
    </>
  );
}

function TurnOn({ webhook }: { webhook: Webhook }) {
  const enable = useEnableWebhook(webhook.id);
  return (
    <Button
      leftSection={<Icon name="play" />}
      loading={enable.isPending}
      onClick={() =>
        enable.mutate(true, {
          onSuccess: () => tellDone('It is told again of what happens from now on.'),
          onError: (error) => tellFailed('It could not be turned on', error),
        })
      }
    >
      Turn it on
    </Button>
  );
}

function TurnOff({ webhook }: { webhook: Webhook }) {
  const [asking, setAsking] = useState(false);
  const disable = useEnableWebhook(webhook.id);
  const close = () => {
    setAsking(false);
    disable.reset();
  };
  return (
    <>
      <Button variant="default" leftSection={<Icon name="pause" />} onClick={() => setAsking(true)}>
        Turn it off
      </Button>
      <ConfirmDialog
        title={`Tell ${hostOf(webhook)} nothing more?`}
        opened={asking}
        onClose={close}
        action="Turn it off"
        pending={disable.isPending}
        error={disable.error}
        onConfirm={() => disable.mutate(false, { onSuccess: close })}
      >
        What waits to be sent is given up. It stays in the log, and can be sent again when the webhook is on.
      </ConfirmDialog>
    </>
  );
}

function Delete({ webhook }: { webhook: Webhook }) {
  const [asking, setAsking] = useState(false);
  const remove = useDeleteWebhook(webhook.id);
  const navigate = useNavigate();
  const confirm = () =>
    remove.mutate(undefined, {
      onSuccess: () => {
        tellDone(`The webhook of ${hostOf(webhook)} is gone.`);
        void navigate('/ui/meetings/webhooks');
      },
    });
  return (
    <>
      <Button color="red" variant="light" leftSection={<Icon name="trash" />} onClick={() => setAsking(true)}>
        Delete
      </Button>
      <ConfirmDialog
        title={`Delete the webhook of ${hostOf(webhook)}?`}
        opened={asking}
        onClose={() => {
          setAsking(false);
          remove.reset();
        }}
        action="Delete webhook"
        pending={remove.isPending}
        error={remove.error}
        onConfirm={confirm}
      >
        What waits to be sent is given up, and the log of what it was told is deleted. It cannot be brought back.
      </ConfirmDialog>
    </>
  );
}

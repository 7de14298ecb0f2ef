// One webhook of meetings: what it is told of, and what became of it.
import { Button, Stack } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useState } from 'react';
import { Link, useNavigate, useParams } from 'react-router';
import { ApiError } from '@/kit/api/http';
import { DangerZone } from '@/kit/danger_zone';
import { ConfirmDialog } from '@/kit/dialog';
import { Empty, Loading, Problem, tellDone, tellFailed } from '@/kit/feedback';
import { beyondFields, submitOf } from '@/kit/forms';
import { Icon } from '@/kit/icons';
import { PageHead } from '@/kit/page';
import { SaveBar } from '@/kit/save_bar';
import { Ago } from '@/kit/time';
import type { Webhook } from '../api/types';
import { useChangeWebhook, useDeleteWebhook, useTestWebhook, useWebhook } from '../api/webhooks';
import { validWebhook, WebhookFields, webhookFields } from '../parts/webhook_fields';
import { asEvents, eventsOf } from '../parts/webhook_words';
import { Deliveries } from './webhook/deliveries';
import { WebhookState } from './webhooks';

export default function WebhookPage() {
  const { webhookId = '' } = useParams();
  const id = /^\d{1,15}$/.test(webhookId) ? Number(webhookId) : 0;
  const found = useWebhook(id);
  if (found.isPending) return <Loading rows={4} height={70} />;
  if (!found.data) {
    const gone = found.error instanceof ApiError && found.error.status === 404;
    return gone ? (
      <>
        <PageHead title="No such webhook" />
        <Empty
          icon="hook"
          title="No such webhook"
          action={
            <Button component={Link} to="/ui/meetings/webhooks">
              All webhooks
            </Button>
          }
        >
          It was deleted, or is somebody else’s.
        </Empty>
      </>
    ) : (
      <Problem error={found.error} title="The webhook could not be loaded" onRetry={() => void found.refetch()} />
    );
  }
  return <WebhookBody key={id} webhook={found.data} />;
}

function WebhookBody({ webhook }: { webhook: Webhook }) {
  const change = useChangeWebhook(webhook.id);
  const ping = useTestWebhook(webhook.id);
  const turn = () =>
    change.mutate(
      { enabled: !webhook.enabled },
      {
        onSuccess: ({ enabled }) => tellDone(enabled ? 'The webhook is on.' : 'The webhook is off.'),
        onError: (error) => tellFailed('The webhook stays as it is', error),
      },
    );
  const test = () =>
    ping.mutate(undefined, {
      onSuccess: () => tellDone('A ping is on its way.'),
      onError: (error) => tellFailed('No ping was sent', error),
    });
  return (
    <>
      <PageHead
        title="Webhook of meetings"
        lead={
          <>
            <span className="break-anywhere">{webhook.url}</span> <WebhookState webhook={webhook} /> · of{' '}
            {webhook.tenant_wide ? 'everybody’s meetings' : `the meetings of ${webhook.owner}`} · made{' '}
            <Ago at={webhook.created_at} />
          </>
        }
      >
        <Button component={Link} to="/ui/meetings/webhooks" variant="default" leftSection={<Icon name="back" />}>
          Webhooks
        </Button>
        <Button variant="default" onClick={turn} loading={change.isPending}>
          {webhook.enabled ? 'Turn off' : 'Turn on'}
        </Button>
        <Button leftSection={<Icon name="send" />} onClick={test} loading={ping.isPending} disabled={!webhook.enabled}>
          Send a ping
        </Button>
      </PageHead>
      {webhook.disabled_why && <Problem title="It was turned off" error={new Error(webhook.disabled_why)} />}
      <Deliveries webhook={webhook} />
      <Settings webhook={webhook} />
      <Removal webhook={webhook} />
    </>
  );
}

const valuesOf = ({ url, events, format }: Webhook) => ({ url, events: eventsOf({ events }), format });
const names = Object.fromEntries(webhookFields.map((name) => [name, name]));

function Settings({ webhook }: { webhook: Webhook }) {
  const change = useChangeWebhook(webhook.id);
  const form = useForm({ initialValues: valuesOf(webhook), validate: validWebhook });
  const submit = submitOf(form, names, ({ url, events, format }, refused) =>
    change.mutate(
      // Names that this page does not know stay as they are.
      { url: url.trim(), events: { ...(webhook.events as Record<string, boolean>), ...asEvents(events) }, format },
      {
        onError: refused,
        onSuccess: (saved) => {
          form.setInitialValues(valuesOf(saved));
          form.setValues(valuesOf(saved));
          tellDone('The webhook is changed.');
        },
      },
    ),
  );
  return (
    <section className="section settings-section">
      <div className="settings-lead">
        <h2>What it is told</h2>
        <p className="dim small">What waits already goes out as it was written.</p>
      </div>
      <form className="panel panel-pad" onSubmit={submit} noValidate>
        <Stack>
          <WebhookFields form={form} />
          {beyondFields(change.error, webhookFields) != null && <Problem error={change.error} />}
          <SaveBar changed={form.isDirty()} pending={change.isPending} onDiscard={form.reset} />
        </Stack>
      </form>
    </section>
  );
}

function Removal({ webhook }: { webhook: Webhook }) {
  const [asking, setAsking] = useState(false);
  const remove = useDeleteWebhook(webhook.id);
  const navigate = useNavigate();
  const confirm = () =>
    remove.mutate(undefined, {
      onSuccess: () => {
        tellDone('The webhook is gone.');
        void navigate('/ui/meetings/webhooks');
      },
    });
  return (
    <>
      <DangerZone title="Delete this webhook" action="Delete webhook" onAction={() => setAsking(true)}>
        What it was told is forgotten, and what waits is not sent any more.
      </DangerZone>
      <ConfirmDialog
        title="Delete this webhook?"
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
        <span className="break-anywhere">{webhook.url}</span> is told nothing any more. This cannot be undone.
      </ConfirmDialog>
    </>
  );
}

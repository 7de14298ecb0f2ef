// Webhooks of meetings: who else is told of them.
import { Button, Checkbox, Stack, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useState } from 'react';
import { Link } from 'react-router';
import { useMe } from '@/kit/api/session';
import { mayDo } from '@/kit/api/types';
import { Secret } from '@/kit/copy';
import { Dialog, FormEnd } from '@/kit/dialog';
import { Empty, Loading, Problem } from '@/kit/feedback';
import { submitOf } from '@/kit/forms';
import { Icon } from '@/kit/icons';
import { PageHead } from '@/kit/page';
import { useSlice } from '@/kit/pager';
import type { Webhook } from '../api/types';
import { useMakeWebhook, useWebhooks } from '../api/webhooks';
import { validWebhook, WebhookFields, webhookFields } from '../parts/webhook_fields';
import { asEvents, sayEvents, usualEvents } from '../parts/webhook_words';

const perPage = 25;

export default function WebhooksPage() {
  const webhooks = useWebhooks();
  const [making, setMaking] = useState(false);
  const make = (
    <Button leftSection={<Icon name="plus" />} onClick={() => setMaking(true)}>
      New webhook
    </Button>
  );
  return (
    <>
      <PageHead
        title="Webhooks of meetings"
        lead="Another program is told when a bot is in a call, when it is over and when there is a transcript."
      >
        <Button component={Link} to="/ui/meetings" variant="default" leftSection={<Icon name="back" />}>
          Meetings
        </Button>
        {make}
      </PageHead>
      {webhooks.isPending ? (
        <Loading />
      ) : webhooks.error && !webhooks.data ? (
        <Problem
          error={webhooks.error}
          title="The webhooks could not be loaded"
          onRetry={() => void webhooks.refetch()}
        />
      ) : webhooks.data.items.length === 0 ? (
        <Empty icon="hook" title="Nobody else is told" action={make}>
          Press “New webhook” and give the address of a program of yours. It gets a signed request for each event that
          you choose, again and again until it has answered.
        </Empty>
      ) : (
        <WebhookRows webhooks={webhooks.data.items} />
      )}
      <NewWebhookDialog opened={making} onClose={() => setMaking(false)} />
    </>
  );
}

export function WebhookState({ webhook }: { webhook: Webhook }) {
  return (
    <span className="state" data-tone={webhook.enabled ? 'running' : 'idle'}>
      {webhook.enabled ? 'On' : 'Off'}
    </span>
  );
}

function WebhookRows({ webhooks }: { webhooks: Webhook[] }) {
  const { shown, pager } = useSlice(webhooks, perPage);
  return (
    <>
      <div className="panel">
        <ul className="rows" aria-label="Webhooks">
          {shown.map((webhook) => (
            <li key={webhook.id} data-webhook={webhook.id}>
              <div>
                <Link className="main-link break-anywhere" to={`/ui/meetings/webhooks/${webhook.id}`}>
                  {webhook.url}
                </Link>
                <div className="small dim">
                  {webhook.tenant_wide ? 'Everybody’s meetings' : `Meetings of ${webhook.owner}`} · {sayEvents(webhook)}
                </div>
                {webhook.disabled_why && <div className="small cell-reason">{webhook.disabled_why}</div>}
              </div>
              <WebhookState webhook={webhook} />
            </li>
          ))}
        </ul>
      </div>
      {pager('webhooks')}
    </>
  );
}

function NewWebhookDialog({ opened, onClose }: { opened: boolean; onClose: () => void }) {
  const [secret, setSecret] = useState('');
  const close = () => {
    setSecret('');
    onClose();
  };
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
            What is sent is signed with this secret, so that your program can tell it from anybody else’s. It is shown
            this once.
          </div>
          <Secret value={secret} what="secret" />
          <div className="dialog-actions">
            <Button onClick={close} data-autofocus>
              I have kept it
            </Button>
          </div>
        </Stack>
      ) : (
        <NewWebhookForm onClose={close} onMade={setSecret} />
      )}
    </Dialog>
  );
}

const first = {
  url: '',
  events: [...usualEvents],
  format: 'envelope' as Webhook['format'],
  secret: '',
  tenant_wide: false,
};
const fields = [...webhookFields, 'secret', 'tenant_wide'];
const names = Object.fromEntries(fields.map((name) => [name, name]));

function NewWebhookForm({ onClose, onMade }: { onClose: () => void; onMade: (secret: string) => void }) {
  const me = useMe();
  const make = useMakeWebhook();
  const form = useForm({ initialValues: first, validate: validWebhook });
  const submit = submitOf(form, names, ({ url, events, format, secret, tenant_wide }, refused) => {
    const body = {
      url: url.trim(),
      events: asEvents(events),
      format,
      ...(secret && { secret }),
      ...(tenant_wide && { tenant_wide }),
    };
    make.mutate(body, {
      onError: refused,
      // One that somebody brought is theirs already.
      onSuccess: (made) => (secret || !made.secret ? onClose() : onMade(made.secret)),
    });
  });
  return (
    <form onSubmit={submit} noValidate>
      <Stack>
        <WebhookFields form={form} first />
        <TextInput
          label="Secret"
          description="Empty: one is made, and shown once."
          autoComplete="off"
          spellCheck={false}
          maxLength={512}
          {...form.getInputProps('secret')}
        />
        {mayDo(me, 'operator') && (
          <Checkbox
            label="Of everybody’s meetings"
            description="Else of your own."
            {...form.getInputProps('tenant_wide', { type: 'checkbox' })}
          />
        )}
        <FormEnd error={make.error} fields={fields} pending={make.isPending} action="Make webhook" onClose={onClose} />
      </Stack>
    </form>
  );
}

// Who is told of meetings: addresses of other services.
import { Button } from '@mantine/core';
import { useState } from 'react';
import { Link } from 'react-router';
import { Empty, Loading, Problem } from '@/kit/feedback';
import { Icon } from '@/kit/icons';
import { PageHead } from '@/kit/page';
import { useSlice, pageSize } from '@/kit/pager';
import { Ago } from '@/kit/time';
import type { Webhook } from '../api/types';
import { useWebhooks } from '../api/webhooks';
import { WebhookStateBadge, WhyOff } from '../parts/webhook_state';
import { eventNames, hostOf, wantedEvents } from '../parts/webhook_words';
import { NewWebhookDialog } from './webhooks/new_webhook';

export default function WebhooksPage() {
  const webhooks = useWebhooks();
  const [making, setMaking] = useState(false);
  const items = webhooks.data?.items ?? [];
  const { shown, pager } = useSlice(items, pageSize);
  const again = () => void webhooks.refetch();
  const make = (
    <Button leftSection={<Icon name="plus" />} onClick={() => setMaking(true)}>
      New webhook
    </Button>
  );
  return (
    <>
      <PageHead title="Webhooks of meetings" lead="Other services that Troupe tells of meetings, signed and in order.">
        <Button component={Link} to="/ui/meetings" variant="default" leftSection={<Icon name="back" />}>
          All meetings
        </Button>
        {make}
      </PageHead>
      {webhooks.isPending ? (
        <Loading />
      ) : !webhooks.data ? (
        <Problem error={webhooks.error} title="The webhooks could not be loaded" onRetry={again} />
      ) : items.length === 0 ? (
        <Empty icon="hook" title="No webhooks yet" action={make}>
          Name the address of a service, and it is told when a meeting is over, a bot failed, or a summary is written.
        </Empty>
      ) : (
        <ul className="cards" aria-label="Webhooks">
          {shown.map((webhook) => (
            <Card key={webhook.id} webhook={webhook} />
          ))}
        </ul>
      )}
      {webhooks.error && webhooks.data && (
        <Problem error={webhooks.error} title="The list may be old" onRetry={again} />
      )}
      {webhooks.data && pager('webhooks')}
      <NewWebhookDialog opened={making} onClose={() => setMaking(false)} />
    </>
  );
}

function Card({ webhook }: { webhook: Webhook }) {
  const events = wantedEvents(webhook).map((name) => eventNames[name] ?? name);
  return (
    <li className="panel card" data-webhook={webhook.id}>
      <div className="card-head wraps">
        <div>
          <Link className="main-link" to={`/ui/meetings/webhooks/${webhook.id}`}>
            {hostOf(webhook)}
          </Link>
          <div className="small dim mono break-anywhere">{webhook.url}</div>
        </div>
        <WebhookStateBadge webhook={webhook} />
      </div>
      <WhyOff webhook={webhook} />
      <div className="small break-anywhere">{events.length > 0 ? events.join(' · ') : 'Told of nothing'}</div>
      <div className="small dim break-anywhere">
        {webhook.tenant_wide ? 'Everybody’s meetings, set by ' : 'Meetings of '}
        {webhook.owner} · <Ago at={webhook.created_at} />
      </div>
    </li>
  );
}

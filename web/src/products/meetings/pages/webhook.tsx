// One webhook of meetings: how it stands, and what it was told.
import { Button } from '@mantine/core';
import { Link, useParams } from 'react-router';
import { ApiError } from '@/kit/api/http';
import { Copyable } from '@/kit/copy';
import { Empty, Loading, Problem } from '@/kit/feedback';
import { useKeptPaging } from '@/kit/kept_paging';
import { PageHead } from '@/kit/page';
import { Moment } from '@/kit/time';
import type { Webhook } from '../api/types';
import { useWebhook } from '../api/webhooks';
import { WebhookStateBadge, WhyOff } from '../parts/webhook_state';
import { eventNames, formatNames, hostOf, wantedEvents } from '../parts/webhook_words';
import { WebhookActions } from './webhooks/actions';
import { Deliveries } from './webhooks/deliveries';

export default function WebhookPage() {
  const { webhookId = '' } = useParams();
  const id = /^\d{1,15}$/.test(webhookId) ? Number(webhookId) : 0;
  const found = useWebhook(id);
  if (found.isPending) return <Loading rows={4} height={70} />;
  const gone = found.error instanceof ApiError && found.error.status === 404;
  if (gone) {
    return (
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
          It may be somebody else’s, or it was deleted.
        </Empty>
      </>
    );
  }
  const again = () => void found.refetch();
  if (!found.data) return <Problem error={found.error} title="The webhook could not be loaded" onRetry={again} />;
  return (
    <>
      <WebhookBody key={id} webhook={found.data} />
      {found.error && <Problem error={found.error} title="What stands here may be old" onRetry={again} />}
    </>
  );
}

function WebhookBody({ webhook }: { webhook: Webhook }) {
  const paging = useKeptPaging();
  const events = wantedEvents(webhook);
  return (
    <>
      <p className="small way-back">
        <Link to="/ui/meetings/webhooks">All webhooks</Link>
      </p>
      <PageHead title={hostOf(webhook)}>
        <WebhookActions webhook={webhook} />
      </PageHead>
      <p role="status">
        <WebhookStateBadge webhook={webhook} />
      </p>
      <WhyOff webhook={webhook} />
      <section className="section panel panel-pad" aria-label="What it is">
        <dl className="facts">
          <dt>Address</dt>
          <dd>
            <Copyable value={webhook.url} what="address" />
          </dd>
          <dt>Told of</dt>
          <dd>{events.length > 0 ? events.map((name) => eventNames[name] ?? name).join(' · ') : 'Nothing'}</dd>
          <dt>Whose meetings</dt>
          <dd>{webhook.tenant_wide ? `Everybody’s; set by ${webhook.owner}` : webhook.owner}</dd>
          <dt>Form</dt>
          <dd>{formatNames[webhook.format]}</dd>
          <dt>Signed</dt>
          <dd>{webhook.is_signed ? 'Yes' : 'No: it has no secret'}</dd>
          <dt>Made</dt>
          <dd>
            <Moment at={webhook.created_at} />
          </dd>
        </dl>
      </section>
      <Deliveries webhook={webhook} paging={paging} />
    </>
  );
}

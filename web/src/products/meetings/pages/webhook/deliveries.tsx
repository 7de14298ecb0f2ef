// What a webhook was told: each with what became of it, its body, and another try.
import { Button, Group } from '@mantine/core';
import { useState } from 'react';
import { Link } from 'react-router';
import { Dialog } from '@/kit/dialog';
import { Empty, Loading, Problem, tellDone, tellFailed } from '@/kit/feedback';
import { useKeptPaging } from '@/kit/kept_paging';
import { Pager } from '@/kit/pager';
import { Ago } from '@/kit/time';
import type { Delivery, Webhook } from '../../api/types';
import { useDeliveries, useDelivery, useReplay } from '../../api/webhooks';
import { deliveryStates, sayDelivery } from '../../parts/webhook_words';

export function Deliveries({ webhook }: { webhook: Webhook }) {
  const paging = useKeptPaging();
  const deliveries = useDeliveries(webhook.id, paging.from);
  const [shown, setShown] = useState<number>();
  const page = deliveries.data;
  return (
    <section className="section" aria-label="Deliveries">
      <h2>Deliveries</h2>
      {deliveries.isPending ? (
        <Loading rows={3} />
      ) : deliveries.error && !page ? (
        <Problem
          error={deliveries.error}
          title="The deliveries could not be loaded"
          onRetry={() => void deliveries.refetch()}
        />
      ) : page!.items.length === 0 && paging.page === 1 ? (
        <Empty icon="send" title="Nothing was sent yet">
          Press “Send a ping” to see whether the address answers.
        </Empty>
      ) : (
        <div className="panel">
          <ul className="rows">
            {page!.items.map((delivery) => (
              <DeliveryRow key={delivery.id} webhook={webhook} delivery={delivery} onShow={setShown} />
            ))}
          </ul>
        </div>
      )}
      {page && (
        <Pager
          paging={paging}
          shown={page.items.length}
          total={page.total}
          next={page.next_from}
          what="deliveries"
          busy={deliveries.isFetching}
        />
      )}
      <Dialog title="What is sent" opened={shown !== undefined} onClose={() => setShown(undefined)}>
        <Body webhook={webhook} delivery={shown} />
      </Dialog>
    </section>
  );
}

interface RowProps {
  webhook: Webhook;
  delivery: Delivery;
  onShow: (delivery: number) => void;
}

function DeliveryRow({ webhook, delivery, onShow }: RowProps) {
  const replay = useReplay(webhook.id);
  const { name, tone } = deliveryStates[delivery.state];
  const of = delivery.meeting_id === 0 ? 'a ping' : `meeting ${delivery.meeting_id}`;
  const again = () =>
    replay.mutate(delivery.id, {
      onSuccess: () => tellDone('It is sent again.'),
      onError: (error) => tellFailed('It is not sent again', error),
    });
  return (
    <li data-delivery={delivery.id}>
      <div>
        <span className="state" data-tone={tone}>
          {name}
        </span>{' '}
        <strong>{delivery.event_type}</strong>{' '}
        {delivery.meeting_id === 0 ? (
          <span className="dim">a ping</span>
        ) : (
          <Link to={`/ui/meetings/${delivery.meeting_id}`}>meeting {delivery.meeting_id}</Link>
        )}
        <div className="small dim">
          <Ago at={delivery.begun_at} /> · {sayDelivery(delivery)}
          {delivery.due_at && delivery.state === 'waiting' && (
            <>
              {' '}
              · next try <Ago at={delivery.due_at} />
            </>
          )}
        </div>
      </div>
      <Group gap="xs" wrap="nowrap">
        <Button
          size="xs"
          variant="default"
          aria-label={`Show what is sent: ${delivery.event_type} of ${of}`}
          onClick={() => onShow(delivery.id)}
        >
          Show
        </Button>
        {delivery.state !== 'waiting' && (
          <Button
            size="xs"
            variant="default"
            aria-label={`Send again: ${delivery.event_type} of ${of}`}
            loading={replay.isPending}
            disabled={!webhook.enabled}
            onClick={again}
          >
            Send again
          </Button>
        )}
      </Group>
    </li>
  );
}

function Body({ webhook, delivery }: { webhook: Webhook; delivery: number | undefined }) {
  const found = useDelivery(webhook.id, delivery);
  if (delivery === undefined || found.isPending) return <Loading rows={3} />;
  if (found.error && !found.data) return <Problem error={found.error} title="It could not be loaded" />;
  return (
    <>
      <p className="dim small">
        Event <span className="mono">{found.data.event_id}</span>: the same for every try.
      </p>
      <pre className="output" tabIndex={0}>
        {pretty(found.data.body ?? '')}
      </pre>
    </>
  );
}

/** JSON as people read it; anything else as it is. */
function pretty(body: string): string {
  try {
    return JSON.stringify(JSON.parse(body), null, 2);
  } catch {
    return body;
  }
}

// What a webhook was told and is to be told: each with what became of it, its body, and a way to send it again.
import { Button, Table } from '@mantine/core';
import { useState } from 'react';
import { Link } from 'react-router';
import { ActionsHeader } from '@/kit/actions_header';
import { Dialog, usePhone } from '@/kit/dialog';
import { Empty, Loading, Problem, tellDone, tellFailed } from '@/kit/feedback';
import { Pager, type Paging } from '@/kit/pager';
import { Ago, Soon } from '@/kit/time';
import type { Delivery, Webhook } from '../../api/types';
import { useDeliveries, useDelivery, useReplay } from '../../api/webhooks';
import { deliveryStates, eventNames, isTest, layOut, sayTries } from '../../parts/webhook_words';

export function Deliveries({ webhook, paging }: { webhook: Webhook; paging: Paging }) {
  const phone = usePhone();
  const found = useDeliveries(webhook.id, paging.from);
  const [shown, setShown] = useState<Delivery>();
  const page = found.data;
  const again = () => void found.refetch();
  const rows = (page?.items ?? []).map((delivery) => ({
    delivery,
    buttons: (
      <span className="row-buttons">
        <Button
          size="xs"
          variant="default"
          aria-label={`Show what was sent: ${nameOf(delivery)}`}
          onClick={() => setShown(delivery)}
        >
          Show
        </Button>
        <Replay webhook={webhook} delivery={delivery} />
      </span>
    ),
  }));
  return (
    <section className="section" aria-label="Log">
      <div className="section-head">
        <h2>Log</h2>
        <span className="small dim">what is done is kept for 30 days</span>
      </div>
      {found.isPending ? (
        <Loading />
      ) : !page ? (
        <Problem error={found.error} title="The log could not be loaded" onRetry={again} />
      ) : rows.length === 0 && paging.page === 1 ? (
        <Empty icon="list" title="It was told nothing yet">
          Send a test, or wait for what it is to be told of.
        </Empty>
      ) : phone ? (
        <Cards rows={rows} />
      ) : (
        <Rows rows={rows} />
      )}
      {found.error && page && <Problem error={found.error} title="The log may be old" onRetry={again} />}
      {page && (
        <Pager
          paging={paging}
          shown={page.items.length}
          total={page.total}
          next={page.next_from}
          what="deliveries"
          busy={found.isFetching}
        />
      )}
      <Dialog title="What was sent" opened={shown !== undefined} onClose={() => setShown(undefined)}>
        {shown && <Body webhook={webhook} delivery={shown} />}
      </Dialog>
    </section>
  );
}

type Row = { delivery: Delivery; buttons: React.ReactNode };

const eventOf = (delivery: Delivery) =>
  isTest(delivery) ? 'Test' : (eventNames[delivery.event_type] ?? delivery.event_type);
/** For who hears the buttons of many rows. */
const nameOf = (delivery: Delivery) => `${eventOf(delivery)}, number ${delivery.id}`;

function State({ delivery: { state } }: { delivery: Delivery }) {
  const { name, tone } = deliveryStates[state];
  return (
    <span className="state" data-tone={tone}>
      {name}
    </span>
  );
}

function Became({ delivery }: { delivery: Delivery }) {
  return (
    <>
      {sayTries(delivery)}
      {delivery.problem && <div className="small dim break-anywhere">{delivery.problem}</div>}
      {delivery.due_at && delivery.tries > 0 && (
        <div className="small dim">
          next try <Soon at={delivery.due_at} />
        </div>
      )}
    </>
  );
}

function About({ delivery }: { delivery: Delivery }) {
  return isTest(delivery) ? (
    <>no meeting</>
  ) : (
    <Link to={`/ui/meetings/${delivery.meeting_id}`}>Meeting {delivery.meeting_id}</Link>
  );
}

function Rows({ rows }: { rows: Row[] }) {
  return (
    <div className="panel table-panel">
      <Table>
        <caption className="visually-hidden">Deliveries</caption>
        <Table.Thead>
          <Table.Tr>
            <Table.Th scope="col">Event</Table.Th>
            <Table.Th scope="col">State</Table.Th>
            <Table.Th scope="col">What became of it</Table.Th>
            <Table.Th scope="col">Since</Table.Th>
            <ActionsHeader />
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {rows.map(({ delivery, buttons }) => (
            <Table.Tr key={delivery.id} data-delivery={delivery.id}>
              <Table.Td className="cell-name">
                <strong>{eventOf(delivery)}</strong>
                <div className="small dim">
                  <About delivery={delivery} />
                </div>
              </Table.Td>
              <Table.Td className="cell-state">
                <State delivery={delivery} />
              </Table.Td>
              <Table.Td>
                <Became delivery={delivery} />
              </Table.Td>
              <Table.Td className="dim">
                <Ago at={delivery.begun_at} />
              </Table.Td>
              <Table.Td className="cell-actions">{buttons}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </div>
  );
}

function Cards({ rows }: { rows: Row[] }) {
  return (
    <ul className="cards" aria-label="Deliveries">
      {rows.map(({ delivery, buttons }) => (
        <li key={delivery.id} className="panel card" data-delivery={delivery.id}>
          <div className="card-head wraps">
            <div>
              <strong>{eventOf(delivery)}</strong>
              <div className="small dim">
                <About delivery={delivery} /> · <Ago at={delivery.begun_at} />
              </div>
            </div>
            <State delivery={delivery} />
          </div>
          <div>
            <Became delivery={delivery} />
          </div>
          {buttons}
        </li>
      ))}
    </ul>
  );
}

/** Under its event id: whoever has it already knows. What waits is on its way as it is. */
function Replay({ webhook, delivery }: { webhook: Webhook; delivery: Delivery }) {
  const replay = useReplay(webhook.id);
  if (delivery.state === 'waiting') return null;
  return (
    <Button
      size="xs"
      variant="default"
      aria-label={`Send again: ${nameOf(delivery)}`}
      disabled={!webhook.enabled}
      loading={replay.isPending}
      onClick={() =>
        replay.mutate(delivery, {
          onSuccess: () => tellDone('It is on its way again.'),
          onError: (error) => tellFailed('It could not be sent again', error),
        })
      }
    >
      Send again
    </Button>
  );
}

function Body({ webhook, delivery }: { webhook: Webhook; delivery: Delivery }) {
  const found = useDelivery(webhook.id, delivery.id);
  if (found.isPending) return <Loading rows={3} />;
  if (!found.data) {
    return <Problem error={found.error} title="It could not be loaded" onRetry={() => void found.refetch()} />;
  }
  const { event_id, event_type, body } = found.data;
  return (
    <>
      <dl className="facts">
        <dt>Event</dt>
        <dd className="mono">{event_type}</dd>
        <dt>Event id</dt>
        <dd className="mono">{event_id}</dd>
      </dl>
      {body ? (
        <pre className="stored" tabIndex={0} aria-label="Body">
          {layOut(body)}
        </pre>
      ) : (
        <p>What was said in that meeting has been deleted, and with it what stood here.</p>
      )}
    </>
  );
}

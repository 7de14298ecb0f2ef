// API keys: how programs come in.
import { Button, Table } from '@mantine/core';
import { useState } from 'react';
import { ActionsHeader } from '@/kit/actions_header';
import { pageSize } from '@/kit/pager';
import { useKeys, useRevokeKey } from '../api/keys';
import type { ApiKey } from '@/kit/api/types';
import { ConfirmDialog, usePhone } from '@/kit/dialog';
import { Empty, Loading, Problem, tellDone } from '@/kit/feedback';
import { Icon } from '@/kit/icons';
import { useSlice } from '@/kit/pager';
import { SearchBox } from '@/kit/search_box';
import { Ago, Moment } from '@/kit/time';
import { NewKeyDialog } from './new_key';

export default function KeysPage() {
  const keys = useKeys();
  const phone = usePhone();
  const [making, setMaking] = useState(false);
  const [search, setSearch] = useState('');
  const wanted = search.trim().toLowerCase();
  const items = keys.data?.items ?? [];
  const found = items.filter(
    (key) => !wanted || [key.name, key.prefix, key.owner, key.role].some((text) => text.toLowerCase().includes(wanted)),
  );
  const { shown, pager } = useSlice(found, pageSize, wanted);
  const button = (
    <Button leftSection={<Icon name="plus" />} onClick={() => setMaking(true)}>
      New key
    </Button>
  );
  return (
    <section className="section" aria-label="Keys">
      <p className="section-lead dim">
        Programs send a key as <span className="mono">Authorization: Bearer …</span> or{' '}
        <span className="mono">X-API-Key</span>. What the API takes is described at <a href="/docs">/docs</a>.
      </p>
      {items.length > 0 && (
        <div className="toolbar">
          <SearchBox label="Search keys" value={search} onChange={setSearch} />
          <span className="toolbar-end">{button}</span>
        </div>
      )}
      {keys.isPending ? (
        <Loading />
      ) : keys.error && !keys.data ? (
        <Problem error={keys.error} title="The keys could not be loaded" onRetry={() => void keys.refetch()} />
      ) : items.length === 0 ? (
        <Empty icon="key" title="No keys yet" action={button}>
          Make one for a script or another service.
        </Empty>
      ) : shown.length === 0 ? (
        <Empty icon="search" title="No key matches">
          Nothing is called “{search.trim()}”.
        </Empty>
      ) : (
        <>
          {phone ? <KeyCards keys={shown} /> : <KeyTable keys={shown} />}
          {pager('keys')}
        </>
      )}
      <NewKeyDialog opened={making} onClose={() => setMaking(false)} />
    </section>
  );
}

const scopesOf = (key: ApiKey) => key.scopes.join(', ') || 'everything its role may';

function KeyTable({ keys }: { keys: ApiKey[] }) {
  return (
    <div className="panel table-panel">
      <Table>
        <caption className="visually-hidden">API keys</caption>
        <Table.Thead>
          <Table.Tr>
            <Table.Th scope="col">Name</Table.Th>
            <Table.Th scope="col">Role</Table.Th>
            <Table.Th scope="col">May use</Table.Th>
            <Table.Th scope="col">Owner</Table.Th>
            <Table.Th scope="col">Last used</Table.Th>
            <Table.Th scope="col">Ends</Table.Th>
            <ActionsHeader />
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {keys.map((key) => (
            <Table.Tr key={key.id} data-key={key.name}>
              <Table.Td className="cell-name">
                <strong>{key.name}</strong>
                <div className="mono dim">{key.prefix}…</div>
              </Table.Td>
              <Table.Td>{key.role}</Table.Td>
              <Table.Td>{scopesOf(key)}</Table.Td>
              <Table.Td className="mono">{key.owner}</Table.Td>
              <Table.Td className="dim">{key.last_used_at ? <Ago at={key.last_used_at} /> : 'never'}</Table.Td>
              <Table.Td className="dim">{key.expires_at ? <Moment at={key.expires_at} /> : 'never'}</Table.Td>
              <Table.Td className="cell-actions">
                <Revoke apiKey={key} />
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </div>
  );
}

function KeyCards({ keys }: { keys: ApiKey[] }) {
  return (
    <ul className="cards" aria-label="API keys">
      {keys.map((key) => (
        <li key={key.id} className="panel card" data-key={key.name}>
          <div className="card-head">
            <div>
              <strong>{key.name}</strong>
              <div className="mono dim">{key.prefix}…</div>
            </div>
            <Revoke apiKey={key} />
          </div>
          <dl className="facts">
            <dt>Role</dt>
            <dd>{key.role}</dd>
            <dt>May use</dt>
            <dd>{scopesOf(key)}</dd>
            <dt>Owner</dt>
            <dd className="mono">{key.owner}</dd>
            <dt>Last used</dt>
            <dd>{key.last_used_at ? <Ago at={key.last_used_at} /> : 'never'}</dd>
            <dt>Ends</dt>
            <dd>{key.expires_at ? <Moment at={key.expires_at} /> : 'never'}</dd>
          </dl>
        </li>
      ))}
    </ul>
  );
}

function Revoke({ apiKey }: { apiKey: ApiKey }) {
  const [asking, setAsking] = useState(false);
  const revoke = useRevokeKey();
  const confirm = () =>
    revoke.mutate(apiKey.id, {
      onSuccess: () => {
        setAsking(false);
        tellDone(`The key ${apiKey.name} is revoked.`);
      },
    });
  return (
    <>
      <Button size="xs" variant="default" aria-label={`Revoke ${apiKey.name}`} onClick={() => setAsking(true)}>
        Revoke
      </Button>
      <ConfirmDialog
        title={`Revoke ${apiKey.name}?`}
        opened={asking}
        onClose={() => {
          revoke.reset();
          setAsking(false);
        }}
        action="Revoke key"
        pending={revoke.isPending}
        error={revoke.error}
        onConfirm={confirm}
      >
        Programs that use the key starting with <span className="mono">{apiKey.prefix}</span> are refused from now on.
      </ConfirmDialog>
    </>
  );
}

// Who may make an account, and the tokens with which people do.
import { Alert, Button, NativeSelect, Table } from '@mantine/core';
import { useState } from 'react';
import { ActionsHeader } from '@/kit/actions_header';
import type { RegistrationToken } from '@/kit/api/types';
import { Copyable } from '@/kit/copy';
import { ConfirmDialog, usePhone } from '@/kit/dialog';
import { Empty, Loading, Problem, tellDone } from '@/kit/feedback';
import { Icon } from '@/kit/icons';
import { Pager, usePaging } from '@/kit/pager';
import { Moment } from '@/kit/time';
import { useFilters } from '@/kit/use_filters';
import { useDeleteToken, useRegistrationMode, useTokens } from '../api/registration';
import { ChangeTokenDialog, NewTokenDialog } from '../parts/token_dialogs';

const choices = [
  { value: '', label: 'All tokens' },
  { value: 'true', label: 'Can be used' },
  { value: 'false', label: 'Used up or expired' },
];

export default function RegistrationPage() {
  const phone = usePhone();
  const [making, setMaking] = useState(false);
  const [filters, setFilter] = useFilters<{ valid: '' | 'true' | 'false' }>(['valid']);
  const paging = usePaging(filters.valid);
  const tokens = useTokens(filters.valid, paging.from);
  const page = tokens.data;
  return (
    <section className="section" aria-label="Registration">
      <Mode />
      <div className="toolbar filters">
        <NativeSelect
          aria-label="State"
          value={filters.valid}
          data={choices}
          onChange={(event) => setFilter('valid', event.currentTarget.value)}
        />
        <span className="toolbar-end">
          <Button leftSection={<Icon name="plus" />} onClick={() => setMaking(true)}>
            New token
          </Button>
        </span>
      </div>
      {tokens.isPending ? (
        <Loading />
      ) : tokens.error && !page ? (
        <Problem error={tokens.error} title="The tokens could not be loaded" onRetry={() => void tokens.refetch()} />
      ) : page!.items.length === 0 ? (
        <Empty icon="key" title={filters.valid ? 'No token is like that' : 'No tokens yet'}>
          Whoever is given a token can make an account with it, as often and as long as it says.
        </Empty>
      ) : phone ? (
        <TokenCards tokens={page!.items} />
      ) : (
        <TokenTable tokens={page!.items} />
      )}
      {tokens.error && page && (
        <Problem error={tokens.error} title="The list may be old" onRetry={() => void tokens.refetch()} />
      )}
      {page && (
        <Pager
          paging={paging}
          shown={page.items.length}
          total={page.total}
          next={page.next_from}
          what="tokens"
          busy={tokens.isFetching}
        />
      )}
      <NewTokenDialog opened={making} onClose={() => setMaking(false)} />
    </section>
  );
}

function Mode() {
  const { data } = useRegistrationMode();
  if (!data) return null;
  if (data.mode === 'token')
    return <p className="section-lead dim">Whoever has a token can make an account in a Matrix client.</p>;
  return (
    <Alert color="yellow" variant="light" icon={<Icon name="alert" />} mb="md">
      {data.mode === 'closed'
        ? 'Registration is closed: nobody can make an account, with or without a token. '
        : 'Registration is open to everybody: tokens are not asked for. '}
      For tokens set <code>registration.mode = &quot;token&quot;</code> in <code>troupe.toml</code> and restart the
      server.
    </Alert>
  );
}

const uses = ({ uses: used, uses_allowed }: RegistrationToken) =>
  uses_allowed === undefined ? `${used}, no limit` : `${used} of ${uses_allowed}`;

function TokenState({ token }: { token: RegistrationToken }) {
  if (token.valid)
    return (
      <span className="state" data-tone="running">
        Can be used
      </span>
    );
  const usedUp = token.uses_allowed !== undefined && token.uses >= token.uses_allowed;
  return <span className="state">{usedUp ? 'Used up' : 'Expired'}</span>;
}

function Expiry({ token }: { token: RegistrationToken }) {
  return token.expires_at ? <Moment at={token.expires_at} /> : 'never';
}

function TokenActions({ token }: { token: RegistrationToken }) {
  const [dialog, setDialog] = useState<'change' | 'delete'>();
  const remove = useDeleteToken(token.token);
  const close = () => {
    remove.reset();
    setDialog(undefined);
  };
  return (
    <span className="row-buttons">
      <Button size="xs" variant="default" aria-label={`Change ${token.token}`} onClick={() => setDialog('change')}>
        Change
      </Button>
      <Button
        size="xs"
        variant="subtle"
        color="red"
        aria-label={`Delete ${token.token}`}
        onClick={() => setDialog('delete')}
      >
        Delete
      </Button>
      <ChangeTokenDialog token={token} opened={dialog === 'change'} onClose={close} />
      <ConfirmDialog
        title="Delete this token?"
        opened={dialog === 'delete'}
        onClose={close}
        action="Delete the token"
        pending={remove.isPending}
        error={remove.error}
        onConfirm={() =>
          remove.mutate(undefined, {
            onSuccess: () => {
              close();
              tellDone('The token is deleted.');
            },
          })
        }
      >
        Nobody can make an account with <span className="mono">{token.token}</span> any more. Accounts that were made
        with it stay.
      </ConfirmDialog>
    </span>
  );
}

function TokenTable({ tokens }: { tokens: RegistrationToken[] }) {
  return (
    <div className="panel table-panel">
      <Table>
        <caption className="visually-hidden">Registration tokens</caption>
        <Table.Thead>
          <Table.Tr>
            <Table.Th scope="col">Token</Table.Th>
            <Table.Th scope="col">Uses</Table.Th>
            <Table.Th scope="col">Expires</Table.Th>
            <Table.Th scope="col">State</Table.Th>
            <ActionsHeader />
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {tokens.map((token) => (
            <Table.Tr key={token.token} data-token={token.token}>
              <Table.Td className="cell-name">
                <Copyable value={token.token} what="token" />
              </Table.Td>
              <Table.Td>{uses(token)}</Table.Td>
              <Table.Td className="dim">
                <Expiry token={token} />
              </Table.Td>
              <Table.Td>
                <TokenState token={token} />
              </Table.Td>
              <Table.Td className="cell-actions">
                <TokenActions token={token} />
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </div>
  );
}

function TokenCards({ tokens }: { tokens: RegistrationToken[] }) {
  return (
    <ul className="cards" aria-label="Registration tokens">
      {tokens.map((token) => (
        <li key={token.token} className="panel card" data-token={token.token}>
          <div className="card-head">
            <div>
              <Copyable value={token.token} what="token" />
            </div>
            <TokenState token={token} />
          </div>
          <dl className="facts">
            <dt>Uses</dt>
            <dd>{uses(token)}</dd>
            <dt>Expires</dt>
            <dd>
              <Expiry token={token} />
            </dd>
          </dl>
          <TokenActions token={token} />
        </li>
      ))}
    </ul>
  );
}

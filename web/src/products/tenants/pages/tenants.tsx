// Tenants: houses under one roof, each with its own bots, keys and people.
import { Button, Stack, Table, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useState } from 'react';
import { ActionsHeader } from '@/kit/actions_header';
import { pageSize } from '@/kit/pager';
import { useCreateTenant, useRenameTenant, useTenants } from '../api/tenants';
import type { Tenant } from '@/kit/api/types';
import { Dialog, FormEnd, usePhone } from '@/kit/dialog';
import { Empty, Loading, Problem, tellDone } from '@/kit/feedback';
import { submitOf } from '@/kit/forms';
import { Icon } from '@/kit/icons';
import { useSlice } from '@/kit/pager';
import { SearchBox } from '@/kit/search_box';
import { bounds } from '@/kit/api/bounds';
import { Ago } from '@/kit/time';

export default function TenantsPage() {
  const tenants = useTenants();
  const phone = usePhone();
  const [making, setMaking] = useState(false);
  const [search, setSearch] = useState('');
  const wanted = search.trim().toLowerCase();
  const found = (tenants.data?.items ?? []).filter(
    ({ id, name }) => !wanted || name.toLowerCase().includes(wanted) || String(id) === wanted,
  );
  const { shown, pager } = useSlice(found, pageSize, wanted);
  return (
    <section className="section" aria-label="Tenants">
      <p className="section-lead dim">
        Each tenant has its own bots, keys and people, and sees nothing of the others. Whoever is in the first one as
        administrator looks after them all.
      </p>
      <div className="toolbar">
        <SearchBox label="Search tenants" value={search} onChange={setSearch} />
        <span className="toolbar-end">
          <Button leftSection={<Icon name="plus" />} onClick={() => setMaking(true)}>
            New tenant
          </Button>
        </span>
      </div>
      {tenants.isPending ? (
        <Loading />
      ) : tenants.error && !tenants.data ? (
        <Problem error={tenants.error} title="The tenants could not be loaded" onRetry={() => void tenants.refetch()} />
      ) : shown.length === 0 ? (
        <Empty icon="search" title="No tenant matches">
          Nothing is called “{search.trim()}”.
        </Empty>
      ) : phone ? (
        <ul className="cards" aria-label="Tenants">
          {shown.map((tenant) => (
            <li key={tenant.id} className="panel card" data-tenant={tenant.name}>
              <div className="card-head">
                <div>
                  <strong>{tenant.name}</strong>
                  <div className="small dim">
                    {tenant.users} {tenant.users === 1 ? 'user' : 'users'} · made <Made tenant={tenant} />
                  </div>
                </div>
                <Rename tenant={tenant} />
              </div>
            </li>
          ))}
        </ul>
      ) : (
        <div className="panel table-panel">
          <Table>
            <caption className="visually-hidden">Tenants</caption>
            <Table.Thead>
              <Table.Tr>
                <Table.Th scope="col">Name</Table.Th>
                <Table.Th scope="col" className="cell-number">
                  Number
                </Table.Th>
                <Table.Th scope="col" className="cell-number">
                  Users
                </Table.Th>
                <Table.Th scope="col">Made</Table.Th>
                <ActionsHeader />
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {shown.map((tenant) => (
                <Table.Tr key={tenant.id} data-tenant={tenant.name}>
                  <Table.Td className="cell-name">
                    <strong>{tenant.name}</strong>
                  </Table.Td>
                  <Table.Td className="cell-number">{tenant.id}</Table.Td>
                  <Table.Td className="cell-number">{tenant.users}</Table.Td>
                  <Table.Td className="dim">
                    <Made tenant={tenant} />
                  </Table.Td>
                  <Table.Td className="cell-actions">
                    <Rename tenant={tenant} />
                  </Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </div>
      )}
      {shown.length > 0 && pager('tenants')}
      <NewTenantDialog opened={making} onClose={() => setMaking(false)} />
    </section>
  );
}

/** The first one comes with the server, before there is a time. */
function Made({ tenant }: { tenant: Tenant }) {
  return Date.parse(tenant.created_at) > 0 ? <Ago at={tenant.created_at} /> : 'with the server';
}

function Rename({ tenant }: { tenant: Tenant }) {
  const [open, setOpen] = useState(false);
  const rename = useRenameTenant(tenant.id);
  const close = () => {
    setOpen(false);
    rename.reset();
  };
  return (
    <>
      <Button size="xs" variant="default" aria-label={`Rename ${tenant.name}`} onClick={() => setOpen(true)}>
        Rename
      </Button>
      <Dialog title={`Rename ${tenant.name}`} opened={open} onClose={close} small>
        <NameForm
          start={tenant.name}
          action="Rename"
          pending={rename.isPending}
          error={rename.error}
          onCancel={close}
          onName={(name, refused) =>
            rename.mutate(name, {
              onError: refused,
              onSuccess: () => {
                close();
                tellDone(`It is called ${name} now.`);
              },
            })
          }
        />
      </Dialog>
    </>
  );
}

function NewTenantDialog({ opened, onClose }: { opened: boolean; onClose: () => void }) {
  const create = useCreateTenant();
  const close = () => {
    create.reset();
    onClose();
  };
  return (
    <Dialog title="New tenant" opened={opened} onClose={close} small>
      <NameForm
        start=""
        action="Make tenant"
        pending={create.isPending}
        error={create.error}
        onCancel={close}
        onName={(name, refused) =>
          create.mutate(name, {
            onError: refused,
            onSuccess: () => {
              close();
              tellDone(`${name} is made.`);
            },
          })
        }
      />
    </Dialog>
  );
}

function NameForm({
  start,
  action,
  pending,
  error,
  onCancel,
  onName,
}: {
  start: string;
  action: string;
  pending: boolean;
  error: unknown;
  onCancel: () => void;
  onName: (name: string, refused: (error: unknown) => void) => void;
}) {
  const form = useForm({
    initialValues: { name: start },
    validate: { name: (value) => (value.trim() ? null : 'A tenant needs a name.') },
  });
  const submit = submitOf(form, { name: 'name' }, ({ name }, refused) => onName(name.trim(), refused));
  return (
    <form onSubmit={submit} noValidate>
      <Stack>
        <TextInput
          label="Name"
          withAsterisk
          data-autofocus
          maxLength={bounds.NewTenant.name.maxLength}
          autoComplete="off"
          {...form.getInputProps('name')}
        />
        <FormEnd error={error} fields={['name']} pending={pending} action={action} onClose={onCancel} />
      </Stack>
    </form>
  );
}

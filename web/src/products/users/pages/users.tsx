// Accounts: search, filter, make, and change them.
import { Button, NativeSelect, Table } from '@mantine/core';
import { useState } from 'react';
import { Link, useSearchParams } from 'react-router';
import { ClearFilters } from '@/kit/clear_filters';
import { ActionsHeader } from '@/kit/actions_header';
import { useMe } from '@/kit/api/session';
import { mayDo, type User } from '@/kit/api/types';
import { useUsers, type UserFilter } from '../api/users';
import { Copyable } from '@/kit/copy';
import { usePhone } from '@/kit/dialog';
import { Empty, Loading, Problem } from '@/kit/feedback';
import { Icon } from '@/kit/icons';
import { useKeptPaging } from '@/kit/kept_paging';
import { PageHead } from '@/kit/page';
import { Pager } from '@/kit/pager';
import { SearchBox } from '@/kit/search_box';
import { SortHeader } from '@/kit/sort_header';
import { Ago } from '@/kit/time';
import { useFilters } from '@/kit/use_filters';
import { shownName } from '@/kit/names';
import { userPath } from '../parts/user_path';
import { kindWords, UserState } from '../parts/user_words';
import { NewUserDialog } from './new_user';
import { UserMenu, useUserDialogs, type OpenDialog } from './user_menu';

const filterNames = ['kind', 'role', 'state', 'sort'] as const;
const choices = {
  kind: [
    { value: '', label: 'People and bots' },
    { value: 'person', label: 'People' },
    { value: 'bot', label: 'Bots' },
    { value: 'service', label: 'Services' },
  ],
  role: [
    { value: '', label: 'Every role' },
    { value: 'member', label: 'Members' },
    { value: 'operator', label: 'Operators' },
    { value: 'admin', label: 'Admins' },
  ],
  state: [
    { value: '', label: 'Every state' },
    { value: 'active', label: 'Active' },
    { value: 'locked', label: 'Locked' },
    { value: 'deactivated', label: 'Deactivated' },
  ],
};
const sorts = [
  { value: '', label: 'Name, A to Z' },
  { value: '-name', label: 'Name, Z to A' },
  { value: 'display_name', label: 'Display name, A to Z' },
  { value: '-created_at', label: 'Newest first' },
  { value: 'created_at', label: 'Oldest first' },
];

/** The file holds what the list shows, in its order. */
function exportLink(search: string, filters: Record<string, string>): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries({ search, ...filters })) if (value) query.set(name, value);
  return `/api/v1/users/export${query.size ? `?${query}` : ''}`;
}

export default function UsersPage() {
  const me = useMe();
  const phone = usePhone();
  const [params, setParams] = useSearchParams();
  const [making, setMaking] = useState(false);
  const [filters, setFilter, clearFilters] = useFilters<Omit<UserFilter, 'search'>>(filterNames);
  const paging = useKeptPaging(JSON.stringify(filters));
  const users = useUsers({ search: paging.asked, ...filters }, paging.from);
  const mayChange = mayDo(me, 'admin');
  const { open, dialogs } = useUserDialogs();
  const close = () => {
    setMaking(false);
    setParams(
      (now) => {
        const next = new URLSearchParams(now);
        next.delete('new');
        return next;
      },
      { replace: true },
    );
  };
  const page = users.data;
  const narrowed = paging.asked !== '' || filters.kind + filters.role + filters.state !== '';
  const sort = filters.sort || 'name';
  const sortBy = (next: string) => setFilter('sort', next === 'name' ? '' : next);
  return (
    <>
      <PageHead
        title="Users"
        lead="The accounts of this server: people sign in to a Matrix client with theirs, bots get theirs when they are made."
      >
        {mayChange && (
          <Button
            component={Link}
            to="/ui/users/import"
            variant="default"
            leftSection={<Icon name="upload" size={16} />}
          >
            Import
          </Button>
        )}
        {mayChange && (
          <Button leftSection={<Icon name="plus" />} onClick={() => setMaking(true)}>
            New user
          </Button>
        )}
      </PageHead>
      <div className="toolbar filters">
        <SearchBox
          label="Search users"
          value={paging.search}
          onChange={paging.setSearch}
          busy={users.isPlaceholderData}
        />
        {(['kind', 'role', 'state'] as const).map((name) => (
          <NativeSelect
            key={name}
            aria-label={name[0]!.toUpperCase() + name.slice(1)}
            value={filters[name]}
            data={choices[name]}
            onChange={(event) => setFilter(name, event.currentTarget.value)}
          />
        ))}
        {phone && (
          <NativeSelect
            aria-label="Order"
            value={filters.sort}
            data={sorts}
            onChange={(event) => setFilter('sort', event.currentTarget.value)}
          />
        )}
        {narrowed && (
          <ClearFilters
            onClear={() => {
              paging.setSearch('');
              clearFilters();
            }}
          />
        )}
        <Button
          component="a"
          href={exportLink(paging.asked, filters)}
          download="users.csv"
          variant="subtle"
          size="xs"
          className="toolbar-end"
          leftSection={<Icon name="download" size={14} />}
        >
          CSV
        </Button>
      </div>
      {users.isPending ? (
        <Loading />
      ) : users.error && !page ? (
        <Problem error={users.error} title="The users could not be loaded" onRetry={() => void users.refetch()} />
      ) : page!.items.length === 0 ? (
        <Empty icon="search" title={narrowed ? 'No user matches' : 'No users yet'}>
          {narrowed ? 'Nobody is like that. Try fewer filters.' : 'Make the first one.'}
        </Empty>
      ) : phone ? (
        <UserCards users={page!.items} mayChange={mayChange} onOpen={open} />
      ) : (
        <UserTable users={page!.items} mayChange={mayChange} onOpen={open} sort={sort} onSort={sortBy} />
      )}
      {users.error && page && (
        <Problem error={users.error} title="The list may be old" onRetry={() => void users.refetch()} />
      )}
      {page && (
        <Pager
          paging={paging}
          shown={page.items.length}
          total={page.total}
          next={page.next_from}
          what="users"
          busy={users.isFetching}
        />
      )}
      {dialogs}
      <NewUserDialog opened={mayChange && (making || params.has('new'))} onClose={close} />
    </>
  );
}

function UserName({ user }: { user: User }) {
  return (
    <>
      <Link className="main-link" to={userPath(user.user_id)}>
        {shownName(user.display_name, user.username)}
      </Link>
      <div className="dim">
        <Copyable value={user.user_id} what={`id of ${user.username}`} />
      </div>
    </>
  );
}

function UserTable({
  users,
  mayChange,
  onOpen,
  sort,
  onSort,
}: {
  users: User[];
  mayChange: boolean;
  onOpen: OpenDialog;
  sort: string;
  onSort: (sort: string) => void;
}) {
  return (
    <div className="panel table-panel">
      <Table>
        <caption className="visually-hidden">Users</caption>
        <Table.Thead>
          <Table.Tr>
            <SortHeader name="name" label="User" sort={sort} onSort={onSort} />
            <Table.Th scope="col">Kind</Table.Th>
            <Table.Th scope="col">Role</Table.Th>
            <Table.Th scope="col">State</Table.Th>
            <SortHeader name="created_at" label="Made" sort={sort} onSort={onSort} />
            {mayChange && <ActionsHeader />}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {users.map((user) => (
            <Table.Tr key={user.id} data-user={user.username}>
              <Table.Td className="cell-name">
                <UserName user={user} />
              </Table.Td>
              <Table.Td>{kindWords[user.kind]}</Table.Td>
              <Table.Td>{user.role}</Table.Td>
              <Table.Td>
                <UserState user={user} />
              </Table.Td>
              <Table.Td className="dim">
                <Ago at={user.created_at} />
              </Table.Td>
              {mayChange && (
                <Table.Td className="cell-actions">
                  <UserMenu user={user} onOpen={onOpen} />
                </Table.Td>
              )}
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </div>
  );
}

function UserCards({ users, mayChange, onOpen }: { users: User[]; mayChange: boolean; onOpen: OpenDialog }) {
  return (
    <ul className="cards" aria-label="Users">
      {users.map((user) => (
        <li key={user.id} className="panel card" data-user={user.username}>
          <div className="card-head">
            <div>
              <UserName user={user} />
            </div>
            {mayChange && <UserMenu user={user} onOpen={onOpen} />}
          </div>
          <div className="card-head small">
            <span className="dim">
              {kindWords[user.kind]} · {user.role} · <Ago at={user.created_at} />
            </span>
            <UserState user={user} />
          </div>
        </li>
      ))}
    </ul>
  );
}

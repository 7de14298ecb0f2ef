// Accounts: search, make, and change them.
import { ActionIcon, Button, Menu, Table } from '@mantine/core';
import { useState } from 'react';
import { useSearchParams } from 'react-router';
import { useMe } from '../api/session';
import { mayDo, type User } from '../api/types';
import { useUsers } from '../api/users';
import { Copyable } from '../components/copy';
import { usePhone } from '../components/dialog';
import { Empty, Loading, Problem } from '../components/feedback';
import { Icon } from '../components/icons';
import { OwnPasswordDialog } from '../components/own_password';
import { PageHead } from '../components/page';
import { Pager, usePaging } from '../components/pager';
import { SearchBox } from '../components/search_box';
import { Ago } from '../components/time';
import { NewUserDialog } from './new_user';
import { DeactivateDialog, ResetPasswordDialog, RoleDialog } from './user_dialogs';

export function UsersPage() {
  const me = useMe();
  const phone = usePhone();
  const [params, setParams] = useSearchParams();
  const [making, setMaking] = useState(false);
  const paging = usePaging();
  const users = useUsers(paging.asked, paging.from);
  const mayChange = mayDo(me, 'admin');
  const close = () => { setMaking(false); setParams({}, { replace: true }); };
  const page = users.data;
  return (
    <>
      <PageHead title="Users" lead="The accounts of this server: people sign in to a Matrix client with theirs, bots get theirs when they are made.">
        {mayChange && <Button leftSection={<Icon name="plus" />} onClick={() => setMaking(true)}>New user</Button>}
      </PageHead>
      <div className="toolbar"><SearchBox label="Search users" value={paging.search} onChange={paging.setSearch} /></div>
      {users.isPending ? <Loading />
        : users.error && !page ? <Problem error={users.error} title="The users could not be loaded" onRetry={() => void users.refetch()} />
          : page!.items.length === 0 ? <Empty icon="search" title={paging.asked ? 'No user matches' : 'No users yet'}>{paging.asked ? `Nobody is called “${paging.asked}”.` : 'Make the first one.'}</Empty>
            : phone ? <UserCards users={page!.items} mayChange={mayChange} /> : <UserTable users={page!.items} mayChange={mayChange} />}
      {page && <Pager paging={paging} shown={page.items.length} total={page.total} next={page.next_from} what="users" busy={users.isFetching} />}
      <NewUserDialog opened={mayChange && (making || params.has('new'))} onClose={close} />
    </>
  );
}

function UserName({ user }: { user: User }) {
  return (
    <>
      <strong>{user.display_name || user.username}</strong>
      <div className="dim"><Copyable value={user.user_id} what={`id of ${user.username}`} /></div>
    </>
  );
}

function UserState({ user }: { user: User }) {
  if (user.deactivated) return <span className="state">Deactivated</span>;
  if (user.locked) return <span className="state" data-tone="failed">Locked</span>;
  return <span className="state" data-tone="running">Active</span>;
}

const kinds: Record<User['kind'], string> = { person: 'Person', bot: 'Bot', service: 'Service' };

function UserTable({ users, mayChange }: { users: User[]; mayChange: boolean }) {
  return (
    <div className="panel table-panel">
      <Table>
        <caption className="visually-hidden">Users</caption>
        <Table.Thead>
          <Table.Tr>
            <Table.Th scope="col">User</Table.Th><Table.Th scope="col">Kind</Table.Th><Table.Th scope="col">Role</Table.Th>
            <Table.Th scope="col">State</Table.Th><Table.Th scope="col">Made</Table.Th>
            {mayChange && <Table.Th scope="col"><span className="visually-hidden">Actions</span></Table.Th>}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {users.map((user) => (
            <Table.Tr key={user.id} data-user={user.username}>
              <Table.Td className="cell-name"><UserName user={user} /></Table.Td>
              <Table.Td>{kinds[user.kind]}</Table.Td>
              <Table.Td>{user.role}</Table.Td>
              <Table.Td><UserState user={user} /></Table.Td>
              <Table.Td className="dim"><Ago at={user.created_at} /></Table.Td>
              {mayChange && <Table.Td className="cell-actions"><UserMenu user={user} /></Table.Td>}
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </div>
  );
}

function UserCards({ users, mayChange }: { users: User[]; mayChange: boolean }) {
  return (
    <ul className="cards" aria-label="Users">
      {users.map((user) => (
        <li key={user.id} className="panel card" data-user={user.username}>
          <div className="card-head"><div><UserName user={user} /></div>{mayChange && <UserMenu user={user} />}</div>
          <div className="card-head small"><span className="dim">{kinds[user.kind]} · {user.role} · <Ago at={user.created_at} /></span><UserState user={user} /></div>
        </li>
      ))}
    </ul>
  );
}

type DialogName = 'role' | 'password' | 'deactivate';

function UserMenu({ user }: { user: User }) {
  const [dialog, setDialog] = useState<DialogName>();
  const close = () => setDialog(undefined);
  const own = useMe().user_id === user.user_id;
  // A bot's account is run by the bot: its page is where it is changed.
  const reason = user.deactivated ? 'Deactivated for good' : user.kind !== 'person' ? 'Changed on the page of its bot' : own ? 'Your own account' : '';
  const closed = user.deactivated || user.kind !== 'person';
  return (
    <>
      <Menu position="bottom-end" width={190}>
        <Menu.Target>
          <ActionIcon variant="subtle" color="gray" size="lg" aria-label={`Change ${user.username}`}><Icon name="dots" /></ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          {reason && <div className="menu-note" role="none">{reason}</div>}
          <Menu.Item disabled={closed || own} leftSection={<Icon name="users" size={16} />} onClick={() => setDialog('role')}>Change role</Menu.Item>
          <Menu.Item disabled={closed} leftSection={<Icon name="lock" size={16} />} onClick={() => setDialog('password')}>{own ? 'Change password' : 'Reset password'}</Menu.Item>
          <Menu.Item disabled={closed || own} className="danger" leftSection={<Icon name="trash" size={16} />} onClick={() => setDialog('deactivate')}>Deactivate</Menu.Item>
        </Menu.Dropdown>
      </Menu>
      <RoleDialog user={user} opened={dialog === 'role'} onClose={close} />
      {own ? <OwnPasswordDialog opened={dialog === 'password'} onClose={close} /> : <ResetPasswordDialog user={user} opened={dialog === 'password'} onClose={close} />}
      <DeactivateDialog user={user} opened={dialog === 'deactivate'} onClose={close} />
    </>
  );
}

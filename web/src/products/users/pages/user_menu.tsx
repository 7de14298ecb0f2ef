// What can be done to one account, and its dialogs.
import { ActionIcon, Menu } from '@mantine/core';
import { useMounted } from '@mantine/hooks';
import { useState } from 'react';
import { useMe } from '@/kit/api/session';
import type { User } from '@/kit/api/types';
import { useLockUser } from '../api/users';
import { tellDone, tellFailed } from '@/kit/feedback';
import { Icon } from '@/kit/icons';
import { OwnPasswordDialog } from '../parts/own_password';
import { DeactivateDialog, LockDialog, ResetPasswordDialog, RoleDialog } from './user_dialogs';
import { SessionsDialog } from './user_sessions';

type DialogName = 'role' | 'password' | 'sessions' | 'lock' | 'deactivate';
export type OpenDialog = (user: User, dialog: DialogName) => void;

/** The dialogs belong to the page, not to a row: a row may go to another page of the list while one is open, and with it
 * a password that is shown once. */
export function useUserDialogs() {
  const [chosen, setChosen] = useState<{ user: User; dialog: DialogName | undefined }>();
  const open: OpenDialog = (user, dialog) => setChosen({ user, dialog });
  const close = () => setChosen((before) => before && { ...before, dialog: undefined });
  return { open, dialogs: chosen && <UserDialogs key={chosen.user.user_id} {...chosen} onClose={close} /> };
}

function UserDialogs({
  user,
  dialog: wanted,
  onClose,
}: {
  user: User;
  dialog: DialogName | undefined;
  onClose: () => void;
}) {
  // Opened after it is there: a dialog gives the focus back only to where it was before it opened.
  const dialog = useMounted() ? wanted : undefined;
  const own = useMe().user_id === user.user_id;
  return (
    <>
      <RoleDialog user={user} opened={dialog === 'role'} onClose={onClose} />
      {own ? (
        <OwnPasswordDialog opened={dialog === 'password'} onClose={onClose} />
      ) : (
        <ResetPasswordDialog user={user} opened={dialog === 'password'} onClose={onClose} />
      )}
      <SessionsDialog user={user} opened={dialog === 'sessions'} onClose={onClose} />
      <LockDialog user={user} opened={dialog === 'lock'} onClose={onClose} />
      <DeactivateDialog user={user} opened={dialog === 'deactivate'} onClose={onClose} />
    </>
  );
}

export function UserMenu({ user, onOpen }: { user: User; onOpen: OpenDialog }) {
  const setDialog = (dialog: DialogName) => onOpen(user, dialog);
  const unlock = useLockUser(user.user_id, 'unlock');
  const me = useMe();
  const own = me.user_id === user.user_id;
  // Who came by a provider has none to change.
  const noPassword = own && me.has_password === false;
  // A bot's account is run by the bot: its page is where it is changed.
  const reason = user.deactivated
    ? 'Deactivated for good'
    : user.kind !== 'person'
      ? 'Changed on the page of its bot'
      : own
        ? 'Your own account'
        : '';
  const closed = user.deactivated || user.kind !== 'person';
  const letIn = () =>
    unlock.mutate(undefined, {
      onSuccess: () => tellDone(`${user.username} is unlocked.`),
      onError: (error) => tellFailed(`${user.username} could not be unlocked`, error),
    });
  return (
    <Menu position="bottom-end" width={190}>
      <Menu.Target>
        <ActionIcon variant="subtle" color="gray" size="lg" aria-label={`Change ${user.username}`}>
          <Icon name="dots" />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        {reason && (
          <div className="menu-note" role="none">
            {reason}
          </div>
        )}
        <Menu.Item
          disabled={closed || own}
          leftSection={<Icon name="users" size={16} />}
          onClick={() => setDialog('role')}
        >
          Change role
        </Menu.Item>
        {!noPassword && (
          <Menu.Item
            disabled={closed}
            leftSection={<Icon name="key" size={16} />}
            onClick={() => setDialog('password')}
          >
            {own ? 'Change password' : 'Reset password'}
          </Menu.Item>
        )}
        <Menu.Item
          disabled={user.deactivated}
          leftSection={<Icon name="screen" size={16} />}
          onClick={() => setDialog('sessions')}
        >
          Sessions
        </Menu.Item>
        {user.locked ? (
          <Menu.Item disabled={closed || own} leftSection={<Icon name="lockopen" size={16} />} onClick={letIn}>
            Unlock
          </Menu.Item>
        ) : (
          <Menu.Item
            disabled={closed || own}
            leftSection={<Icon name="lock" size={16} />}
            onClick={() => setDialog('lock')}
          >
            Lock
          </Menu.Item>
        )}
        <Menu.Item
          disabled={closed || own}
          className="danger"
          leftSection={<Icon name="trash" size={16} />}
          onClick={() => setDialog('deactivate')}
        >
          Deactivate
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}

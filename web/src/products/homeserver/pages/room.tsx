// One room: what it is, who is in it, closing it to everybody and deleting it.
import { Button, Checkbox, Stack } from '@mantine/core';
import { useState } from 'react';
import { Link, useNavigate, useParams } from 'react-router';
import { ApiError } from '@/kit/api/http';
import type { HomeserverRoomDetail } from '@/kit/api/types';
import { Copyable } from '@/kit/copy';
import { ConfirmDialog } from '@/kit/dialog';
import { Empty, Loading, Problem, tellDone, tellFailed } from '@/kit/feedback';
import { Icon } from '@/kit/icons';
import { Pager, usePaging } from '@/kit/pager';
import { useBlockRoom, useDeleteRoom, useRoom, useRoomMembers } from '../api/rooms';
import { userPath } from '@/products/users/parts/user_path';
import { roomPath, roomTitle, shortRoomName, typedName } from '../parts/room_names';

const mostCounted = 1_000_000;

export default function RoomPage() {
  const { roomId = '' } = useParams();
  const room = useRoom(roomId);
  if (room.isPending) return <Loading rows={3} height={60} />;
  if (room.error && !room.data) {
    const gone = room.error instanceof ApiError && room.error.status === 404;
    return gone ? (
      <Empty
        icon="search"
        title="No such room"
        action={
          <Button component={Link} to="/ui/server">
            All rooms
          </Button>
        }
      >
        There is no room with this id. It may have been deleted.
      </Empty>
    ) : (
      <Problem error={room.error} title="The room could not be loaded" onRetry={() => void room.refetch()} />
    );
  }
  return <RoomBody key={roomId} room={room.data} />;
}

function RoomBody({ room }: { room: HomeserverRoomDetail }) {
  return (
    <section className="section" aria-labelledby="room-name">
      <p className="way-back">
        <Link to="/ui/server">All rooms</Link>
      </p>
      <div className="section-head">
        <h2 id="room-name">{roomTitle(room)}</h2>
        <div className="page-actions">
          <BlockButton room={room} />
          <DeleteButton room={room} />
        </div>
      </div>
      <div className="panel panel-pad">
        <Facts room={room} />
      </div>
      <Members room={room} />
    </section>
  );
}

const joinRules: Record<string, string> = {
  public: 'everybody may come in',
  invite: 'by invite',
  knock: 'by invite, or knocking',
  restricted: 'members of other rooms',
  knock_restricted: 'members of other rooms, or knocking',
  private: 'by invite',
};

function Facts({ room }: { room: HomeserverRoomDetail }) {
  const facts: [string, React.ReactNode][] = [
    ['Id', <Copyable value={room.room_id} what="id of the room" />],
    ['Alias', room.alias && <Copyable value={room.alias} what="alias of the room" />],
    ['Topic', room.topic],
    [
      'Made by',
      <Link className="mono" to={userPath(room.creator)}>
        {room.creator}
      </Link>,
    ],
    ['Entry', room.blocked_by ? `nobody: blocked by ${room.blocked_by}` : joinRules[room.join_rule ?? 'invite']],
    ['Directory', room.public ? 'listed' : 'not listed'],
    ['Encryption', room.encryption ? 'on' : 'off'],
    [
      'Members',
      `${room.members.toLocaleString('en')}, on ${room.devices.toLocaleString('en')} ${room.devices === 1 ? 'device' : 'devices'}`,
    ],
    [
      'Size',
      `${room.events >= mostCounted ? 'more than ' : ''}${room.events.toLocaleString('en')} events, ` +
        `${room.state_events.toLocaleString('en')} entries of state`,
    ],
    ['Version', room.version],
    ['Upgraded to', room.replaced_by && <Link to={roomPath(room.replaced_by)}>{room.replaced_by}</Link>],
  ];
  return (
    <dl className="facts">
      {facts
        .filter(([, value]) => value !== undefined && value !== '')
        .map(([name, value]) => [<dt key={`${name} name`}>{name}</dt>, <dd key={name}>{value}</dd>])}
    </dl>
  );
}

function BlockButton({ room }: { room: HomeserverRoomDetail }) {
  const [asking, setAsking] = useState(false);
  const block = useBlockRoom(room.room_id);
  const name = shortRoomName(room);
  if (room.blocked_by) {
    const open = () =>
      block.mutate(false, {
        onSuccess: () => tellDone(`${name} may be entered again.`),
        onError: (error) => tellFailed(`${name} could not be opened`, error),
      });
    return (
      <Button
        variant="default"
        leftSection={<Icon name="lockopen" size={16} />}
        loading={block.isPending}
        onClick={open}
      >
        Unblock
      </Button>
    );
  }
  const close = () => {
    block.reset();
    setAsking(false);
  };
  return (
    <>
      <Button variant="default" leftSection={<Icon name="lock" size={16} />} onClick={() => setAsking(true)}>
        Block
      </Button>
      <ConfirmDialog
        title={`Block ${name}?`}
        opened={asking}
        onClose={close}
        action="Block"
        pending={block.isPending}
        error={block.error}
        onConfirm={() =>
          block.mutate(true, {
            onSuccess: () => {
              close();
              tellDone(`Nobody may enter ${name} now.`);
            },
          })
        }
      >
        Nobody may enter the room until it is unblocked. Whoever is in it stays and can go on.
      </ConfirmDialog>
    </>
  );
}

function DeleteButton({ room }: { room: HomeserverRoomDetail }) {
  const [asking, setAsking] = useState(false);
  const [block, setBlock] = useState(false);
  const navigate = useNavigate();
  const remove = useDeleteRoom(room.room_id);
  const name = shortRoomName(room);
  const close = () => {
    remove.reset();
    setAsking(false);
  };
  return (
    <>
      <Button color="red" variant="light" leftSection={<Icon name="trash" size={16} />} onClick={() => setAsking(true)}>
        Delete
      </Button>
      <ConfirmDialog
        title={`Delete ${name}?`}
        opened={asking}
        onClose={close}
        typed={typedName(room)}
        action="Delete the room"
        pending={remove.isPending}
        error={remove.error}
        onConfirm={() =>
          remove.mutate(block, {
            onSuccess: () => {
              tellDone(`${name} is being deleted.`);
              void navigate('/ui/server');
            },
          })
        }
      >
        <Stack>
          <div>
            Its {room.members.toLocaleString('en')} {room.members === 1 ? 'member is' : 'members are'} taken out, and
            what was said in it is removed for ever. Until the room itself goes this can be cancelled; afterwards it
            cannot be undone. Files that were sent stay under Media.
          </div>
          <Checkbox
            label="Block its id, too"
            description="Nobody can bring the room back under the same id."
            checked={block}
            onChange={(event) => setBlock(event.currentTarget.checked)}
          />
        </Stack>
      </ConfirmDialog>
    </>
  );
}

function Members({ room }: { room: HomeserverRoomDetail }) {
  const paging = usePaging();
  const members = useRoomMembers(room.room_id, paging.from);
  const page = members.data;
  return (
    <section className="section" aria-labelledby="members">
      <h2 id="members">Members</h2>
      {members.isPending ? (
        <Loading rows={3} />
      ) : members.error && !page ? (
        <Problem error={members.error} title="The members could not be loaded" onRetry={() => void members.refetch()} />
      ) : page!.items.length === 0 ? (
        <Empty icon="users" title="Nobody is in it">
          An empty room can be deleted without harm to anybody.
        </Empty>
      ) : (
        <ul className="rows panel panel-pad" aria-label="Members">
          {page!.items.map(({ user_id }) => (
            <li key={user_id} data-member={user_id}>
              <Copyable value={user_id} what={`id of ${user_id}`} to={userPath(user_id)} />
            </li>
          ))}
        </ul>
      )}
      {page && (
        <Pager
          paging={paging}
          shown={page.items.length}
          total={page.total}
          next={page.next_from}
          what="members"
          busy={members.isFetching}
        />
      )}
    </section>
  );
}

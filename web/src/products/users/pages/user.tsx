// One account: what it is, what can be done with it, and the rooms that it is in.
import { Button } from '@mantine/core';
import { Link, useParams } from 'react-router';
import { useUser } from '../api/users';
import { kindWords, UserState } from '../parts/user_words';
import { WaysIn } from '../parts/ways_in';
import { UserMenu, useUserDialogs } from './user_menu';
import { ApiError } from '@/kit/api/http';
import { useMe } from '@/kit/api/session';
import { isServerAdmin, mayDo, type HomeserverRoom, type User } from '@/kit/api/types';
import { Copyable } from '@/kit/copy';
import { Empty, Loading, Problem } from '@/kit/feedback';
import { PageHead } from '@/kit/page';
import { Pager, usePaging } from '@/kit/pager';
import { Moment } from '@/kit/time';
import { shownName } from '@/kit/names';
import { useRoomsOf } from '@/products/homeserver/api/rooms';
import { roomName, roomPath } from '@/products/homeserver/parts/room_names';

export default function UserPage() {
  const { userId = '' } = useParams();
  const user = useUser(userId);
  const gone = user.error instanceof ApiError && user.error.status === 404;
  return (
    <>
      <p className="small way-back">
        <Link to="/ui/users">All users</Link>
      </p>
      {user.data ? (
        <UserBody key={user.data.user_id} user={user.data} />
      ) : (
        <>
          <PageHead title={gone ? 'No such user' : 'User'} />
          {user.isPending ? (
            <Loading rows={3} height={60} />
          ) : gone ? (
            <Empty
              icon="search"
              title="This account does not exist"
              action={
                <Button component={Link} to="/ui/users">
                  All users
                </Button>
              }
            >
              There is no account with this id among those that you look after.
            </Empty>
          ) : (
            <Problem error={user.error} title="The user could not be loaded" onRetry={() => void user.refetch()} />
          )}
        </>
      )}
    </>
  );
}

function UserBody({ user }: { user: User }) {
  const me = useMe();
  const { open, dialogs } = useUserDialogs();
  return (
    <>
      <PageHead title={shownName(user.display_name, user.username)}>
        <UserState user={user} />
        {mayDo(me, 'admin') && <UserMenu user={user} onOpen={open} />}
      </PageHead>
      <div className="panel panel-pad">
        <dl className="facts">
          <dt>Id</dt>
          <dd>
            <Copyable value={user.user_id} what={`id of ${user.username}`} />
          </dd>
          <dt>Kind</dt>
          <dd>{kindWords[user.kind]}</dd>
          <dt>Role</dt>
          <dd>{user.role}</dd>
          <dt>Made</dt>
          <dd>
            <Moment at={user.created_at} />
          </dd>
          {user.kind === 'person' && user.has_password !== undefined && (
            <>
              <dt>Signs in with</dt>
              <dd>
                <WaysIn user={user} />
              </dd>
            </>
          )}
          {isServerAdmin(me) && (
            <>
              <dt>Files</dt>
              <dd>
                <Link to={`/ui/server/media?user=${encodeURIComponent(user.user_id)}`}>What it uploaded</Link>
              </dd>
            </>
          )}
        </dl>
      </div>
      {isServerAdmin(me) && <RoomsOf user={user} />}
      {dialogs}
    </>
  );
}

function RoomsOf({ user }: { user: User }) {
  const paging = usePaging();
  const rooms = useRoomsOf(user.user_id, paging.from);
  const page = rooms.data;
  // The homeserver is another program: its rooms are not known here.
  if (rooms.error instanceof ApiError && rooms.error.status === 404) return null;
  return (
    <section className="section" aria-labelledby="rooms">
      <h2 id="rooms">Rooms</h2>
      {rooms.isPending ? (
        <Loading rows={3} />
      ) : rooms.error && !page ? (
        <Problem error={rooms.error} title="The rooms could not be loaded" onRetry={() => void rooms.refetch()} />
      ) : page!.items.length === 0 ? (
        <div className="panel panel-pad dim">In no room.</div>
      ) : (
        <ul className="rows panel" aria-label="Rooms">
          {page!.items.map((room) => (
            <RoomRow key={room.room_id} room={room} />
          ))}
        </ul>
      )}
      {page && (
        <Pager
          paging={paging}
          shown={page.items.length}
          total={page.total}
          next={page.next_from}
          what="rooms"
          busy={rooms.isFetching}
        />
      )}
    </section>
  );
}

function RoomRow({ room }: { room: HomeserverRoom }) {
  return (
    <li data-room={room.room_id}>
      <div>
        <Link className="main-link" to={roomPath(room.room_id)}>
          {roomName(room)}
        </Link>
        {room.name && <div className="small dim mono">{room.room_id}</div>}
      </div>
      <span className="small dim nowrap">
        {room.members.toLocaleString('en')} {room.members === 1 ? 'member' : 'members'}
      </span>
    </li>
  );
}

// All rooms: search, filters, order, and how far deletions are.
import { NativeSelect, Table } from '@mantine/core';
import { Link } from 'react-router';
import { ClearFilters } from '@/kit/clear_filters';
import type { HomeserverRoom } from '@/kit/api/types';
import { Copyable } from '@/kit/copy';
import { usePhone } from '@/kit/dialog';
import { Empty, Loading, Problem } from '@/kit/feedback';
import { useKeptPaging } from '@/kit/kept_paging';
import { Pager } from '@/kit/pager';
import { SearchBox } from '@/kit/search_box';
import { SortHeader } from '@/kit/sort_header';
import { useFilters } from '@/kit/use_filters';
import { useRooms, type RoomFilter } from '../api/rooms';
import { EndedDeletions, RunningDeletions } from '../parts/deletions';
import { userPath } from '@/products/users/parts/user_path';
import { roomName, roomPath, roomTitle } from '../parts/room_names';

const filterNames = ['listed', 'empty', 'sort'] as const;
const choices = {
  listed: [
    { value: '', label: 'Listed or not' },
    { value: 'true', label: 'In the directory' },
    { value: 'false', label: 'Not in the directory' },
  ],
  empty: [
    { value: '', label: 'Any people' },
    { value: 'false', label: 'With people' },
    { value: 'true', label: 'Empty' },
  ],
};
const sorts = [
  { value: '', label: 'Name, A to Z' },
  { value: '-name', label: 'Name, Z to A' },
  { value: '-members', label: 'Most members first' },
  { value: 'members', label: 'Fewest members first' },
  { value: '-state_events', label: 'Largest state first' },
];

export default function RoomsPage() {
  const phone = usePhone();
  const [filters, setFilter, clearFilters] = useFilters<Omit<RoomFilter, 'search'>>(filterNames);
  const paging = useKeptPaging(JSON.stringify(filters));
  const rooms = useRooms({ search: paging.asked, ...filters }, paging.from);
  const page = rooms.data;
  const narrowed = paging.asked !== '' || filters.listed + filters.empty !== '';
  const sortBy = (next: string) => setFilter('sort', next === 'name' ? '' : next);
  return (
    <>
      <RunningDeletions />
      <section className="section" aria-label="Rooms">
        <div className="toolbar filters">
          <SearchBox
            label="Search rooms"
            value={paging.search}
            onChange={paging.setSearch}
            busy={rooms.isPlaceholderData}
          />
          <NativeSelect
            aria-label="Directory"
            value={filters.listed}
            data={choices.listed}
            onChange={(event) => setFilter('listed', event.currentTarget.value)}
          />
          <NativeSelect
            aria-label="People"
            value={filters.empty}
            data={choices.empty}
            onChange={(event) => setFilter('empty', event.currentTarget.value)}
          />
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
        </div>
        {rooms.isPending ? (
          <Loading />
        ) : rooms.error && !page ? (
          <Problem error={rooms.error} title="The rooms could not be loaded" onRetry={() => void rooms.refetch()} />
        ) : page!.items.length === 0 ? (
          <Empty icon="search" title={narrowed ? 'No room matches' : 'No rooms yet'}>
            {narrowed ? 'No room is like that. Try fewer filters.' : 'Rooms appear here when people or bots make them.'}
          </Empty>
        ) : phone ? (
          <RoomCards rooms={page!.items} />
        ) : (
          <RoomTable rooms={page!.items} sort={filters.sort || 'name'} onSort={sortBy} />
        )}
        {rooms.error && page && (
          <Problem error={rooms.error} title="The list may be old" onRetry={() => void rooms.refetch()} />
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
      <EndedDeletions />
    </>
  );
}

function RoomTitle({ room }: { room: HomeserverRoom }) {
  return (
    <>
      <Link className="main-link" to={roomPath(room.room_id)}>
        {roomTitle(room)}
      </Link>
      <div className="dim">
        <Copyable value={room.room_id} what={`id of ${roomName(room)}`} />
      </div>
    </>
  );
}

/** What sets a room apart, in a few words. */
function sayKind({ type, encryption, public: listed }: HomeserverRoom): string {
  return [
    type === 'm.space' ? 'Space' : 'Room',
    encryption ? 'encrypted' : undefined,
    listed ? 'in the directory' : undefined,
  ]
    .filter(Boolean)
    .join(', ');
}

function RoomTable({ rooms, sort, onSort }: { rooms: HomeserverRoom[]; sort: string; onSort: (sort: string) => void }) {
  return (
    <div className="panel table-panel">
      <Table>
        <caption className="visually-hidden">Rooms</caption>
        <Table.Thead>
          <Table.Tr>
            <SortHeader name="name" label="Room" sort={sort} onSort={onSort} />
            <Table.Th scope="col">Kind</Table.Th>
            <SortHeader name="members" label="Members" sort={sort} onSort={onSort} />
            <SortHeader name="state_events" label="Entries of state" sort={sort} onSort={onSort} />
            <Table.Th scope="col">Made by</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {rooms.map((room) => (
            <Table.Tr key={room.room_id} data-room={room.room_id}>
              <Table.Td className="cell-name">
                <RoomTitle room={room} />
              </Table.Td>
              <Table.Td>{sayKind(room)}</Table.Td>
              <Table.Td>{room.members.toLocaleString('en')}</Table.Td>
              <Table.Td>{room.state_events.toLocaleString('en')}</Table.Td>
              <Table.Td>
                <Link className="mono" to={userPath(room.creator)}>
                  {room.creator}
                </Link>
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </div>
  );
}

function RoomCards({ rooms }: { rooms: HomeserverRoom[] }) {
  return (
    <ul className="cards" aria-label="Rooms">
      {rooms.map((room) => (
        <li key={room.room_id} className="panel card" data-room={room.room_id}>
          <div>
            <RoomTitle room={room} />
          </div>
          <div className="small dim">
            {sayKind(room)} · {room.members.toLocaleString('en')} {room.members === 1 ? 'member' : 'members'}
          </div>
        </li>
      ))}
    </ul>
  );
}

// What a room is called, and where its page is.

import { shownName } from '@/kit/names';

export function roomName({ name, alias, room_id }: { name?: string; alias?: string; room_id: string }): string {
  return shownName(name, alias || room_id);
}

/** Where the id stands beside it: direct chats and many others have no name, and their id is none. */
export function roomTitle(room: { name?: string; alias?: string; room_id: string }): string {
  const name = roomName(room);
  return name === room.room_id ? 'Room without a name' : name;
}

/** The same where it stands in a sentence. */
export function shortRoomName(room: { name?: string; alias?: string; room_id: string }): string {
  const name = Array.from(roomName(room));
  return name.length > 60 ? `${name.slice(0, 59).join('')}…` : name.join('');
}

/** What is typed before the room goes: its name, where anybody can type that. */
export function typedName(room: { name?: string; alias?: string; room_id: string }): string {
  const name = roomName(room);
  return /^[\x21-\x7e]+( [\x21-\x7e]+)*$/.test(name) && name.length <= 60 ? name : 'delete';
}

export const roomPath = (roomId: string) => `/ui/server/rooms/${encodeURIComponent(roomId)}`;

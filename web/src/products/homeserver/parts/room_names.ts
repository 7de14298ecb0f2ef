// What a room is called, and where its page is.

export function roomName({ name, alias, room_id }: { name?: string; alias?: string; room_id: string }): string {
  return name || alias || room_id;
}

export const roomPath = (roomId: string) => `/ui/server/rooms/${encodeURIComponent(roomId)}`;

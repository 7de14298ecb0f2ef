// The bot's account in the page: one device, made for this meeting, whose keys are kept in memory.
import { ClientEvent, createClient, Filter, MatrixError, type MatrixClient, type Room, SyncState } from 'matrix-js-sdk';
import { logger } from 'matrix-js-sdk/lib/logger.js';
import type { MatrixAccess } from '../access.ts';
import { Ended } from '../protocol.ts';
import { until } from './until.ts';

const syncWithin = 60_000;
const keysWithin = 30_000;
/** Events of the room that are read at the begin, and between two answers. */
const mostEvents = 100;

export interface Account {
  readonly client: MatrixClient;
  readonly room: Room;
}

/** Yields when the room is known. */
export async function signIn(access: MatrixAccess): Promise<Account> {
  // What the library says holds names and addresses; errors are told by who sees them.
  (logger as unknown as { disableAll?: () => void }).disableAll?.();
  const client = createClient({ baseUrl: access.homeserverUrl, accessToken: access.accessToken, userId: access.userId, deviceId: access.deviceId });
  const self = await client.whoami().catch(refused);
  if (self.user_id !== access.userId || self.device_id !== access.deviceId) throw new Ended('sign_in', 'the token is of another device');
  await client.initRustCrypto({ useIndexedDB: false });
  // Other rooms of the account are other meetings.
  const filter = new Filter(access.userId);
  filter.setDefinition({ room: { rooms: [access.roomId], timeline: { limit: mostEvents } }, presence: { types: [] } });
  await client.startClient({ filter, initialSyncLimit: mostEvents });
  await until(() => client.isInitialSyncComplete() || client.getSyncState() === SyncState.Error, syncWithin, 'the first sync',
    (look) => client.on(ClientEvent.Sync, look));
  const room = client.getRoom(access.roomId);
  if (room?.getMyMembership() !== 'join') throw new Ended('not_found', 'the account is not in the room');
  return { client, room };
}

/** Yields when everybody can look up the device's keys. */
export async function keysTaken({ client }: Account, access: MatrixAccess): Promise<void> {
  const end = performance.now() + keysWithin;
  for (;;) {
    const answer = await client.downloadKeysForUsers([access.userId]);
    if (answer.device_keys[access.userId]?.[access.deviceId]) return;
    if (performance.now() > end) throw new Ended('no_way_in', 'the keys of the device were not taken');
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

function refused(error: unknown): never {
  if (error instanceof MatrixError && (error.httpStatus === 401 || error.httpStatus === 403)) throw new Ended('sign_in', 'the homeserver refuses the token');
  throw error;
}

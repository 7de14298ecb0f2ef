// Devices of people as matrix-js-sdk makes them, with its crypto in Rust. Who includes this ends with stopClients.
import * as sdk from 'matrix-js-sdk';
import { logger } from 'matrix-js-sdk/lib/logger.js';
import { until } from './troupe.mjs';

logger.setLevel?.('error');
logger.disableAll?.();
const clients = [];

/** The device of a person (a MatrixUser), after its first sync. `more`: further options of createClient. */
export async function sdkClient(troupe, user, more = {}) {
  const client = sdk.createClient({ baseUrl: troupe.matrix, accessToken: user.token, userId: user.id, deviceId: user.device, ...more });
  clients.push(client);
  await client.initRustCrypto({ useIndexedDB: false });
  await client.startClient({ initialSyncLimit: 20 });
  await until(() => client.isInitialSyncComplete(), `${user.id}'s first sync`, 120_000);
  return client;
}

/** Stops them all, then what they used; the process ends a moment later, for the crypto library keeps timers. */
export async function stopClients(...used) {
  for (const client of clients) client.stopClient();
  for (const one of used) await one?.stop();
  setTimeout(() => process.exit(), 1000).unref();
}

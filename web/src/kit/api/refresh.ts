// Asking the server again because it said that something changed.
import { hashKey, type QueryClient, type QueryKey } from '@tanstack/react-query';

const underWay = new WeakMap<QueryClient, Map<string, { again: boolean }>>();

/**
 * Fetches what is shown under the key anew, so that the last answer was asked for after this call: one that is under way
 * already may be older than the change. Never more than one at a time: a flood of changes is not a flood of requests, and
 * no answer is thrown away for the next one.
 */
export function refresh(client: QueryClient, queryKey: QueryKey): Promise<void> {
  const keys = underWay.get(client) ?? new Map<string, { again: boolean }>();
  underWay.set(client, keys);
  const name = hashKey(queryKey);
  const known = keys.get(name);
  if (known) {
    known.again = true;
    return Promise.resolve();
  }
  const turn = { again: client.isFetching({ queryKey }) > 0 };
  keys.set(name, turn);
  const run = async () => {
    try {
      await client.invalidateQueries({ queryKey }, { cancelRefetch: false });
      while (turn.again) {
        turn.again = false;
        await client.invalidateQueries({ queryKey }, { cancelRefetch: false });
      }
    } finally {
      keys.delete(name);
    }
  };
  return run();
}

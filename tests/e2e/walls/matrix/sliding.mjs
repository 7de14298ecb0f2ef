// Sliding sync, in both shapes.
import { both, mine } from '../matrix_words.mjs';

const all = { enabled: true };
const entry = {
  ...mine, publicNames: true, moving: true,
  places: { 'body.room_subscriptions': 'room' },
  wrap: { 'body.room_subscriptions': (id) => ({ [id]: { timeline_limit: 50 } }) },
  yes: 'a room that is not the caller\'s is passed over',
  body: () => ({
    lists: { all: { ranges: [[0, 9]], timeline_limit: 5 } },
    extensions: { account_data: all, receipts: all, typing: all, e2ee: all, to_device: all },
  }),
};

export const rows = both('POST', ['/_matrix/client/unstable/org.matrix.simplified_msc3575/sync', '/_matrix/client/v4/sync'], entry);

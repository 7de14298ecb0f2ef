-- What the bots' feed knows of a homeserver elsewhere: its events in the order in which they arrived here, and the
-- accounts that act for us there.
CREATE TABLE rem_account (
  user_id TEXT PRIMARY KEY,
  kind TEXT NOT NULL,              -- person, bot, service
  display_name TEXT NOT NULL,
  admin INTEGER NOT NULL,
  sealed_token BLOB,               -- access token, sealed; none: an application service acts in its name
  sealed_password BLOB,            -- of a bot's account, made here, sealed
  since TEXT NOT NULL,             -- token of the last /sync that is stored; empty: none yet
  syncs INTEGER NOT NULL,          -- 1: its events come by /sync
  created_ms INTEGER NOT NULL
);

CREATE TABLE rem_event (
  pos INTEGER PRIMARY KEY,
  event_key TEXT NOT NULL UNIQUE,  -- the event id; for an invite seen by /sync, which has none, one made here
  room_id TEXT NOT NULL,
  event_id TEXT NOT NULL,
  type TEXT NOT NULL,
  sender TEXT NOT NULL,
  state_key TEXT,
  origin_server_ts INTEGER NOT NULL,
  content TEXT NOT NULL,           -- JSON
  received_ms INTEGER NOT NULL
);
CREATE INDEX rem_event_received ON rem_event (received_ms);

CREATE TABLE rem_join (
  user_id TEXT NOT NULL,
  room_id TEXT NOT NULL,
  pos INTEGER NOT NULL,            -- what came before it happened before the account was in the room
  PRIMARY KEY (user_id, room_id)
);
CREATE INDEX rem_join_room ON rem_join (room_id);

-- Transactions that the homeserver delivered: it repeats one until it has seen our 200.
CREATE TABLE rem_txn (
  txn_id TEXT PRIMARY KEY,
  received_ms INTEGER NOT NULL
);

-- Rooms, their events and what the writer needs to accept more of them. Every row that /sync may show carries its
-- position of the one stream. No index on random ids here: event ids are found through the derived lookup.db.
CREATE TABLE hs_room (
  room INTEGER PRIMARY KEY,          -- small number used in every other table
  room_id TEXT NOT NULL UNIQUE,
  version TEXT NOT NULL,
  creator TEXT NOT NULL,
  created_ms INTEGER NOT NULL,
  is_public INTEGER NOT NULL DEFAULT 0,  -- listed in the room directory
  blocked INTEGER NOT NULL DEFAULT 0
);
CREATE TABLE hs_event (
  pos INTEGER PRIMARY KEY,
  room INTEGER NOT NULL,
  event_id TEXT NOT NULL,
  type TEXT NOT NULL,
  state_key TEXT,
  sender TEXT NOT NULL,
  ts INTEGER NOT NULL,
  depth INTEGER NOT NULL,
  flags INTEGER NOT NULL DEFAULT 0,  -- see event_store.h
  replaces INTEGER,                  -- position of the state event that this one replaced
  redacted_by INTEGER,               -- position of the redaction that was applied
  device TEXT,                       -- of the sender, with txn_id: for unsigned.transaction_id
  txn_id TEXT,
  txn_hash BLOB,                     -- 16 bytes that stand for the request that made it; found through lookup.db
  bytes TEXT NOT NULL                -- canonical PDU
);
CREATE TABLE hs_timeline (
  room INTEGER NOT NULL,
  pos INTEGER NOT NULL,
  flags INTEGER NOT NULL,
  PRIMARY KEY (room, pos)
) WITHOUT ROWID;
-- One row for each change of state; the state at P is the row with the greatest pos <= P of each key.
CREATE TABLE hs_state (
  room INTEGER NOT NULL,
  type TEXT NOT NULL,
  state_key TEXT NOT NULL,
  pos INTEGER NOT NULL,
  event_pos INTEGER,
  PRIMARY KEY (room, type, state_key, pos)
) WITHOUT ROWID;
-- The present membership of each user in each room, a projection of hs_state for quick look-up by user.
CREATE TABLE hs_membership (
  user_id TEXT NOT NULL,
  room INTEGER NOT NULL,
  membership TEXT NOT NULL,
  pos INTEGER NOT NULL,              -- of the member event
  forgotten INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (user_id, room)
) WITHOUT ROWID;
CREATE INDEX hs_membership_by_room ON hs_membership (room, membership);
-- Relations by the position of their parent, for edits, threads, reactions and references.
CREATE TABLE hs_relation (
  parent INTEGER NOT NULL,
  rel_type TEXT NOT NULL,
  pos INTEGER NOT NULL,
  type TEXT NOT NULL,
  sender TEXT NOT NULL,
  PRIMARY KEY (parent, rel_type, pos)
) WITHOUT ROWID;
-- Requests with a transaction id that make no event; those that make one leave their hash in hs_event, where it costs no
-- random page. Rows older than a day are removed by a job.
CREATE TABLE hs_txn (
  path_hash BLOB NOT NULL PRIMARY KEY,  -- 16 bytes: hash of user, device and the decoded request path
  pos INTEGER NOT NULL,                 -- 0
  made_ms INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE hs_alias (
  alias TEXT PRIMARY KEY,
  room INTEGER NOT NULL,
  creator TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX hs_alias_by_room ON hs_alias (room);
-- Exceptions to the push outcome in the event's flags, per user.
CREATE TABLE hs_notify (
  user_id TEXT NOT NULL,
  room INTEGER NOT NULL,
  pos INTEGER NOT NULL,
  kind INTEGER NOT NULL,             -- bit 0 notify, bit 1 highlight
  PRIMARY KEY (user_id, room, pos)
) WITHOUT ROWID;

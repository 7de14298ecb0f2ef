-- What readers leave behind: receipts, account data, filters. Every row that /sync shows carries its position of the one
-- stream; a newer value replaces the row and takes a new position.
CREATE TABLE hs_receipt (
  room INTEGER NOT NULL,
  user_id TEXT NOT NULL,
  kind TEXT NOT NULL,                -- m.read, m.read.private
  thread TEXT NOT NULL,              -- empty: not threaded; "main" or the root's event id
  event_id TEXT NOT NULL,
  event_pos INTEGER NOT NULL,
  ts INTEGER NOT NULL,
  pos INTEGER NOT NULL,
  PRIMARY KEY (room, user_id, kind, thread)
) WITHOUT ROWID;
CREATE TABLE hs_account_data (
  user_id TEXT NOT NULL,
  room INTEGER NOT NULL,             -- 0: global
  type TEXT NOT NULL,
  content TEXT NOT NULL,
  pos INTEGER NOT NULL,
  PRIMARY KEY (user_id, room, type)
) WITHOUT ROWID;
CREATE INDEX hs_account_data_by_pos ON hs_account_data (user_id, pos);
CREATE TABLE hs_filter (
  user_id TEXT NOT NULL,
  filter_id INTEGER NOT NULL,
  content TEXT NOT NULL,             -- JSON as it was given: an equal filter keeps its id
  PRIMARY KEY (user_id, filter_id)
) WITHOUT ROWID;
-- Which events of a room are answers in threads: for the list of its threads, newest first.
CREATE INDEX hs_timeline_threads ON hs_timeline (room, pos) WHERE (flags & 16) <> 0;

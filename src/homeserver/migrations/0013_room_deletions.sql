-- What administrators do to rooms: blocking, and deleting what lies in them.
-- Rooms that nobody may enter, known here or not, and who said so.
CREATE TABLE hs_blocked_room (
  room_id TEXT PRIMARY KEY,
  user_id TEXT NOT NULL,
  blocked_ms INTEGER NOT NULL
) WITHOUT ROWID;
-- Deletions that were asked for: what is to be done, how far it is and what came of it, until a day after their end.
CREATE TABLE hs_deletion (
  delete_id TEXT PRIMARY KEY,
  kind INTEGER NOT NULL,             -- 0 a room, 1 a room's history before a point
  room_id TEXT NOT NULL,
  status INTEGER NOT NULL,           -- 0 scheduled, 1 active, 2 complete, 3 failed
  request TEXT NOT NULL,             -- JSON
  result TEXT NOT NULL,              -- JSON
  made_ms INTEGER NOT NULL,
  ended_ms INTEGER
) WITHOUT ROWID;
CREATE INDEX hs_deletion_by_room ON hs_deletion (room_id);
CREATE INDEX hs_deletion_unfinished ON hs_deletion (made_ms) WHERE status < 2;
CREATE INDEX hs_deletion_by_end ON hs_deletion (ended_ms) WHERE ended_ms IS NOT NULL;
-- Rooms that were here: their numbers are not given again. Without the row in hs_room nothing shows what is left of
-- them, which sweeps remove: first what was in them (swept 0), later who was in them (swept 1), from which /sync tells
-- people that they are out.
CREATE TABLE hs_purged_room (
  room INTEGER PRIMARY KEY,
  room_id TEXT NOT NULL,
  purged_ms INTEGER NOT NULL,
  swept INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX hs_purged_room_by_id ON hs_purged_room (room_id);
CREATE INDEX hs_purged_room_unswept ON hs_purged_room (purged_ms) WHERE swept < 2;

-- What the console shows of the homeserver.
CREATE INDEX hs_media_by_bytes ON hs_media (bytes, media_id) WHERE sha256 IS NOT NULL;
CREATE INDEX hs_media_by_age ON hs_media (created_ms, media_id) WHERE sha256 IS NOT NULL;
-- How far the deletion of a room is, beside its row in hs_deletion, whose list of people is long. It goes with that row.
CREATE TABLE hs_deletion_progress (
  delete_id TEXT PRIMARY KEY,
  name TEXT NOT NULL,                -- of the room; empty: it had none
  people INTEGER NOT NULL,           -- who were in it, invited or knocking
  people_out INTEGER NOT NULL,
  events INTEGER NOT NULL,           -- that lay in it, as far as they were counted
  events_removed INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX hs_deletion_by_age ON hs_deletion (kind, made_ms);

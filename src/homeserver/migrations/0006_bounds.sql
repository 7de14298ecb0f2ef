-- What keeps the rest within bounds.
-- What the homeserver notes for itself: the identity of this database, and how far its sweeps have come.
CREATE TABLE hs_mark (
  name TEXT PRIMARY KEY,
  value TEXT NOT NULL
) WITHOUT ROWID;
-- How old a waiting message is and how large, and what waits for a device in all: a queue that nobody fetches ends.
ALTER TABLE hs_to_device ADD COLUMN made_ms INTEGER NOT NULL DEFAULT 0;
ALTER TABLE hs_to_device ADD COLUMN bytes INTEGER NOT NULL DEFAULT 0;
-- What waits already counts from the first sweep on (made_ms 0).
UPDATE hs_to_device SET bytes = LENGTH(json);
CREATE INDEX hs_to_device_by_age ON hs_to_device (made_ms);
CREATE TABLE hs_to_device_queue (
  user_id TEXT NOT NULL,
  device_id TEXT NOT NULL,
  bytes INTEGER NOT NULL,
  PRIMARY KEY (user_id, device_id)
) WITHOUT ROWID;
INSERT INTO hs_to_device_queue (user_id, device_id, bytes)
  SELECT user_id, device_id, SUM(bytes) FROM hs_to_device GROUP BY user_id, device_id;
CREATE INDEX hs_token_by_end ON hs_token (expires_ms) WHERE expires_ms IS NOT NULL;
CREATE INDEX hs_thumbnail_by_hash ON hs_thumbnail (sha256);
-- Files that no row speaks of, and since when that was seen.
CREATE TABLE hs_orphan (
  sha256 TEXT PRIMARY KEY,
  since_ms INTEGER NOT NULL
) WITHOUT ROWID;

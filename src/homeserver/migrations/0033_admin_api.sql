-- What the events of each room take, as far as somebody asked: the position up to which they were looked at, and the
-- sums of these.
CREATE TABLE hs_room_size (
  room INTEGER PRIMARY KEY,
  bytes INTEGER NOT NULL
);
CREATE INDEX hs_room_size_largest ON hs_room_size (bytes, room);
CREATE TABLE hs_room_size_upto (
  id INTEGER PRIMARY KEY,            -- 1
  pos INTEGER NOT NULL
);
INSERT INTO hs_room_size_upto (id, pos) VALUES (1, 0);
-- The last change of each content that was put into quarantine or let out of it, in the order of the changes.
CREATE TABLE hs_quarantine_change (
  sha256 TEXT PRIMARY KEY,
  change INTEGER NOT NULL,           -- a position of the stream; 1, 2, 3… of those from before this table
  quarantined INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX hs_quarantine_change_order ON hs_quarantine_change (change);
INSERT INTO hs_quarantine_change (sha256, change, quarantined)
  SELECT sha256, ROW_NUMBER() OVER (ORDER BY at_ms, sha256), 1 FROM hs_quarantine;
-- Until when somebody may use the account; none: for as long as it is there. It is locked then by a job, which says so:
-- who gives it more time opens it again, unless an administrator has locked it.
ALTER TABLE hs_account ADD COLUMN valid_until_ms INTEGER;
ALTER TABLE hs_account ADD COLUMN expired INTEGER NOT NULL DEFAULT 0;
CREATE INDEX hs_account_valid_until ON hs_account (valid_until_ms)
  WHERE valid_until_ms IS NOT NULL AND locked = 0 AND deactivated = 0;

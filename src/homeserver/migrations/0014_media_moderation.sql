-- What administrators do with uploads.
-- Contents that nobody may fetch, whichever upload has them, also later ones.
CREATE TABLE hs_quarantine (
  sha256 TEXT PRIMARY KEY,
  by_user TEXT NOT NULL,
  at_ms INTEGER NOT NULL
) WITHOUT ROWID;
ALTER TABLE hs_media ADD COLUMN safe INTEGER NOT NULL DEFAULT 0;  -- its content is not put into quarantine
ALTER TABLE hs_media ADD COLUMN last_access_ms INTEGER;           -- to the hour; none: never fetched since this was kept
-- Files whose last upload was removed, until they are gone from the disk.
CREATE TABLE hs_media_leaving (
  sha256 TEXT PRIMARY KEY,
  since_ms INTEGER NOT NULL
) WITHOUT ROWID;
-- What an account's uploads are long, beside what they count.
ALTER TABLE hs_media_usage ADD COLUMN length INTEGER NOT NULL DEFAULT 0;
UPDATE hs_media_usage SET length =
  (SELECT COALESCE(SUM(m.bytes), 0) FROM hs_media m
   WHERE m.user_id = hs_media_usage.user_id AND m.sha256 IS NOT NULL);

-- Files that are being removed from a bucket, so that an upload of the same content waits for it.
CREATE TABLE hs_media_going (
  sha256 TEXT PRIMARY KEY,
  mark TEXT NOT NULL,                    -- of the removal, which takes away its own row only
  since_ms INTEGER NOT NULL
) WITHOUT ROWID;

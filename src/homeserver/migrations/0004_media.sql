-- Uploaded files. The bytes lie under <data>/media by their hash and are durable before their row is written.
CREATE TABLE hs_media (
  media_id TEXT PRIMARY KEY,
  user_id TEXT NOT NULL,
  sha256 TEXT,                       -- none: reserved by POST /create, not uploaded yet
  content_type TEXT,
  upload_name TEXT,
  bytes INTEGER NOT NULL DEFAULT 0,
  created_ms INTEGER NOT NULL,
  expires_ms INTEGER                 -- of a reservation
);
CREATE INDEX hs_media_by_user ON hs_media (user_id, created_ms);
CREATE INDEX hs_media_by_hash ON hs_media (sha256);
-- Derived pictures, by the content they were made from.
CREATE TABLE hs_thumbnail (
  source_sha256 TEXT NOT NULL,
  width INTEGER NOT NULL,
  height INTEGER NOT NULL,
  crop INTEGER NOT NULL,
  sha256 TEXT NOT NULL,
  content_type TEXT NOT NULL,
  bytes INTEGER NOT NULL,
  PRIMARY KEY (source_sha256, width, height, crop)
);

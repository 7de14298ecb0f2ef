-- Who takes how much, kept with each change instead of counted.
-- Of a queue that is full the sender that takes most loses messages, so nobody pushes out what others have sent.
ALTER TABLE hs_to_device ADD COLUMN sender TEXT NOT NULL DEFAULT '';
-- Every message begins {"sender":"…
UPDATE hs_to_device SET sender = substr(json, 12, instr(substr(json, 12), '"') - 1);
CREATE INDEX hs_to_device_by_sender ON hs_to_device (user_id, device_id, sender, pos);
CREATE TABLE hs_to_device_sender (
  user_id TEXT NOT NULL,
  device_id TEXT NOT NULL,
  sender TEXT NOT NULL,
  bytes INTEGER NOT NULL,
  PRIMARY KEY (user_id, device_id, sender)
) WITHOUT ROWID;
INSERT INTO hs_to_device_sender (user_id, device_id, sender, bytes)
  SELECT user_id, device_id, sender, SUM(bytes) FROM hs_to_device GROUP BY user_id, device_id, sender;
CREATE INDEX hs_to_device_sender_by_bytes ON hs_to_device_sender (user_id, device_id, bytes);
-- What an account's uploads take: each at least 4 KiB.
CREATE TABLE hs_media_usage (
  user_id TEXT PRIMARY KEY,
  bytes INTEGER NOT NULL,
  files INTEGER NOT NULL
) WITHOUT ROWID;
INSERT INTO hs_media_usage (user_id, bytes, files)
  SELECT user_id, SUM(CASE WHEN bytes < 4096 THEN 4096 ELSE bytes END), COUNT(*)
  FROM hs_media WHERE sha256 IS NOT NULL GROUP BY user_id;
CREATE INDEX hs_media_reserved ON hs_media (user_id, expires_ms) WHERE sha256 IS NULL;
CREATE INDEX hs_media_unfilled ON hs_media (expires_ms) WHERE sha256 IS NULL;
CREATE TABLE hs_account_data_usage (
  user_id TEXT PRIMARY KEY,
  bytes INTEGER NOT NULL,
  entries INTEGER NOT NULL
) WITHOUT ROWID;
INSERT INTO hs_account_data_usage (user_id, bytes, entries)
  SELECT user_id, SUM(octet_length(content)), COUNT(*) FROM hs_account_data GROUP BY user_id;

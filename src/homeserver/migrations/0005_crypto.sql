-- What encryption keeps on the server: keys of devices and users, messages from device to device, encrypted backups of
-- room keys. Every row that /sync shows carries its position of the one stream. Keys are stored as canonical JSON
-- without `signatures` and `unsigned`; all signatures lie in hs_signature.
CREATE TABLE hs_device_key (
  user_id TEXT NOT NULL,
  device_id TEXT NOT NULL,
  json TEXT NOT NULL,
  pos INTEGER NOT NULL,
  PRIMARY KEY (user_id, device_id)
) WITHOUT ROWID;
-- Given out in the order of (pos, ord), each once.
CREATE TABLE hs_one_time_key (
  user_id TEXT NOT NULL,
  device_id TEXT NOT NULL,
  algorithm TEXT NOT NULL,
  pos INTEGER NOT NULL,              -- of the upload
  ord INTEGER NOT NULL,              -- within the upload
  key_id TEXT NOT NULL,
  json TEXT NOT NULL,
  PRIMARY KEY (user_id, device_id, algorithm, pos, ord)
) WITHOUT ROWID;
-- Given out when no one-time key is left, again and again.
CREATE TABLE hs_fallback_key (
  user_id TEXT NOT NULL,
  device_id TEXT NOT NULL,
  algorithm TEXT NOT NULL,
  key_id TEXT NOT NULL,
  json TEXT NOT NULL,
  used INTEGER NOT NULL DEFAULT 0,
  pos INTEGER NOT NULL,
  PRIMARY KEY (user_id, device_id, algorithm)
) WITHOUT ROWID;
CREATE TABLE hs_cross_signing_key (
  user_id TEXT NOT NULL,
  usage TEXT NOT NULL,               -- master, self_signing, user_signing
  public_key TEXT NOT NULL,          -- unpadded base64
  json TEXT NOT NULL,
  pos INTEGER NOT NULL,
  PRIMARY KEY (user_id, usage)
) WITHOUT ROWID;
CREATE TABLE hs_signature (
  target_user TEXT NOT NULL,
  target TEXT NOT NULL,              -- device id, or public part of a cross-signing key
  signer TEXT NOT NULL,
  key_id TEXT NOT NULL,              -- with its algorithm
  signature TEXT NOT NULL,
  pos INTEGER NOT NULL,
  PRIMARY KEY (target_user, target, signer, key_id)
) WITHOUT ROWID;
CREATE INDEX hs_signature_by_signer ON hs_signature (signer, pos);
-- Who changed devices or keys last when; also marks the users who ever had keys.
CREATE TABLE hs_device_change (
  user_id TEXT PRIMARY KEY,
  pos INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX hs_device_change_by_pos ON hs_device_change (pos);
-- Waits until a /sync of the device shows that it arrived. All messages of one request share a position: a request has
-- at most one for each device.
CREATE TABLE hs_to_device (
  user_id TEXT NOT NULL,
  device_id TEXT NOT NULL,
  pos INTEGER NOT NULL,
  json TEXT NOT NULL,                -- the event as /sync shows it
  PRIMARY KEY (user_id, device_id, pos)
);
-- Versions count up for each user and are never used twice, so deleted ones keep their row.
CREATE TABLE hs_key_backup_version (
  user_id TEXT NOT NULL,
  version INTEGER NOT NULL,
  algorithm TEXT NOT NULL,
  auth_data TEXT NOT NULL,
  key_count INTEGER NOT NULL DEFAULT 0,
  etag INTEGER NOT NULL DEFAULT 0,   -- counts changes
  deleted INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (user_id, version)
) WITHOUT ROWID;
CREATE TABLE hs_key_backup (
  user_id TEXT NOT NULL,
  version INTEGER NOT NULL,
  room_id TEXT NOT NULL,
  session_id TEXT NOT NULL,
  first_message_index INTEGER NOT NULL,
  forwarded_count INTEGER NOT NULL,
  is_verified INTEGER NOT NULL,
  session_data TEXT NOT NULL,
  PRIMARY KEY (user_id, version, room_id, session_id)
);

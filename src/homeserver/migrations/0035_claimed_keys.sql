-- One-time keys that were given out, the newest thousand of each device: a client that lost the answer to an upload sends
-- it again, and what somebody has by then is given to nobody else.
CREATE TABLE hs_claimed_key (
  user_id TEXT NOT NULL,
  device_id TEXT NOT NULL,
  algorithm TEXT NOT NULL,
  key_id TEXT NOT NULL,
  fingerprint BLOB NOT NULL,         -- 16 bytes: hash of the key without its signatures
  pos INTEGER NOT NULL,              -- when it was given out
  PRIMARY KEY (user_id, device_id, algorithm, key_id)
) WITHOUT ROWID;
CREATE INDEX hs_claimed_key_by_pos ON hs_claimed_key (user_id, device_id, pos);

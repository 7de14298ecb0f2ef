-- Tokens by which a signed-in device lets another one in (POST /login/get_token). They end with the device that asked.
CREATE TABLE hs_login_token (
  token_hash BLOB PRIMARY KEY,           -- SHA-256
  user_id TEXT NOT NULL,
  device_id TEXT NOT NULL,               -- that asked for it; empty: none
  expires_ms INTEGER NOT NULL
);
CREATE INDEX hs_login_token_by_device ON hs_login_token (user_id, device_id);
CREATE INDEX hs_login_token_by_end ON hs_login_token (expires_ms);

-- Accounts, their devices and credentials. Only hashes of passwords and tokens are kept.
CREATE TABLE hs_account (
  user_id TEXT PRIMARY KEY,
  localpart TEXT NOT NULL,
  kind INTEGER NOT NULL DEFAULT 0,       -- matrix::AccountKind: 0 person, 1 bot, 2 service
  password_hash TEXT,                    -- Argon2id; none: nobody can log in by password
  admin INTEGER NOT NULL DEFAULT 0,
  locked INTEGER NOT NULL DEFAULT 0,
  deactivated INTEGER NOT NULL DEFAULT 0,
  erased INTEGER NOT NULL DEFAULT 0,     -- asked for at deactivation
  created_ms INTEGER NOT NULL
);
-- Profile fields. `displayname` and `avatar_url` are stored as they are, every other field as JSON.
CREATE TABLE hs_profile (
  user_id TEXT NOT NULL,
  name TEXT NOT NULL,
  value TEXT NOT NULL,
  PRIMARY KEY (user_id, name)
);
CREATE TABLE hs_device (
  user_id TEXT NOT NULL,
  device_id TEXT NOT NULL,
  display_name TEXT,
  created_ms INTEGER NOT NULL,
  last_seen_ms INTEGER,
  last_seen_ip TEXT,
  last_seen_user_agent TEXT,
  PRIMARY KEY (user_id, device_id)
);
CREATE TABLE hs_token (
  token_hash BLOB PRIMARY KEY,           -- SHA-256 of the access token
  user_id TEXT NOT NULL,
  device_id TEXT NOT NULL DEFAULT '',    -- empty: belongs to no device
  made_ms INTEGER NOT NULL,
  expires_ms INTEGER,                    -- none: until logout
  refresh_hash BLOB,                     -- the refresh token handed out with it
  retires BLOB                           -- the refresh token that dies when this token is first used
);
CREATE INDEX hs_token_by_device ON hs_token (user_id, device_id);
CREATE TABLE hs_refresh_token (
  token_hash BLOB PRIMARY KEY,
  user_id TEXT NOT NULL,
  device_id TEXT NOT NULL,
  made_ms INTEGER NOT NULL
);
CREATE INDEX hs_refresh_token_by_device ON hs_refresh_token (user_id, device_id);
CREATE TABLE hs_registration_token (
  token TEXT PRIMARY KEY,                -- shown to administrators, so not hashed
  uses_allowed INTEGER,                  -- none: any number
  completed INTEGER NOT NULL DEFAULT 0,
  expires_ms INTEGER,
  made_ms INTEGER NOT NULL
);
CREATE TABLE hs_openid_token (
  token_hash BLOB PRIMARY KEY,
  user_id TEXT NOT NULL,
  expires_ms INTEGER NOT NULL
);
CREATE INDEX hs_openid_token_by_end ON hs_openid_token (expires_ms);
CREATE TABLE hs_pusher (
  user_id TEXT NOT NULL,
  app_id TEXT NOT NULL,
  pushkey TEXT NOT NULL,
  device_id TEXT NOT NULL,
  made_ms INTEGER NOT NULL,
  json TEXT NOT NULL,                    -- as GET /pushers shows it
  PRIMARY KEY (user_id, app_id, pushkey)
);
CREATE INDEX hs_pusher_by_key ON hs_pusher (app_id, pushkey);

-- The OAuth 2.0 API. Codes and tokens are kept as SHA-256 only; times are milliseconds since 1970.
CREATE TABLE hs_oauth_client (
  client_id TEXT PRIMARY KEY,            -- a hash of the metadata: who registers the same again has the same id
  metadata TEXT NOT NULL,                -- JSON, what of it is known here
  made_ms INTEGER NOT NULL,
  used_ms INTEGER                        -- when somebody last signed in with it; none: nobody did
);
CREATE INDEX hs_oauth_client_by_use ON hs_oauth_client (used_ms, made_ms);
CREATE TABLE hs_oauth_code (
  code_hash BLOB PRIMARY KEY,
  client_id TEXT NOT NULL,
  redirect_uri TEXT NOT NULL,
  challenge TEXT NOT NULL,               -- PKCE, S256
  scope TEXT NOT NULL,
  nonce TEXT,
  user_id TEXT NOT NULL,
  device_id TEXT NOT NULL,
  made_ms INTEGER NOT NULL,
  ends_ms INTEGER NOT NULL,
  used INTEGER NOT NULL DEFAULT 0        -- kept for a day, so that a second use ends what the first one began
);
CREATE INDEX hs_oauth_code_by_end ON hs_oauth_code (ends_ms);
CREATE TABLE hs_oauth_link (             -- grants of devices without a browser (RFC 8628)
  code_hash BLOB PRIMARY KEY,
  user_code TEXT NOT NULL UNIQUE,        -- what a person types
  client_id TEXT NOT NULL,
  scope TEXT NOT NULL,
  device_id TEXT NOT NULL,
  made_ms INTEGER NOT NULL,
  ends_ms INTEGER NOT NULL,
  asked_ms INTEGER NOT NULL DEFAULT 0,   -- when the device last asked
  state INTEGER NOT NULL DEFAULT 0,      -- oauth::LinkState: 0 waiting, 1 allowed, 2 denied, 3 used
  user_id TEXT                           -- who allowed it
);
CREATE INDEX hs_oauth_link_by_end ON hs_oauth_link (ends_ms);
CREATE TABLE hs_oauth_browser (          -- who is signed in on the pages
  token_hash BLOB PRIMARY KEY,
  user_id TEXT NOT NULL,
  password_mark BLOB NOT NULL,           -- hash of the password's hash: with another password it ends
  ends_ms INTEGER NOT NULL
);
CREATE INDEX hs_oauth_browser_by_end ON hs_oauth_browser (ends_ms);
-- What ID tokens are signed with.
CREATE TABLE hs_oauth_key (
  key INTEGER PRIMARY KEY,               -- 1
  seed BLOB NOT NULL                     -- Ed25519, sealed
);
-- A device that signed in through OAuth. Its tokens lie with all others.
CREATE TABLE hs_oauth_session (
  user_id TEXT NOT NULL,
  device_id TEXT NOT NULL,
  client_id TEXT NOT NULL,
  scope TEXT NOT NULL,
  grant_hash BLOB NOT NULL,              -- the code that it came from
  made_ms INTEGER NOT NULL,
  PRIMARY KEY (user_id, device_id)
);
CREATE INDEX hs_oauth_session_by_client ON hs_oauth_session (client_id);
-- Refresh tokens of such devices that were used: how often, as long as the device is signed in.
CREATE TABLE hs_oauth_spent (
  token_hash BLOB PRIMARY KEY,
  user_id TEXT NOT NULL,
  device_id TEXT NOT NULL,
  served INTEGER NOT NULL,
  made_ms INTEGER NOT NULL
);
CREATE INDEX hs_oauth_spent_by_device ON hs_oauth_spent (user_id, device_id, made_ms);
-- On its page a person allowed that the account's cross-signing keys are replaced.
CREATE TABLE hs_oauth_reset (
  user_id TEXT PRIMARY KEY,
  ends_ms INTEGER NOT NULL
);

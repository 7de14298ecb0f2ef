-- Single sign-on: people for whom a provider of OpenID Connect vouches. Who somebody is there stands in hs_external_id.
CREATE TABLE hs_sso_sign_in (            -- on its way: from leaving for the provider until it is done
  state_hash BLOB PRIMARY KEY,           -- SHA-256 of what the provider hands back
  browser_hash BLOB NOT NULL,            -- of the cookie of the browser that may come back with it
  place_hash BLOB NOT NULL,              -- of the address, or its network, that it began at
  provider TEXT NOT NULL,
  purpose INTEGER NOT NULL,              -- sso::Purpose
  target TEXT NOT NULL,                  -- where it leads: a client's address, a session to confirm, a page
  step INTEGER NOT NULL DEFAULT 0,       -- sso::Step
  external_id TEXT NOT NULL DEFAULT '',  -- this and what follows: once the provider has said who it is
  sid TEXT NOT NULL DEFAULT '',
  localpart TEXT NOT NULL DEFAULT '',
  display_name TEXT NOT NULL DEFAULT '',
  user_id TEXT NOT NULL DEFAULT '',
  ends_ms INTEGER NOT NULL
);
CREATE INDEX hs_sso_sign_in_by_end ON hs_sso_sign_in (ends_ms);
CREATE INDEX hs_sso_sign_in_by_place ON hs_sso_sign_in (place_hash, ends_ms);
CREATE TABLE hs_sso_session (            -- devices that signed in so, and with which session of the provider
  user_id TEXT NOT NULL,
  device_id TEXT NOT NULL,
  provider TEXT NOT NULL,
  external_id TEXT NOT NULL,
  sid TEXT NOT NULL,
  PRIMARY KEY (user_id, device_id)
);
CREATE INDEX hs_sso_session_by_person ON hs_sso_session (provider, external_id);
CREATE INDEX hs_sso_session_by_sid ON hs_sso_session (provider, sid);
CREATE TABLE hs_sso_logout (             -- logout tokens that were taken: none is taken twice
  token_hash BLOB PRIMARY KEY,
  ends_ms INTEGER NOT NULL
);
CREATE INDEX hs_sso_logout_by_end ON hs_sso_logout (ends_ms);
-- What comes of such a sign-in ends with it. Empty: it came otherwise.
ALTER TABLE hs_login_token ADD COLUMN provider TEXT NOT NULL DEFAULT '';
ALTER TABLE hs_login_token ADD COLUMN external_id TEXT NOT NULL DEFAULT '';
ALTER TABLE hs_login_token ADD COLUMN sid TEXT NOT NULL DEFAULT '';
ALTER TABLE hs_oauth_browser ADD COLUMN provider TEXT NOT NULL DEFAULT '';
ALTER TABLE hs_oauth_browser ADD COLUMN external_id TEXT NOT NULL DEFAULT '';
ALTER TABLE hs_oauth_browser ADD COLUMN sid TEXT NOT NULL DEFAULT '';
ALTER TABLE hs_oauth_code ADD COLUMN provider TEXT NOT NULL DEFAULT '';
ALTER TABLE hs_oauth_code ADD COLUMN external_id TEXT NOT NULL DEFAULT '';
ALTER TABLE hs_oauth_code ADD COLUMN sid TEXT NOT NULL DEFAULT '';
ALTER TABLE hs_oauth_link ADD COLUMN provider TEXT NOT NULL DEFAULT '';
ALTER TABLE hs_oauth_link ADD COLUMN external_id TEXT NOT NULL DEFAULT '';
ALTER TABLE hs_oauth_link ADD COLUMN sid TEXT NOT NULL DEFAULT '';

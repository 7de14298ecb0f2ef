-- What administrators say of accounts and ask about them.
ALTER TABLE hs_account ADD COLUMN user_type TEXT;  -- 'support'; bots are told by their kind
ALTER TABLE hs_account ADD COLUMN suspended INTEGER NOT NULL DEFAULT 0;  -- may read, and do little else
-- E-mail addresses and telephone numbers. One belongs to one account only.
CREATE TABLE hs_third_party_id (
  medium TEXT NOT NULL,
  address TEXT NOT NULL,
  user_id TEXT NOT NULL,
  added_ms INTEGER NOT NULL,
  PRIMARY KEY (medium, address)
) WITHOUT ROWID;
CREATE INDEX hs_third_party_id_by_user ON hs_third_party_id (user_id);
-- The account's ids at providers of sign-in.
CREATE TABLE hs_external_id (
  provider TEXT NOT NULL,
  external_id TEXT NOT NULL,
  user_id TEXT NOT NULL,
  PRIMARY KEY (provider, external_id)
) WITHOUT ROWID;
CREATE INDEX hs_external_id_by_user ON hs_external_id (user_id);
-- Until when the master key may be replaced without the password.
ALTER TABLE hs_cross_signing_key ADD COLUMN replace_until_ms INTEGER;
-- Who invited (removed, banned) others, and when.
CREATE INDEX hs_event_member_by_sender ON hs_event (sender, ts) WHERE type = 'm.room.member' AND state_key <> sender;

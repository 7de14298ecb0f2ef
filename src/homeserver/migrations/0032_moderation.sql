-- People whose messages an administrator has redacted: what was asked for, how far it is and what could not be done,
-- until a day after the end.
CREATE TABLE hs_user_redaction (
  redact_id TEXT PRIMARY KEY,
  user_id TEXT NOT NULL,             -- whose events
  admin_id TEXT NOT NULL,            -- who asked
  status INTEGER NOT NULL,           -- 0 scheduled, 1 active, 2 complete, 3 failed
  request TEXT NOT NULL,             -- JSON
  room INTEGER NOT NULL DEFAULT 0,   -- the one that is being looked through; those below are done
  before_pos INTEGER NOT NULL DEFAULT 0,  -- in it, events from here on were looked at; 0: none
  of_room INTEGER NOT NULL DEFAULT 0,     -- events of the room that count for its limit
  redacted INTEGER NOT NULL DEFAULT 0,
  failed TEXT NOT NULL,              -- JSON: event ids and why
  error TEXT NOT NULL DEFAULT '',
  made_ms INTEGER NOT NULL,
  ended_ms INTEGER
) WITHOUT ROWID;
CREATE INDEX hs_user_redaction_unfinished ON hs_user_redaction (made_ms) WHERE status < 2;
CREATE INDEX hs_user_redaction_of_user ON hs_user_redaction (user_id) WHERE status < 2;
CREATE INDEX hs_user_redaction_by_end ON hs_user_redaction (ended_ms) WHERE ended_ms IS NOT NULL;
-- Who is not heard by anybody, and is not told: what they send is answered as if it had been sent.
ALTER TABLE hs_account ADD COLUMN shadow_banned INTEGER NOT NULL DEFAULT 0;
CREATE INDEX hs_account_shadow_banned ON hs_account (user_id) WHERE shadow_banned = 1;

-- People who left for a service to sign in there, until they come back. A row is good once, and for minutes.
CREATE TABLE as_sign_in (
  state_hash TEXT PRIMARY KEY,       -- of what the service sends back
  tenant_id INTEGER NOT NULL,
  service TEXT NOT NULL,
  principal_id INTEGER NOT NULL,     -- who left
  credential TEXT NOT NULL,          -- with which session or key: with no other it is finished
  sealed BLOB NOT NULL,              -- the verifier, and what it was begun with (sign_in/pending.h)
  expires_ms INTEGER NOT NULL
);
CREATE INDEX as_sign_in_expires ON as_sign_in (expires_ms);
CREATE INDEX as_sign_in_person ON as_sign_in (tenant_id, principal_id, expires_ms);

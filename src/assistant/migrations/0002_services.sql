-- What a tenant set of its services, and what keeps it signed in at them. Secrets are sealed: they open with the
-- program's secret key alone.
CREATE TABLE as_service (
  tenant_id INTEGER NOT NULL,
  service TEXT NOT NULL,
  enabled INTEGER,                   -- NULL: as the pack says
  base_url TEXT NOT NULL,            -- '': the pack's
  base_private INTEGER NOT NULL,     -- an administrator of the server set it: it may lead into the private network
  sealed_secrets BLOB,               -- with the address that they are for (services/keys.h)
  approver TEXT NOT NULL,            -- '' (as the pack says), asker, administrator, named
  approvers TEXT NOT NULL,           -- JSON: labels
  updated_ms INTEGER NOT NULL,
  PRIMARY KEY (tenant_id, service)
);

-- Access and refresh tokens of OAuth 2 (calls/tokens.h).
CREATE TABLE as_grant (
  account TEXT PRIMARY KEY,          -- tenant and service
  sealed BLOB NOT NULL,
  updated_ms INTEGER NOT NULL
);

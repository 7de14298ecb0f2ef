-- Principals, sessions, API keys and the audit log. Times are milliseconds since 1970.
CREATE TABLE id_tenant (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  created_ms INTEGER NOT NULL
);
INSERT INTO id_tenant (id, name, created_ms) VALUES (1, 'default', 0);

-- The last number given out per table: numbers are never used twice, also after a delete.
CREATE TABLE id_counter (
  name TEXT PRIMARY KEY,
  last INTEGER NOT NULL
);
INSERT INTO id_counter (name, last) VALUES ('principal', 0), ('session', 0), ('api_key', 0), ('audit', 0);

CREATE TABLE id_principal (
  id INTEGER PRIMARY KEY,
  tenant_id INTEGER NOT NULL DEFAULT 1,
  kind TEXT NOT NULL,          -- person, bot, service
  user_id TEXT UNIQUE,         -- Matrix id; NULL for a service
  email TEXT UNIQUE,
  name TEXT NOT NULL,
  role INTEGER NOT NULL,       -- 0 member, 1 operator, 2 admin
  disabled_ms INTEGER,
  created_ms INTEGER NOT NULL
);
CREATE UNIQUE INDEX id_principal_service ON id_principal (tenant_id, name) WHERE kind = 'service';

CREATE TABLE id_session (
  id INTEGER PRIMARY KEY,
  tenant_id INTEGER NOT NULL DEFAULT 1,
  token_hash BLOB NOT NULL UNIQUE,
  principal_id INTEGER NOT NULL REFERENCES id_principal (id),
  created_ms INTEGER NOT NULL,
  last_seen_ms INTEGER NOT NULL,
  expires_ms INTEGER NOT NULL,
  remote_address TEXT NOT NULL,
  user_agent TEXT NOT NULL
);
CREATE INDEX id_session_principal ON id_session (principal_id);
CREATE INDEX id_session_expiry ON id_session (expires_ms);

CREATE TABLE id_api_key (
  id INTEGER PRIMARY KEY,
  tenant_id INTEGER NOT NULL DEFAULT 1,
  token_hash BLOB NOT NULL UNIQUE,
  principal_id INTEGER NOT NULL REFERENCES id_principal (id),
  name TEXT NOT NULL,
  prefix TEXT NOT NULL,
  role INTEGER NOT NULL,
  scopes TEXT NOT NULL,        -- separated by spaces; empty: all
  created_ms INTEGER NOT NULL,
  last_used_ms INTEGER,
  expires_ms INTEGER,
  revoked_ms INTEGER
);
CREATE INDEX id_api_key_principal ON id_api_key (principal_id);

CREATE TABLE id_audit (
  id INTEGER PRIMARY KEY,
  tenant_id INTEGER NOT NULL DEFAULT 1,
  at_ms INTEGER NOT NULL,
  actor_id INTEGER,
  actor TEXT NOT NULL,
  action TEXT NOT NULL,
  target TEXT NOT NULL,
  detail TEXT NOT NULL,        -- a JSON object without secrets
  request_id TEXT NOT NULL
);
CREATE INDEX id_audit_tenant ON id_audit (tenant_id, id);

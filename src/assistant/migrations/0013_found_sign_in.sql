-- Where people sign in to MCP servers whose packs do not say it: what was found the last time that somebody did
-- (packs/found_sign_in.h). No secret stands here.
CREATE TABLE as_found_sign_in (
  tenant_id INTEGER NOT NULL,
  service TEXT NOT NULL,
  address TEXT NOT NULL,             -- of the server that it was found for: at another address it is not used
  found TEXT NOT NULL,               -- JSON; empty: the server asks for a sign-in, and nobody has looked where
  found_ms INTEGER NOT NULL,
  PRIMARY KEY (tenant_id, service)
);

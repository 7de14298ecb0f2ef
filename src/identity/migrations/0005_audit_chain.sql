-- Each record of the audit log continues the one before it of its tenant (docs/audit-chain.md): what is changed, left out or
-- put in later breaks the chain.
ALTER TABLE id_audit ADD COLUMN kind TEXT NOT NULL DEFAULT 'action';  -- action, api_call, command_run
ALTER TABLE id_audit ADD COLUMN hash TEXT NOT NULL DEFAULT '';        -- empty: older than the chain
CREATE TABLE id_audit_chain (
  tenant_id INTEGER PRIMARY KEY,
  head TEXT NOT NULL,       -- hash of the newest record
  last_id INTEGER NOT NULL, -- its number
  base TEXT NOT NULL,       -- hash that the oldest kept record continues
  base_id INTEGER NOT NULL  -- number of the record before it: kept no longer, or older than the chain
);

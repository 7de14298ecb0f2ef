-- Where the heads of the audit log's chains were written down outside this server, and what proves it.
CREATE TABLE id_audit_anchor (
  id INTEGER PRIMARY KEY,
  tenant_id INTEGER NOT NULL,
  kind TEXT NOT NULL,       -- time_stamp, room
  place TEXT NOT NULL,      -- for people
  head TEXT NOT NULL,       -- hash of the record
  last_id INTEGER NOT NULL, -- its number
  record_ms INTEGER NOT NULL, -- when it was written; 0: it is kept no longer
  at_ms INTEGER NOT NULL,   -- when the head was written down, by our clock
  proof BLOB NOT NULL       -- the answer of a time-stamping authority; a message's event id
);
CREATE INDEX id_audit_anchor_record ON id_audit_anchor (tenant_id, last_id, id);
CREATE INDEX id_audit_anchor_kind ON id_audit_anchor (tenant_id, kind, at_ms);
INSERT INTO id_counter (name, last) VALUES ('audit_anchor', 0);

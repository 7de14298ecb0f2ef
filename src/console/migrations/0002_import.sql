-- Imports of users: how far each is. The file itself is not kept, because passwords are in it.
CREATE TABLE con_import (
  import_id TEXT PRIMARY KEY,
  tenant_id INTEGER NOT NULL,
  holder TEXT NOT NULL,              -- the process that runs it (host::Leases::holder)
  state INTEGER NOT NULL,            -- console::ImportStatus::State: 0 running, 1 done, 2 failed
  reason INTEGER NOT NULL DEFAULT 0, -- console::ImportStatus::Reason: 0 none, 1 cancelled, 2 interrupted
  dry_run INTEGER NOT NULL,
  room_id TEXT,
  total INTEGER NOT NULL,
  done INTEGER NOT NULL,
  created INTEGER NOT NULL,
  existed INTEGER NOT NULL,
  joined INTEGER NOT NULL,
  error TEXT NOT NULL DEFAULT '',
  cancel INTEGER NOT NULL DEFAULT 0, -- somebody asked it to end
  started_ms INTEGER NOT NULL,
  seen_ms INTEGER NOT NULL,          -- its process wrote this row
  finished_ms INTEGER
);
CREATE INDEX con_import_by_start ON con_import (tenant_id, started_ms);
CREATE TABLE con_import_error (
  import_id TEXT NOT NULL,
  line INTEGER NOT NULL,
  message TEXT NOT NULL,
  PRIMARY KEY (import_id, line)
);

-- Passwords that an import made, until somebody takes them, a day at most. Each part is sealed: the key is not in here.
CREATE TABLE con_import_password (
  import_id TEXT NOT NULL,
  part INTEGER NOT NULL,
  accounts INTEGER NOT NULL,         -- how many are in this part
  sealed BLOB NOT NULL,              -- JSON: [[username, password], ...]
  made_ms INTEGER NOT NULL,
  PRIMARY KEY (import_id, part)
);

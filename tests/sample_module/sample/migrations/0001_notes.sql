-- What people wrote down, each in their tenant.
CREATE TABLE sample_note (
  id INTEGER PRIMARY KEY,            -- a position of the stream
  tenant_id INTEGER NOT NULL,
  text TEXT NOT NULL
);

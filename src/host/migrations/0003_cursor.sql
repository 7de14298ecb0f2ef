-- How far each consumer of a stream has decided: everything up to `pos` has its rows, or needs none. See consumer.h.
CREATE TABLE host_cursor (
  name TEXT PRIMARY KEY,             -- <module>.<what>
  pos INTEGER NOT NULL
);

-- By which time stored things are old: one row. See age_clock.h.
CREATE TABLE host_age (
  id INTEGER PRIMARY KEY,
  time_ms INTEGER NOT NULL,
  ahead_ms INTEGER NOT NULL,         -- a step of the wall clock that is not believed yet
  held_ms INTEGER NOT NULL           -- for how long it has stood there
);

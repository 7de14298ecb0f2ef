-- What each data folder wrote last (tasks/lives.h): a row that is behind what a folder's own file says is of an older
-- copy, however far the count of all has gone on since.
CREATE TABLE as_life_of (
  holder TEXT PRIMARY KEY,
  number INTEGER NOT NULL            -- of as_life, at its newest write
);
CREATE INDEX as_life_of_newest ON as_life_of (number);

-- The tools that a plan was made with: they stay when its conversation goes, and `planning` goes with it.
ALTER TABLE as_task ADD COLUMN tools TEXT NOT NULL DEFAULT '{}';

-- Of a fork of a task that may have gone on in a lost time: the task whose marks its steps have; empty: its own.
ALTER TABLE as_task ADD COLUMN origin TEXT NOT NULL DEFAULT '';

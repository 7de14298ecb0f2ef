-- Files that services answered with, as they came (tasks/file_store.h). They go with their task.
CREATE TABLE as_file (
  task_id TEXT NOT NULL,
  step INTEGER NOT NULL,             -- its number
  place INTEGER NOT NULL,            -- 1, 2, … among those of the step
  name TEXT NOT NULL,
  type TEXT NOT NULL,                -- as its bytes say
  bytes INTEGER NOT NULL,
  kept INTEGER NOT NULL,             -- 0: there was no room for it
  content BLOB NOT NULL,
  PRIMARY KEY (task_id, step, place)
);
ALTER TABLE as_task ADD COLUMN files INTEGER NOT NULL DEFAULT 0;
ALTER TABLE as_task ADD COLUMN file_bytes INTEGER NOT NULL DEFAULT 0;

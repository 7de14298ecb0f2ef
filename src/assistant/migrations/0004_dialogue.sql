-- What planning keeps with a task: the state of an open question, where its inputs come from (dialogue/planning_state.h).
ALTER TABLE as_task ADD COLUMN planning TEXT NOT NULL DEFAULT '{}';  -- JSON

-- What people chose when they were asked which service they mean: examples for the next time, a tenant's own.
CREATE TABLE as_choice (
  tenant_id INTEGER NOT NULL,
  id TEXT NOT NULL,                  -- of the task that asked
  text TEXT NOT NULL,
  service TEXT NOT NULL,
  chosen_by INTEGER NOT NULL,        -- principal
  created_ms INTEGER NOT NULL,
  PRIMARY KEY (tenant_id, id)
);
CREATE INDEX as_choice_age ON as_choice (tenant_id, created_ms, id);

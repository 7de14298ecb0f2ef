-- Since when a task's standing is to be said in its conversation; NULL: it was said, or it runs (dialogue/telling.h).
ALTER TABLE as_task ADD COLUMN tell_ms INTEGER;
CREATE INDEX as_task_untold ON as_task (tell_ms) WHERE tell_ms IS NOT NULL;
-- The API key that it was begun or gone on with; 0: none. Gone, it does nothing more.
ALTER TABLE as_task ADD COLUMN key_id INTEGER NOT NULL DEFAULT 0;

-- Which life of the database it was made in: one of an earlier life may have gone on in a time that was lost when an
-- older copy was put back (tasks/lives.h).
ALTER TABLE as_task ADD COLUMN life INTEGER NOT NULL DEFAULT 0;
CREATE TABLE as_life (
  id INTEGER PRIMARY KEY,
  number INTEGER NOT NULL,           -- counted up by each write before it is sent
  life INTEGER NOT NULL              -- how often an older copy was put back
);
INSERT INTO as_life (id, number, life) VALUES (1, 0, 0);

-- The newest of a conversation first.
CREATE INDEX as_task_talk ON as_task (conversation_id, updated_ms, id);
DROP INDEX as_task_conversation;
-- What undoes a task: a task of its own, that comes from no step of it.
CREATE INDEX as_task_undo ON as_task (parent_task) WHERE parent_step = 0 AND parent_task <> '';

-- For the sweep.
CREATE INDEX as_person_idle ON as_person (tenant_id, owner_id) WHERE tasks <= 0;
CREATE INDEX as_choice_old ON as_choice (created_ms);

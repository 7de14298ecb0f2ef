-- Plans whose writes have inputs that are not the person's own words: their calls are shown before they are sent.
ALTER TABLE as_task ADD COLUMN borrowed INTEGER NOT NULL DEFAULT 0;

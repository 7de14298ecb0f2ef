-- Where a step's calls went, and as whom (services/keys.h): it is undone nowhere else. '': it is not known.
ALTER TABLE as_step ADD COLUMN destination TEXT NOT NULL DEFAULT '';

-- Where media lie in a bucket, recordings that do not change any more are brought there.
ALTER TABLE mtg_recording ADD COLUMN in_bucket INTEGER NOT NULL DEFAULT 0;  -- all of its pieces are there
CREATE INDEX mtg_recording_in_folder ON mtg_recording (id) WHERE state = 'ready' AND in_bucket = 0;

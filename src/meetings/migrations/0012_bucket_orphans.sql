-- What lies in the bucket and belongs to no recording, and since when that is known: whichever process looks next goes on
-- from there.
CREATE TABLE mtg_bucket_orphan (
  recording_id INTEGER PRIMARY KEY,
  seen_ms INTEGER NOT NULL
);

-- What models make of transcripts. Written with the meeting where a summary is wanted; goes with the transcript.

CREATE TABLE mtg_summary (
  meeting_id INTEGER PRIMARY KEY,
  state TEXT NOT NULL,               -- pending, done, failed
  problem TEXT NOT NULL,             -- why it failed
  made_ms INTEGER,
  sealed BLOB                        -- JSON, with the key of the meeting's transcript
);

-- What came of the parts of a long transcript, until the whole is done: none is paid for twice.
CREATE TABLE mtg_summary_part (
  meeting_id INTEGER NOT NULL,
  content INTEGER NOT NULL,          -- stands for what was asked
  sealed BLOB NOT NULL,
  PRIMARY KEY (meeting_id, content)
);

-- Links by which whoever has one reads a transcript, for a while.
CREATE TABLE mtg_share (
  hash BLOB PRIMARY KEY,             -- SHA-256 of its id
  meeting_id INTEGER NOT NULL,
  created_ms INTEGER NOT NULL,
  expires_ms INTEGER NOT NULL
);
CREATE INDEX mtg_share_meeting ON mtg_share (meeting_id);

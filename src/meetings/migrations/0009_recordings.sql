-- The sound of meetings. The bytes lie as files in the data folder, sealed with a key for each recording
-- (recordings/files.h): what is deleted is unreadable at once, wherever its bytes are still lying.

ALTER TABLE mtg_meeting ADD COLUMN recording INTEGER NOT NULL DEFAULT 0;  -- whoever asked for it wanted its sound kept
ALTER TABLE mtg_meeting ADD COLUMN recording_retention_days INTEGER;      -- NULL: as is set

CREATE TABLE mtg_recording (
  id INTEGER PRIMARY KEY,            -- a position of the stream
  meeting_id INTEGER NOT NULL,
  session_uid TEXT NOT NULL,         -- of the bot that recorded it
  part TEXT NOT NULL,                -- what the bot calls it
  state TEXT NOT NULL,               -- recording, ready, erased
  sealing_key BLOB,                  -- goes first when it is erased
  media_type TEXT NOT NULL,
  chunks INTEGER NOT NULL,
  next INTEGER NOT NULL,             -- behind the highest number
  bytes INTEGER NOT NULL,
  length_ms INTEGER NOT NULL,
  started_ms INTEGER NOT NULL,
  ended_ms INTEGER
);
CREATE UNIQUE INDEX mtg_recording_part ON mtg_recording (meeting_id, part);
CREATE INDEX mtg_recording_erased ON mtg_recording (id) WHERE state = 'erased';

CREATE TABLE mtg_recording_chunk (
  recording_id INTEGER NOT NULL,
  number INTEGER NOT NULL,
  file TEXT NOT NULL,
  bytes INTEGER NOT NULL,
  digest BLOB NOT NULL,              -- of its content, with the recording's key
  PRIMARY KEY (recording_id, number)
);

-- For how long a tenant keeps what was said, in days after the end; NULL: as is set for all.
CREATE TABLE mtg_retention (
  tenant_id INTEGER PRIMARY KEY,
  transcript_days INTEGER,
  recording_days INTEGER
);

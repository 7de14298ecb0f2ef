-- Transcripts that are told in rooms, as threads. No words that were said are kept here.

CREATE TABLE mtg_thread (
  meeting_id INTEGER PRIMARY KEY,
  room_id TEXT NOT NULL,
  sender TEXT NOT NULL,              -- the account that writes there
  state TEXT NOT NULL,               -- open, done, failed, erased
  trouble TEXT NOT NULL,             -- why it failed
  began_ms INTEGER                   -- what times in it count from; written with the first message
);
CREATE INDEX mtg_thread_open ON mtg_thread (meeting_id) WHERE state = 'open';
CREATE INDEX mtg_thread_told ON mtg_thread (meeting_id) WHERE state <> 'erased';
CREATE INDEX mtg_thread_room ON mtg_thread (room_id);

-- Number 0 is the root. Written before it is sent.
CREATE TABLE mtg_thread_message (
  meeting_id INTEGER NOT NULL,
  number INTEGER NOT NULL,
  event_id TEXT NOT NULL,            -- '': it is not known to be there
  revision INTEGER NOT NULL,         -- of the last edit that is known to be there
  shown TEXT NOT NULL,               -- a hash of what it says; '': not known
  settled INTEGER NOT NULL,          -- 1: what it says is final
  PRIMARY KEY (meeting_id, number)
);

-- In which message a segment stands: for ever, so that no words are told twice.
CREATE TABLE mtg_thread_piece (
  meeting_id INTEGER NOT NULL,
  segment INTEGER NOT NULL,          -- mtg_segment.number: an id may hold a name
  number INTEGER NOT NULL,
  PRIMARY KEY (meeting_id, segment)
);

-- Every event that carries words, edits too: all of them go with the transcript.
CREATE TABLE mtg_thread_event (
  meeting_id INTEGER NOT NULL,
  event_id TEXT NOT NULL,
  PRIMARY KEY (meeting_id, event_id)
);

-- What is said in meetings. Words and names are sealed with a key for each meeting (transcripts/vault.h): what is
-- deleted is unreadable at once, wherever its bytes are still lying.

ALTER TABLE mtg_meeting ADD COLUMN retention_days INTEGER;  -- of its transcript; NULL: as is set

CREATE TABLE mtg_transcript (
  meeting_id INTEGER PRIMARY KEY,
  vault BLOB,                        -- the key; goes first when it is erased
  sessions INTEGER NOT NULL,         -- how much there is of it
  segments INTEGER NOT NULL,
  text_bytes INTEGER NOT NULL,
  events INTEGER NOT NULL,
  erased_ms INTEGER,
  leftovers INTEGER NOT NULL         -- it is erased, and rows of it may still be there
);
CREATE INDEX mtg_transcript_leftovers ON mtg_transcript (meeting_id) WHERE leftovers = 1;

CREATE TABLE mtg_speech_session (
  meeting_id INTEGER NOT NULL,
  uid TEXT NOT NULL,
  language TEXT NOT NULL,
  began_ms INTEGER NOT NULL,
  ended_ms INTEGER,
  PRIMARY KEY (meeting_id, uid)
);

CREATE TABLE mtg_segment (
  pos INTEGER PRIMARY KEY,           -- a position of the stream: the order in which they came
  meeting_id INTEGER NOT NULL,
  number INTEGER NOT NULL,           -- made of its id
  session_uid TEXT NOT NULL,
  start_ms INTEGER NOT NULL,         -- from the session's begin
  end_ms INTEGER NOT NULL,
  said_ms INTEGER NOT NULL,
  sealed BLOB NOT NULL,              -- id, speaker, text
  language TEXT NOT NULL,
  named INTEGER NOT NULL,            -- whoever heard it said who speaks
  mapping TEXT NOT NULL,
  final INTEGER NOT NULL,
  completed INTEGER NOT NULL,        -- by whoever transcribes; final without it: by the clock
  retracted INTEGER NOT NULL,
  changed INTEGER NOT NULL,          -- a position of the stream
  updated_ms INTEGER NOT NULL
);
CREATE UNIQUE INDEX mtg_segment_number ON mtg_segment (meeting_id, number);
CREATE INDEX mtg_segment_changed ON mtg_segment (meeting_id, changed);
CREATE INDEX mtg_segment_session ON mtg_segment (meeting_id, session_uid, end_ms);
CREATE INDEX mtg_segment_open ON mtg_segment (updated_ms) WHERE final = 0;

CREATE TABLE mtg_speaker_event (
  meeting_id INTEGER NOT NULL,
  session_uid TEXT NOT NULL,
  who INTEGER NOT NULL,              -- made of the platform's key of the person
  at_ms INTEGER NOT NULL,
  begins INTEGER NOT NULL,
  until_ms INTEGER NOT NULL,         -- of a begin: the person's next event; 0 of an end
  sealed BLOB NOT NULL,              -- the name
  PRIMARY KEY (meeting_id, session_uid, who, at_ms, begins)
);
CREATE INDEX mtg_speaker_event_begun ON mtg_speaker_event (meeting_id, session_uid, at_ms) WHERE begins = 1;
CREATE INDEX mtg_speaker_event_until ON mtg_speaker_event (meeting_id, session_uid, until_ms) WHERE begins = 1;

-- Numbers made of words, so that no file holds the words themselves; what is found is looked at again.
CREATE TABLE mtg_word (
  tenant_id INTEGER NOT NULL,
  word INTEGER NOT NULL,
  pos INTEGER NOT NULL,
  meeting_id INTEGER NOT NULL,
  PRIMARY KEY (tenant_id, word, pos)
) WITHOUT ROWID;
CREATE INDEX mtg_word_meeting ON mtg_word (meeting_id, pos);

-- The users of Vexa's dialect and what only that dialect keeps.

-- When a bot is to leave by itself, where whoever asked for it said so.
ALTER TABLE mtg_meeting ADD COLUMN lobby_ms INTEGER;
ALTER TABLE mtg_meeting ADD COLUMN nobody_came_ms INTEGER;
ALTER TABLE mtg_meeting ADD COLUMN left_alone_ms INTEGER;
ALTER TABLE mtg_meeting ADD COLUMN most_ms INTEGER;
CREATE INDEX mtg_meeting_called ON mtg_meeting (tenant_id, owner_id, platform, native_id, id);

-- How many bots a person may have in meetings at once; no row: as many as everybody.
CREATE TABLE mtg_limit (
  tenant_id INTEGER NOT NULL,
  owner_id INTEGER NOT NULL,         -- principal
  most_at_once INTEGER NOT NULL,
  PRIMARY KEY (tenant_id, owner_id)
);

CREATE TABLE mtg_vexa_user (
  id INTEGER PRIMARY KEY,            -- principal
  tenant_id INTEGER NOT NULL,
  email TEXT NOT NULL,
  name TEXT,
  image_url TEXT,
  data TEXT NOT NULL,                -- JSON object
  wide INTEGER NOT NULL,             -- asked for platforms that old clients do not know
  created_ms INTEGER NOT NULL
);
CREATE UNIQUE INDEX mtg_vexa_user_email ON mtg_vexa_user (tenant_id, email);

CREATE TABLE mtg_vexa_token (
  id INTEGER PRIMARY KEY,            -- a position of the stream
  token_hash BLOB NOT NULL UNIQUE,
  user_id INTEGER NOT NULL,
  tenant_id INTEGER NOT NULL,
  scopes TEXT NOT NULL,              -- words apart by commas; '': all
  name TEXT NOT NULL,
  created_ms INTEGER NOT NULL,
  last_used_ms INTEGER,
  expires_ms INTEGER
);
CREATE INDEX mtg_vexa_token_user ON mtg_vexa_token (user_id);

-- What its owner noted of a meeting.
CREATE TABLE mtg_vexa_note (
  meeting_id INTEGER PRIMARY KEY,
  data TEXT NOT NULL                 -- JSON object
);

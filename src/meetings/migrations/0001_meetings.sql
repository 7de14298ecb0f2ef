-- Meetings, the containers of their bots, and every step that they took.

CREATE TABLE mtg_meeting (
  id INTEGER PRIMARY KEY,            -- a position of the stream
  tenant_id INTEGER NOT NULL,
  owner_id INTEGER NOT NULL,         -- principal
  owner TEXT NOT NULL,               -- its label
  platform TEXT NOT NULL,
  native_id TEXT NOT NULL,
  link TEXT NOT NULL,                -- without the passcode
  sealed_url BLOB,                   -- what the bot opens; goes with the meeting's end
  bot_name TEXT NOT NULL,
  language TEXT NOT NULL,            -- '': detected
  task TEXT NOT NULL,
  driver TEXT NOT NULL,
  state TEXT NOT NULL,
  phase TEXT NOT NULL,
  attempts INTEGER NOT NULL,         -- the number of the newest
  stop_requested INTEGER NOT NULL,
  again INTEGER NOT NULL,
  reason TEXT NOT NULL,
  reason_raw TEXT NOT NULL,
  ends_well INTEGER NOT NULL,
  evidence TEXT NOT NULL,
  waiting_ms INTEGER NOT NULL,
  transitions INTEGER NOT NULL,      -- the number of the newest
  created_ms INTEGER NOT NULL,
  active_ms INTEGER,
  ended_ms INTEGER
);
CREATE INDEX mtg_meeting_owner ON mtg_meeting (tenant_id, owner_id, id);
CREATE INDEX mtg_meeting_driver ON mtg_meeting (driver);
CREATE INDEX mtg_meeting_open ON mtg_meeting (id) WHERE ended_ms IS NULL;
-- One bot of a person in a call; while it leaves another may come.
CREATE UNIQUE INDEX mtg_meeting_call ON mtg_meeting (tenant_id, owner_id, platform, native_id)
  WHERE state IN ('requested', 'starting', 'active', 'reconfiguring');

-- Who calls back. Written before the container that does.
CREATE TABLE mtg_session (
  connection_id TEXT PRIMARY KEY,
  meeting_id INTEGER NOT NULL,
  attempt INTEGER NOT NULL,
  created_ms INTEGER NOT NULL
);
CREATE UNIQUE INDEX mtg_session_attempt ON mtg_session (meeting_id, attempt);

CREATE TABLE mtg_attempt (
  meeting_id INTEGER NOT NULL,
  number INTEGER NOT NULL,
  task_id TEXT NOT NULL,
  state TEXT NOT NULL,
  connection_id TEXT NOT NULL,
  token_hash BLOB,
  handle TEXT NOT NULL,              -- of the task driver, JSON; '': not known to have started
  container TEXT NOT NULL,           -- as the bot calls it
  exit_text TEXT NOT NULL,
  output TEXT NOT NULL,              -- the last lines that it printed
  started_by TEXT NOT NULL,          -- the process on whose machine it may run; '': any driver's word will do
  wanted_ms INTEGER NOT NULL,
  started_ms INTEGER,
  leaving_ms INTEGER,
  gone_ms INTEGER,
  PRIMARY KEY (meeting_id, number)
);
-- Never two containers of one meeting.
CREATE UNIQUE INDEX mtg_attempt_one ON mtg_attempt (meeting_id) WHERE state <> 'gone';
CREATE UNIQUE INDEX mtg_attempt_token ON mtg_attempt (token_hash) WHERE token_hash IS NOT NULL;

CREATE TABLE mtg_transition (
  meeting_id INTEGER NOT NULL,
  number INTEGER NOT NULL,
  from_state TEXT NOT NULL,          -- '': it was made
  to_state TEXT NOT NULL,
  trigger_word TEXT NOT NULL,
  cause TEXT NOT NULL,
  reason TEXT NOT NULL,
  reason_raw TEXT NOT NULL,
  attempt INTEGER NOT NULL,
  actor_id INTEGER NOT NULL,         -- 0: the bot, or Troupe itself
  actor TEXT NOT NULL,
  at_ms INTEGER NOT NULL,
  PRIMARY KEY (meeting_id, number)
);

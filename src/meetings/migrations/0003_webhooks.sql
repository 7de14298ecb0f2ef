-- Who is told of meetings, and what they are told.

CREATE TABLE mtg_webhook (
  id INTEGER PRIMARY KEY,            -- a position of the stream
  tenant_id INTEGER NOT NULL,
  owner_id INTEGER NOT NULL,         -- principal whose meetings are meant; 0: everybody's in the tenant
  owner TEXT NOT NULL,               -- the label of who made it
  url TEXT NOT NULL,
  secret BLOB,                       -- sealed; NULL: nothing is signed
  events TEXT NOT NULL,              -- JSON: {"meeting.completed": true}
  format TEXT NOT NULL,
  enabled INTEGER NOT NULL,
  disabled_why TEXT NOT NULL,
  is_vexa INTEGER NOT NULL,          -- the one that Vexa's clients set; at most one of a person
  is_trusted INTEGER NOT NULL,       -- an administrator of this server named its address
  created_ms INTEGER NOT NULL
);
CREATE INDEX mtg_webhook_owner ON mtg_webhook (tenant_id, owner_id, id);
CREATE UNIQUE INDEX mtg_webhook_vexa ON mtg_webhook (tenant_id, owner_id) WHERE is_vexa = 1;

CREATE TABLE mtg_delivery (
  id INTEGER PRIMARY KEY,            -- a position of the stream; of one meeting they go out in this order
  webhook_id INTEGER NOT NULL,
  meeting_id INTEGER NOT NULL,       -- 0: a test
  event_id TEXT NOT NULL,            -- made of what happened: the same for each try
  event_type TEXT NOT NULL,
  body BLOB NOT NULL,                -- as it goes out
  is_sealed INTEGER NOT NULL,        -- it has names in it: it goes with the key of the meeting's transcript
  state TEXT NOT NULL,
  tries INTEGER NOT NULL,
  begun_ms INTEGER NOT NULL,         -- from when its time counts
  due_ms INTEGER NOT NULL,
  done_ms INTEGER,
  status INTEGER NOT NULL,           -- of the last answer; 0: there was none
  problem TEXT NOT NULL
);
CREATE UNIQUE INDEX mtg_delivery_event ON mtg_delivery (webhook_id, event_id);
CREATE INDEX mtg_delivery_log ON mtg_delivery (webhook_id, id);
CREATE INDEX mtg_delivery_waiting ON mtg_delivery (webhook_id, meeting_id, id) WHERE state = 'waiting';
CREATE INDEX mtg_delivery_due ON mtg_delivery (due_ms, webhook_id) WHERE state = 'waiting';
CREATE INDEX mtg_delivery_meeting ON mtg_delivery (meeting_id);
CREATE INDEX mtg_delivery_done ON mtg_delivery (done_ms) WHERE done_ms IS NOT NULL;

-- What is to be done once a meeting has ended, each once and in order; written with the end.
CREATE TABLE mtg_after (
  meeting_id INTEGER NOT NULL,
  number INTEGER NOT NULL,           -- the order
  task TEXT NOT NULL,
  state TEXT NOT NULL,
  tries INTEGER NOT NULL,            -- that failed
  due_ms INTEGER NOT NULL,
  done_ms INTEGER,
  problem TEXT NOT NULL,
  PRIMARY KEY (meeting_id, number)
);
CREATE INDEX mtg_after_waiting ON mtg_after (due_ms) WHERE state = 'waiting';

-- What a whole transcript comes to.
CREATE TABLE mtg_digest (
  meeting_id INTEGER PRIMARY KEY,
  segments INTEGER NOT NULL,
  languages TEXT NOT NULL,           -- JSON array
  sealed BLOB                        -- who spoke: a JSON array, with the key of the meeting's transcript; NULL: nobody
);

-- What bots send of their own accord: the outbox, inbound webhooks, answers that come later, reminders and schedules.

-- Messages on their way into rooms. Whoever decides on one writes it here in the transaction of its decision; the
-- transaction id towards the homeserver is made from dedup_key, so that the room sees it once whatever is killed when.
CREATE TABLE fleet_outbox (
  id INTEGER PRIMARY KEY,
  bot INTEGER NOT NULL,
  tenant_id INTEGER NOT NULL DEFAULT 1,
  room_id TEXT NOT NULL,
  origin TEXT NOT NULL,            -- hook, reminder, schedule
  dedup_key TEXT NOT NULL UNIQUE,
  contents TEXT NOT NULL,          -- JSON array of message contents; empty once it is finished
  state TEXT NOT NULL,             -- waiting, sent, failed
  detail TEXT NOT NULL,            -- why it failed
  event_id TEXT NOT NULL,          -- of the first part, once sent
  created_ms INTEGER NOT NULL,
  updated_ms INTEGER NOT NULL
);
CREATE INDEX fleet_outbox_waiting ON fleet_outbox (bot, room_id, id) WHERE state = 'waiting';
CREATE INDEX fleet_outbox_updated ON fleet_outbox (updated_ms);

-- Inbound webhooks: /webhook/{hook}.
CREATE TABLE fleet_hook (
  id INTEGER PRIMARY KEY,
  hook_id TEXT NOT NULL UNIQUE,    -- public name
  token_hash TEXT NOT NULL UNIQUE, -- hex SHA-256 of the secret in the address
  bot INTEGER NOT NULL,
  tenant_id INTEGER NOT NULL DEFAULT 1,
  room_id TEXT NOT NULL,
  name TEXT NOT NULL,
  wait_for_complete INTEGER NOT NULL,
  made_by TEXT NOT NULL,
  created_ms INTEGER NOT NULL,
  last_used_ms INTEGER
);
CREATE INDEX fleet_hook_bot ON fleet_hook (bot, id);

-- Questions that a webhook may answer later. A question that is asked again gets another row; any of them answers it.
CREATE TABLE fleet_late (
  token_hash TEXT PRIMARY KEY,     -- hex SHA-256 of the one-time token
  bot_user_id TEXT NOT NULL,
  event_id TEXT NOT NULL,          -- the question
  accepted INTEGER NOT NULL,       -- 1: the service said that it will answer later
  expires_ms INTEGER NOT NULL,
  answer TEXT,                     -- JSON object
  answer_hash TEXT,                -- hex SHA-256 of the answer's bytes: the same again is no second answer
  created_ms INTEGER NOT NULL
);
CREATE INDEX fleet_late_question ON fleet_late (bot_user_id, event_id);
CREATE INDEX fleet_late_expiry ON fleet_late (expires_ms);

-- Reminders (once) and schedules (cron).
CREATE TABLE fleet_schedule (
  id INTEGER PRIMARY KEY,
  bot INTEGER NOT NULL,
  tenant_id INTEGER NOT NULL DEFAULT 1,
  room_id TEXT NOT NULL,
  number INTEGER NOT NULL,         -- what people call it; per bot and room
  user_id TEXT NOT NULL,
  cron TEXT NOT NULL,              -- empty: once
  zone TEXT NOT NULL,
  text TEXT NOT NULL,
  thread_root TEXT NOT NULL,       -- empty: not in a thread
  next_ms INTEGER NOT NULL,        -- due then
  state TEXT NOT NULL,             -- active, done, cancelled
  made_by_event TEXT NOT NULL,     -- the command: a repeated one makes nothing new
  ended_by_event TEXT NOT NULL,    -- the command that cancelled it
  created_ms INTEGER NOT NULL,
  updated_ms INTEGER NOT NULL,
  UNIQUE (bot, made_by_event)
);
CREATE INDEX fleet_schedule_due ON fleet_schedule (next_ms) WHERE state = 'active';
CREATE INDEX fleet_schedule_room ON fleet_schedule (bot, room_id, number);

-- The time zone of a person, as told to a bot.
CREATE TABLE fleet_user_zone (
  bot INTEGER NOT NULL,
  tenant_id INTEGER NOT NULL DEFAULT 1,
  user_id TEXT NOT NULL,
  zone TEXT NOT NULL,
  PRIMARY KEY (bot, user_id)
);

INSERT INTO fleet_counter (name, last) VALUES ('outbox', 0), ('hook', 0), ('schedule', 0);

-- Bots, what happened to them, the rooms they are in, and one row per message that asks for an answer.
CREATE TABLE fleet_counter (
  name TEXT PRIMARY KEY,
  last INTEGER NOT NULL
);
INSERT INTO fleet_counter (name, last) VALUES ('bot', 0), ('history', 0);

CREATE TABLE fleet_bot (
  id INTEGER PRIMARY KEY,
  tenant_id INTEGER NOT NULL DEFAULT 1,
  bot_id TEXT NOT NULL,
  user_id TEXT NOT NULL UNIQUE,
  display_name TEXT NOT NULL,
  homeserver TEXT NOT NULL,        -- as given by the caller of /create_bot; empty: this one
  brain_kind TEXT NOT NULL,
  brain_config TEXT NOT NULL,      -- JSON object without secrets
  sealed_secrets BLOB,             -- JSON object, sealed
  sealed_password BLOB,            -- of the Matrix account, sealed; only when a caller chose one
  flowise_url TEXT NOT NULL,
  owns_account INTEGER NOT NULL,   -- 1: the account was made for this bot
  desired_state TEXT NOT NULL,     -- running, stopped
  observed_state TEXT NOT NULL,    -- see fleet/lifecycle.h
  status_detail TEXT NOT NULL,
  since_ms INTEGER NOT NULL,
  restarts INTEGER NOT NULL DEFAULT 0,
  answered INTEGER NOT NULL DEFAULT 0,
  failed INTEGER NOT NULL DEFAULT 0,
  skipped INTEGER NOT NULL DEFAULT 0,
  last_turn_ms INTEGER,
  created_ms INTEGER NOT NULL,
  updated_ms INTEGER NOT NULL,
  UNIQUE (tenant_id, bot_id)
);

CREATE TABLE fleet_history (
  id INTEGER PRIMARY KEY,
  tenant_id INTEGER NOT NULL DEFAULT 1,
  bot INTEGER NOT NULL,
  bot_id TEXT NOT NULL,
  at_ms INTEGER NOT NULL,
  event TEXT NOT NULL,
  from_state TEXT NOT NULL,
  to_state TEXT NOT NULL,
  cause TEXT NOT NULL,
  actor TEXT NOT NULL
);
CREATE INDEX fleet_history_bot ON fleet_history (bot, id);

CREATE TABLE fleet_room (
  room_id TEXT NOT NULL,
  bot INTEGER NOT NULL,
  tenant_id INTEGER NOT NULL DEFAULT 1,
  joined_pos INTEGER NOT NULL,     -- earlier messages are none of the bot's business
  told_encrypted INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (room_id, bot)
);
CREATE INDEX fleet_room_bot ON fleet_room (bot);

CREATE TABLE fleet_turn (
  event_pos INTEGER NOT NULL,
  bot INTEGER NOT NULL,
  tenant_id INTEGER NOT NULL DEFAULT 1,
  event_id TEXT NOT NULL,
  room_id TEXT NOT NULL,
  sender TEXT NOT NULL,
  thread_root TEXT NOT NULL,       -- empty: not in a thread
  state TEXT NOT NULL,             -- asked, replying, answered, failed, skipped_…, cancelled
  detail TEXT NOT NULL,            -- why it failed or was skipped, with the reference number shown in the room
  reply TEXT,                      -- JSON array of message contents, from `replying` until it is sent
  answer_event_id TEXT,
  asked_ms INTEGER NOT NULL,
  updated_ms INTEGER NOT NULL,
  PRIMARY KEY (event_pos, bot)
);
CREATE INDEX fleet_turn_open ON fleet_turn (bot, event_pos) WHERE state IN ('asked', 'replying');
CREATE INDEX fleet_turn_thread ON fleet_turn (room_id, thread_root) WHERE thread_root <> '';

-- How far the feed has been decided: every message up to here has its turn row, or needs none.
CREATE TABLE fleet_cursor (
  name TEXT PRIMARY KEY,
  pos INTEGER NOT NULL
);

-- Who runs a bot, what happens when it ends, its program, its log lines and its usage by the hour.
ALTER TABLE fleet_bot ADD COLUMN driver TEXT NOT NULL DEFAULT 'in_process';         -- or: process
ALTER TABLE fleet_bot ADD COLUMN restart_policy TEXT NOT NULL DEFAULT 'always';     -- always, on_failure, never
ALTER TABLE fleet_bot ADD COLUMN restart_max INTEGER NOT NULL DEFAULT 10;
ALTER TABLE fleet_bot ADD COLUMN restart_window_s INTEGER NOT NULL DEFAULT 600;
ALTER TABLE fleet_bot ADD COLUMN failures INTEGER NOT NULL DEFAULT 0;               -- in the present window
ALTER TABLE fleet_bot ADD COLUMN failure_window_ms INTEGER NOT NULL DEFAULT 0;
ALTER TABLE fleet_bot ADD COLUMN next_try_ms INTEGER;
ALTER TABLE fleet_bot ADD COLUMN tokens_in INTEGER NOT NULL DEFAULT 0;
ALTER TABLE fleet_bot ADD COLUMN tokens_out INTEGER NOT NULL DEFAULT 0;
ALTER TABLE fleet_bot ADD COLUMN error_ms INTEGER;
ALTER TABLE fleet_bot ADD COLUMN error_text TEXT NOT NULL DEFAULT '';
ALTER TABLE fleet_bot ADD COLUMN error_reference TEXT NOT NULL DEFAULT '';

ALTER TABLE fleet_room ADD COLUMN inviter TEXT NOT NULL DEFAULT '';

-- The program of a bot. The row is written before the program is started (state wanted), so that a kill in between
-- neither loses nor doubles it.
CREATE TABLE fleet_task (
  bot INTEGER PRIMARY KEY,
  tenant_id INTEGER NOT NULL DEFAULT 1,
  task_id TEXT NOT NULL,
  state TEXT NOT NULL,             -- wanted, running, ended
  handle TEXT NOT NULL,            -- of the task driver; empty while wanted
  pid INTEGER NOT NULL,
  started_ms INTEGER NOT NULL,
  ended_ms INTEGER,
  exit_text TEXT NOT NULL,
  log_after INTEGER NOT NULL       -- how far the driver's log has been taken over
);

CREATE TABLE fleet_log (
  bot INTEGER NOT NULL,
  seq INTEGER NOT NULL,
  tenant_id INTEGER NOT NULL DEFAULT 1,
  at_ms INTEGER NOT NULL,
  level TEXT NOT NULL,
  source TEXT NOT NULL,
  text TEXT NOT NULL,
  PRIMARY KEY (bot, seq)
);

CREATE TABLE fleet_usage (
  bot INTEGER NOT NULL,
  hour_ms INTEGER NOT NULL,
  tenant_id INTEGER NOT NULL DEFAULT 1,
  answered INTEGER NOT NULL,
  failed INTEGER NOT NULL,
  skipped INTEGER NOT NULL,
  latency_ms INTEGER NOT NULL,
  tokens_in INTEGER NOT NULL,
  tokens_out INTEGER NOT NULL,
  PRIMARY KEY (bot, hour_ms)
);

-- Invites that were not accepted yet, with who sent them: the homeserver's list of invited rooms does not say.
CREATE TABLE fleet_invite (
  room_id TEXT NOT NULL,
  bot INTEGER NOT NULL,
  tenant_id INTEGER NOT NULL DEFAULT 1,
  inviter TEXT NOT NULL,
  PRIMARY KEY (room_id, bot)
);
CREATE INDEX fleet_invite_bot ON fleet_invite (bot);

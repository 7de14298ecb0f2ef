-- Grows with each change of what the bot's brain sees.
ALTER TABLE fleet_bot ADD COLUMN config_version INTEGER NOT NULL DEFAULT 1;

-- What a turn was answered from, by the messages of its question.
CREATE TABLE fleet_turn_record (
  bot INTEGER NOT NULL,
  event_id TEXT NOT NULL,
  of_event_id TEXT NOT NULL,       -- the message whose row holds it: of a question of several messages the last
  at_ms INTEGER NOT NULL,
  config_version INTEGER NOT NULL, -- of the bot, when its brain was asked
  sealed BLOB,                     -- turn_record.h; in the row of of_event_id only
  PRIMARY KEY (bot, event_id)
);
CREATE INDEX fleet_turn_record_age ON fleet_turn_record (at_ms);

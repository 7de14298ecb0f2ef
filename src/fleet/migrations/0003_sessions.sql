-- What brains keep for each conversation, and what an answer that is streamed or answers several messages needs to be
-- found again after a crash.
CREATE TABLE fleet_session (
  bot INTEGER NOT NULL,
  session TEXT NOT NULL,           -- room id; in a thread followed by ':' and its root
  name TEXT NOT NULL,              -- of the value; empty: how often the session was begun anew
  value TEXT NOT NULL,             -- JSON
  updated_ms INTEGER NOT NULL,
  PRIMARY KEY (bot, session, name)
);
CREATE INDEX fleet_session_age ON fleet_session (updated_ms);

-- 1: a message with the beginning of the answer may be in the room, under the transaction id of part 0.
ALTER TABLE fleet_turn ADD COLUMN streamed INTEGER NOT NULL DEFAULT 0;
-- event_pos of the turn whose answer answers this message, too; 0: its own.
ALTER TABLE fleet_turn ADD COLUMN joined_to INTEGER NOT NULL DEFAULT 0;
ALTER TABLE fleet_turn ADD COLUMN tokens_in INTEGER NOT NULL DEFAULT 0;
ALTER TABLE fleet_turn ADD COLUMN tokens_out INTEGER NOT NULL DEFAULT 0;
-- Which answer somebody reacted or replied to.
CREATE INDEX fleet_turn_answer ON fleet_turn (answer_event_id) WHERE answer_event_id IS NOT NULL;

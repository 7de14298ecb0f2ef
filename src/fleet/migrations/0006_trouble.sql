-- What a bot's page and the overview call trouble, and what was said to a bot while it was stopped.
ALTER TABLE fleet_bot ADD COLUMN bad_turns INTEGER NOT NULL DEFAULT 0;   -- failed answers since the last good one
ALTER TABLE fleet_bot ADD COLUMN check_text TEXT NOT NULL DEFAULT '';    -- what its start check found; empty: all is well
ALTER TABLE fleet_turn ADD COLUMN away INTEGER NOT NULL DEFAULT 0;       -- 1: said while it was stopped; the next start may take it up
CREATE INDEX fleet_turn_away ON fleet_turn (bot, event_pos) WHERE away = 1;

-- Whether a reply that is being sent is the bot's own words (a command, a fixed sentence): it says nothing of its brain.
ALTER TABLE fleet_turn ADD COLUMN own_words INTEGER NOT NULL DEFAULT 0;

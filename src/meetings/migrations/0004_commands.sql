-- What a bot was told of, while its meeting is reconfiguring; '': nothing.
ALTER TABLE mtg_meeting ADD COLUMN wanted_language TEXT NOT NULL DEFAULT '';
ALTER TABLE mtg_meeting ADD COLUMN wanted_task TEXT NOT NULL DEFAULT '';

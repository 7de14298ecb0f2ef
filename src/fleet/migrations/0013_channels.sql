-- Which start of the program made a channel: only that one writes to it. What an earlier one made may stand where it
-- stood before (a database that was restored), and is only read.
ALTER TABLE fleet_olm_session ADD COLUMN made_by TEXT NOT NULL DEFAULT '';

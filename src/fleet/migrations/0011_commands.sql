-- Which commands of the bot the room has been told of, as fleet/turns/command_book.h writes it; empty: none.
ALTER TABLE fleet_room ADD COLUMN commands TEXT NOT NULL DEFAULT '';

-- What bots said later to questions that they had answered before: people reply and react to it as to an answer.
CREATE TABLE fleet_said (
  bot INTEGER NOT NULL,
  event_id TEXT NOT NULL,            -- the bot's message
  about TEXT NOT NULL,               -- what it is known by
  thread_root TEXT NOT NULL,         -- '': not in a thread
  said_ms INTEGER NOT NULL,
  PRIMARY KEY (event_id, bot)
);
CREATE INDEX fleet_said_age ON fleet_said (said_ms);
CREATE INDEX fleet_said_bot ON fleet_said (bot);

-- Where a person talks to a bot from the console: their direct room.
CREATE TABLE con_chat_room (
  tenant_id INTEGER NOT NULL DEFAULT 1,
  principal_id INTEGER NOT NULL,
  bot INTEGER NOT NULL,        -- fleet's number of the bot
  room_id TEXT NOT NULL,
  made_ms INTEGER NOT NULL,
  PRIMARY KEY (principal_id, bot)
);

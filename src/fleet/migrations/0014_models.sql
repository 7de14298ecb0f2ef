-- What bots' calls of language models cost: reserved before a call, settled after. Amounts are micro-units (models/money.h).
INSERT INTO fleet_counter (name, last) VALUES ('model_call', 0);

CREATE TABLE fleet_model_call (
  id INTEGER PRIMARY KEY,
  day INTEGER NOT NULL,            -- UTC, days since 1970: which day's limits it counts for
  at_ms INTEGER NOT NULL,
  tenant_id INTEGER NOT NULL,      -- of the bot
  bot_id TEXT NOT NULL,
  person TEXT NOT NULL,            -- who asked
  endpoint TEXT NOT NULL,
  model TEXT NOT NULL,
  state TEXT NOT NULL,             -- reserved, settled, estimated, unpriced, expired
  reserved INTEGER NOT NULL,       -- 0 once it ended
  spent INTEGER NOT NULL,
  tokens_in INTEGER NOT NULL,
  tokens_out INTEGER NOT NULL,
  expires_ms INTEGER               -- NULL once it ended
);
CREATE INDEX fleet_model_call_open ON fleet_model_call (expires_ms);
CREATE INDEX fleet_model_call_day ON fleet_model_call (tenant_id, day, id);
CREATE INDEX fleet_model_call_age ON fleet_model_call (day);

-- The sums of a day, by which limits are held: one row for each person, bot and tenant.
CREATE TABLE fleet_spending (
  day INTEGER NOT NULL,
  tenant_id INTEGER NOT NULL,
  scope TEXT NOT NULL,             -- person, bot, tenant
  who TEXT NOT NULL,               -- user id, bot_id; empty for a tenant
  reserved INTEGER NOT NULL,
  spent INTEGER NOT NULL,
  calls INTEGER NOT NULL,          -- that ended
  estimated INTEGER NOT NULL,      -- of those: their tokens or their price had to be guessed
  tokens_in INTEGER NOT NULL,
  tokens_out INTEGER NOT NULL,
  PRIMARY KEY (day, tenant_id, scope, who)
);

-- What still goes to the push gateways: one row for each pusher and event, gone once the gateway has it.
CREATE TABLE hs_push (
  user_id TEXT NOT NULL,
  app_id TEXT NOT NULL,
  pushkey TEXT NOT NULL,
  pos INTEGER NOT NULL,                  -- of the event, or of what changed the counts
  room INTEGER NOT NULL,                 -- 0: only the counts
  highlight INTEGER NOT NULL,
  sound TEXT NOT NULL,                   -- empty: none
  made_ms INTEGER NOT NULL,
  PRIMARY KEY (user_id, app_id, pushkey, pos)
) WITHOUT ROWID;
ALTER TABLE hs_pusher ADD COLUMN badge INTEGER;              -- the number of unread messages that its gateway knows
ALTER TABLE hs_pusher ADD COLUMN failing_since_ms INTEGER;   -- none: the last push arrived
ALTER TABLE hs_pusher ADD COLUMN paused INTEGER NOT NULL DEFAULT 0;  -- failed for so long that nothing is sent any more
-- Whose counts changed: receipts after a position.
CREATE INDEX hs_receipt_by_pos ON hs_receipt (pos);

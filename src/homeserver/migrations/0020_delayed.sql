-- Events that are to be sent later (MSC4140), and for some days what became of them.
CREATE TABLE hs_delayed (
  delay_id TEXT PRIMARY KEY,             -- whoever knows it may cancel, restart or send
  user_id TEXT NOT NULL,
  device_id TEXT NOT NULL,               -- empty: asked for with a token without device
  room_id TEXT NOT NULL,
  type TEXT NOT NULL,
  state_key TEXT,                        -- none: no state event
  content TEXT NOT NULL,                 -- JSON
  delay_ms INTEGER NOT NULL,
  since_ms INTEGER NOT NULL,             -- asked for, or restarted
  due_ms INTEGER NOT NULL,               -- when it is tried: since + delay, later after a trouble of the server
  pos INTEGER NOT NULL,                  -- of the stream when it was asked for
  state INTEGER NOT NULL DEFAULT 0,      -- delayed::DelayedState: 0 scheduled, 1 sent, 2 cancelled, 3 failed
  by_action INTEGER NOT NULL DEFAULT 0,  -- it ended because somebody said so
  ended_ms INTEGER,
  event_id TEXT NOT NULL DEFAULT '',     -- what it became
  errcode TEXT NOT NULL DEFAULT '',      -- why it failed, as clients are told
  error TEXT NOT NULL DEFAULT '',
  status INTEGER NOT NULL DEFAULT 0,     -- of HTTP
  txn_hash BLOB                          -- of the request that asked for it
);
CREATE INDEX hs_delayed_due ON hs_delayed (due_ms) WHERE state = 0;
CREATE INDEX hs_delayed_of_user ON hs_delayed (user_id, state, ended_ms);
CREATE INDEX hs_delayed_ended ON hs_delayed (ended_ms) WHERE state <> 0;
CREATE UNIQUE INDEX hs_delayed_by_txn ON hs_delayed (txn_hash) WHERE txn_hash IS NOT NULL;

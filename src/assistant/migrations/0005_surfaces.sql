-- What was put before people in rooms and in Slack, where it stands, and what they were told of it last.
CREATE TABLE as_watch (
  task_id TEXT PRIMARY KEY,
  tenant_id INTEGER NOT NULL,
  owner_id INTEGER NOT NULL,         -- principal
  owner TEXT NOT NULL,
  surface TEXT NOT NULL,             -- room, slack
  session TEXT NOT NULL,             -- the conversation of the surface's
  person TEXT NOT NULL,              -- who asked, as the surface names them
  about TEXT NOT NULL,               -- what the message that shows it is known by
  place TEXT NOT NULL,               -- JSON: where later words go
  told TEXT NOT NULL,                -- surfaces/words.h; '': that it runs
  digest TEXT NOT NULL,              -- of the approval that was shown
  settled_by TEXT NOT NULL,          -- the key of the message that was acted on last
  hold_ms INTEGER NOT NULL,          -- until then whoever acts on it tells
  look_ms INTEGER,                   -- when it is looked at next; NULL: it has ended, and that was told
  updated_ms INTEGER NOT NULL
);
CREATE INDEX as_watch_person ON as_watch (surface, session, person, updated_ms);
CREATE INDEX as_watch_about ON as_watch (surface, session, about);
CREATE INDEX as_watch_settled ON as_watch (surface, session, settled_by);
CREATE INDEX as_watch_due ON as_watch (look_ms) WHERE look_ms IS NOT NULL;
CREATE INDEX as_watch_age ON as_watch (updated_ms);

-- Sentences that are said to the assistant again and again, in the name of whoever made them.
CREATE TABLE as_schedule (
  id TEXT PRIMARY KEY,
  number INTEGER NOT NULL,           -- what its person calls it
  tenant_id INTEGER NOT NULL,
  owner_id INTEGER NOT NULL,
  surface TEXT NOT NULL,
  session TEXT NOT NULL,
  person TEXT NOT NULL,
  place TEXT NOT NULL,               -- JSON
  rules TEXT NOT NULL,               -- JSON
  cron TEXT NOT NULL,
  zone TEXT NOT NULL,
  text TEXT NOT NULL,
  made_by TEXT NOT NULL,             -- the key of the message that made it
  thread TEXT NOT NULL,              -- JSON: its conversation
  next_ms INTEGER NOT NULL,
  wait_ms INTEGER NOT NULL           -- not before, after a trouble
);
CREATE INDEX as_schedule_owner ON as_schedule (tenant_id, owner_id, next_ms);
CREATE INDEX as_schedule_due ON as_schedule (surface, next_ms);

-- What people said to the app in Slack: stored before Slack is told that it was taken.
CREATE TABLE as_slack_event (
  event_id TEXT PRIMARY KEY,
  team TEXT NOT NULL,
  channel TEXT NOT NULL,
  person TEXT NOT NULL,              -- Slack's id
  ts TEXT NOT NULL,
  thread_ts TEXT NOT NULL,           -- '': in no thread
  direct INTEGER NOT NULL,
  text TEXT NOT NULL,
  received_ms INTEGER NOT NULL,
  wait_ms INTEGER NOT NULL,          -- not before, after a trouble
  done INTEGER NOT NULL
);
CREATE INDEX as_slack_event_open ON as_slack_event (received_ms, event_id) WHERE done = 0;
CREATE INDEX as_slack_event_age ON as_slack_event (received_ms);

-- A person's conversation in a channel.
CREATE TABLE as_slack_thread (
  session TEXT NOT NULL,
  person TEXT NOT NULL,
  thread TEXT NOT NULL,              -- JSON
  updated_ms INTEGER NOT NULL,
  PRIMARY KEY (session, person)
);

-- What is to be said in Slack.
CREATE TABLE as_slack_post (
  id TEXT PRIMARY KEY,
  channel TEXT NOT NULL,
  thread_ts TEXT NOT NULL,
  text TEXT NOT NULL,
  sent_ms INTEGER,                   -- a request went out then, and nobody knows what became of it
  tries INTEGER NOT NULL,
  wait_ms INTEGER NOT NULL,
  done INTEGER NOT NULL,
  created_ms INTEGER NOT NULL
);
CREATE INDEX as_slack_post_open ON as_slack_post (created_ms, id) WHERE done = 0;
CREATE INDEX as_slack_post_age ON as_slack_post (created_ms);

-- What people have reported to the administrators: events, rooms, other people.
CREATE TABLE hs_report (
  id INTEGER PRIMARY KEY,            -- of the one stream: never used twice
  kind INTEGER NOT NULL,             -- reports::ReportKind: 0 event, 1 room, 2 person
  user_id TEXT NOT NULL,             -- who reports
  room_id TEXT NOT NULL DEFAULT '',  -- of an event or a room
  room INTEGER NOT NULL DEFAULT 0,
  event_id TEXT NOT NULL DEFAULT '',
  event_pos INTEGER NOT NULL DEFAULT 0,
  about TEXT NOT NULL DEFAULT '',    -- the event's sender, or the person
  reason TEXT,
  score INTEGER,
  received_ms INTEGER NOT NULL
);
CREATE INDEX hs_report_by_kind ON hs_report (kind, id);
CREATE INDEX hs_report_by_user ON hs_report (user_id);

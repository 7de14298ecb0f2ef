-- The room in which the server tells somebody what it has to say.
CREATE TABLE hs_notice_room (
  user_id TEXT PRIMARY KEY,
  room_id TEXT NOT NULL
);

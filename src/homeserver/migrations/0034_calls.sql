-- By which device somebody asked to be known to another service; empty: by a token without one, or before this column.
-- It ends with that device.
ALTER TABLE hs_openid_token ADD COLUMN device_id TEXT NOT NULL DEFAULT '';
CREATE INDEX hs_openid_token_by_device ON hs_openid_token (user_id, device_id);
-- Who was let into calls at the LiveKit server, until it says that they are gone: who leaves the room, or loses the
-- device that they came with, is put out of the call.
CREATE TABLE hs_in_call (
  livekit_room TEXT NOT NULL,
  identity TEXT NOT NULL,            -- as LiveKit knows them
  room_id TEXT NOT NULL,
  user_id TEXT NOT NULL,
  device_id TEXT NOT NULL,           -- empty: none
  let_in_ms INTEGER NOT NULL,        -- the last time
  look_ms INTEGER NOT NULL,          -- when LiveKit is asked whether they are there still
  absent INTEGER NOT NULL,           -- they were not there at the last look
  out_ms INTEGER,                    -- since when they may not stay
  tried_ms INTEGER NOT NULL,         -- when they were put out last
  PRIMARY KEY (livekit_room, identity)
);
CREATE INDEX hs_in_call_by_user ON hs_in_call (user_id);
CREATE INDEX hs_in_call_by_look ON hs_in_call (look_ms);

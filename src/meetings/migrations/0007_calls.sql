-- Matrix calls that a bot is in with its own account, and who does not want to be heard.

CREATE TABLE mtg_call (
  meeting_id INTEGER PRIMARY KEY,
  bot INTEGER NOT NULL,              -- the fleet's number of the bot whose account it is
  user_id TEXT NOT NULL,
  room_id TEXT NOT NULL,
  kind TEXT NOT NULL,                -- rtc, legacy
  call_id TEXT NOT NULL,             -- of a legacy call
  attempt INTEGER NOT NULL,          -- whose device it is
  device_id TEXT NOT NULL            -- '': there is none. Written before it is made, taken out when it is gone
);
CREATE INDEX mtg_call_device ON mtg_call (meeting_id) WHERE device_id <> '';
CREATE INDEX mtg_call_ring ON mtg_call (room_id, call_id) WHERE call_id <> '';

-- Devices that were ended: whoever was making a token for one just then may have been late, so each is ended twice.
CREATE TABLE mtg_ended_device (
  device_id TEXT PRIMARY KEY,
  user_id TEXT NOT NULL,
  again_ms INTEGER NOT NULL
);
CREATE INDEX mtg_ended_device_time ON mtg_ended_device (again_ms, device_id);

-- Who declines to be heard in the calls of a room. Who takes that back has no row.
CREATE TABLE mtg_consent (
  tenant_id INTEGER NOT NULL,
  room_id TEXT NOT NULL,
  user_id TEXT NOT NULL,
  meeting_id INTEGER NOT NULL,       -- in which they said so; 0: in none, by a message in the room
  at_ms INTEGER NOT NULL,
  used_ms INTEGER NOT NULL,          -- when they said it, or a bot was last told of it
  PRIMARY KEY (tenant_id, room_id, user_id)
);
CREATE INDEX mtg_consent_used ON mtg_consent (used_ms);
CREATE INDEX mtg_consent_user ON mtg_consent (user_id);

-- As it was in one meeting, whatever later ones bring.
CREATE TABLE mtg_meeting_consent (
  meeting_id INTEGER NOT NULL,
  user_id TEXT NOT NULL,
  declined INTEGER NOT NULL,
  said_in INTEGER NOT NULL,          -- this meeting, or the earlier one of the room in which they declined; 0: in none
  at_ms INTEGER NOT NULL,
  PRIMARY KEY (meeting_id, user_id)
);
CREATE INDEX mtg_meeting_consent_user ON mtg_meeting_consent (user_id);

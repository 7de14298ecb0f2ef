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

-- Devices that were ended: whoever was making a token for one just then may have been late, so each is ended twice.
CREATE TABLE mtg_ended_device (
  device_id TEXT PRIMARY KEY,
  user_id TEXT NOT NULL,
  again_ms INTEGER NOT NULL
);
CREATE INDEX mtg_ended_device_time ON mtg_ended_device (again_ms, device_id);

-- Holds for the room, beyond a meeting.
CREATE TABLE mtg_consent (
  tenant_id INTEGER NOT NULL,
  room_id TEXT NOT NULL,
  user_id TEXT NOT NULL,
  declined INTEGER NOT NULL,
  meeting_id INTEGER NOT NULL,       -- in which it was said last
  at_ms INTEGER NOT NULL,
  PRIMARY KEY (tenant_id, room_id, user_id)
);
CREATE INDEX mtg_consent_meeting ON mtg_consent (meeting_id);

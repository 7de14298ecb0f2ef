-- Bots in encrypted rooms. What is sealed opens with the program's secret key alone.
-- The one device of a bot, as long as the bot lives.
CREATE TABLE fleet_device (
  bot INTEGER PRIMARY KEY,
  device_id TEXT NOT NULL,
  account BLOB NOT NULL,               -- sealed: identity and one-time keys
  cross_signing BLOB NOT NULL,         -- sealed: a JSON object of the three seeds
  published INTEGER NOT NULL DEFAULT 0,
  inbox_pos INTEGER NOT NULL DEFAULT 0, -- messages from devices are taken over up to here
  created_ms INTEGER NOT NULL
);
-- Channels to other devices.
CREATE TABLE fleet_olm_session (
  bot INTEGER NOT NULL,
  peer_key TEXT NOT NULL,              -- curve25519 and user
  session_id TEXT NOT NULL,
  pickle BLOB NOT NULL,                -- sealed
  used_ms INTEGER NOT NULL,
  PRIMARY KEY (bot, peer_key, session_id)
);
CREATE INDEX fleet_olm_session_age ON fleet_olm_session (used_ms);
-- Sessions that others write to rooms with, by who sent the key: whoever hands on another's makes it nobody's but theirs. Own ones are in memory only: a start begins new ones, so that nothing that
-- is restored or lost can make one of them say two things under one index.
CREATE TABLE fleet_room_key (
  bot INTEGER NOT NULL,
  room_id TEXT NOT NULL,
  session_id TEXT NOT NULL,
  pickle BLOB NOT NULL,                -- sealed
  sender TEXT NOT NULL,
  sender_device TEXT NOT NULL,
  first_index INTEGER NOT NULL,
  used_ms INTEGER NOT NULL,
  PRIMARY KEY (bot, room_id, session_id, sender)
);
CREATE INDEX fleet_room_key_sender ON fleet_room_key (bot, sender, used_ms);
CREATE INDEX fleet_room_key_age ON fleet_room_key (used_ms);
-- Which event a message of a session was: the same under another event is a replay.
CREATE TABLE fleet_read_message (
  bot INTEGER NOT NULL,
  session_id TEXT NOT NULL,
  sender TEXT NOT NULL,
  message_index INTEGER NOT NULL,
  event_id TEXT NOT NULL,
  at_ms INTEGER NOT NULL,
  PRIMARY KEY (bot, session_id, sender, message_index)
);
CREATE INDEX fleet_read_message_age ON fleet_read_message (at_ms);
-- Messages that the feed has passed and a bot could not read yet: their key may still come.
CREATE TABLE fleet_unread (
  event_pos INTEGER NOT NULL,
  bot INTEGER NOT NULL,
  room_id TEXT NOT NULL,
  session_id TEXT NOT NULL,
  sender TEXT NOT NULL,
  since_ms INTEGER NOT NULL,
  PRIMARY KEY (event_pos, bot)
);
-- Sessions of which a room was told that the bot cannot read them: each once.
CREATE TABLE fleet_unreadable (
  bot INTEGER NOT NULL,
  room_id TEXT NOT NULL,
  session_id TEXT NOT NULL,
  at_ms INTEGER NOT NULL,
  PRIMARY KEY (bot, room_id, session_id)
);
CREATE INDEX fleet_unreadable_age ON fleet_unreadable (at_ms);
-- The keys of other devices as they were first seen: a device never changes them.
CREATE TABLE fleet_peer_device (
  user_id TEXT NOT NULL,
  device_id TEXT NOT NULL,
  curve25519 TEXT NOT NULL,
  ed25519 TEXT NOT NULL,
  seen_ms INTEGER NOT NULL,
  PRIMARY KEY (user_id, device_id)
);
CREATE INDEX fleet_peer_device_age ON fleet_peer_device (seen_ms);
-- The master keys of other users as they were last seen.
CREATE TABLE fleet_peer_master (
  user_id TEXT PRIMARY KEY,
  master_key TEXT NOT NULL,
  seen_ms INTEGER NOT NULL
);

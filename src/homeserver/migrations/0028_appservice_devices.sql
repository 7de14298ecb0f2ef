-- Since when each application service is known: it is told of nothing before.
CREATE TABLE hs_appservice (
  service TEXT NOT NULL PRIMARY KEY,     -- id of the registration; '': services are noted here
  from_pos INTEGER NOT NULL
) WITHOUT ROWID;
-- Messages to devices of their users that services are to be told of; the message itself lies in hs_to_device.
CREATE TABLE hs_appservice_to_device (
  service TEXT NOT NULL,
  pos INTEGER NOT NULL,
  user_id TEXT NOT NULL,
  device_id TEXT NOT NULL,
  PRIMARY KEY (service, pos, user_id, device_id)
) WITHOUT ROWID;
-- Whose devices changed, for services that encrypt.
CREATE TABLE hs_appservice_device_list (
  service TEXT NOT NULL,
  user_id TEXT NOT NULL,
  has_left INTEGER NOT NULL,             -- shares no room with the service any more
  pos INTEGER NOT NULL,
  PRIMARY KEY (service, user_id)
) WITHOUT ROWID;
-- Those of their users who have other numbers of one-time keys than the services know.
CREATE TABLE hs_appservice_key_count (
  service TEXT NOT NULL,
  user_id TEXT NOT NULL,
  pos INTEGER NOT NULL,
  PRIMARY KEY (service, user_id)
) WITHOUT ROWID;
-- Room directories that services keep, each beside the server's own.
CREATE TABLE hs_network_room (
  network TEXT NOT NULL,                 -- the service's id, "|", its name of the network
  room INTEGER NOT NULL,
  service TEXT NOT NULL,
  PRIMARY KEY (network, room)
) WITHOUT ROWID;
CREATE INDEX hs_network_room_by_room ON hs_network_room (room);
CREATE INDEX hs_network_room_by_service ON hs_network_room (service);

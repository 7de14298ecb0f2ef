-- The feed's position is kept with those of all consumers now (host/consumer.h).
INSERT INTO host_cursor (name, pos) SELECT 'fleet.feed', pos FROM fleet_cursor WHERE name = 'feed';
DROP TABLE fleet_cursor;

-- Messages that the feed has passed and not decided, as their room could not be asked for in time.
CREATE TABLE fleet_aside (
  event_pos INTEGER PRIMARY KEY,
  room_id TEXT NOT NULL
);

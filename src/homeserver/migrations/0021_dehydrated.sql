-- Devices that nobody is signed in on and that receive keys all the same (MSC3814). Their keys and queues lie with those of all devices.
CREATE TABLE hs_dehydrated (
  user_id TEXT PRIMARY KEY,
  device_id TEXT NOT NULL,
  device_data TEXT NOT NULL              -- JSON, encrypted by the client
);

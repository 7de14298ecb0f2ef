-- What application services are still to be told of: positions of events, gone once they are in a transaction.
CREATE TABLE hs_appservice_event (
  service TEXT NOT NULL,                 -- id of the registration
  pos INTEGER NOT NULL,
  PRIMARY KEY (service, pos)
) WITHOUT ROWID;
-- The transaction that a service has not confirmed yet, as it is sent again and again.
CREATE TABLE hs_appservice_txn (
  service TEXT NOT NULL PRIMARY KEY,
  txn INTEGER NOT NULL,                  -- its number, larger than any before
  events INTEGER NOT NULL,               -- how many are in it
  body TEXT NOT NULL
) WITHOUT ROWID;

-- Mails that wait for the relay. They hold links that nobody else may have: sealed.
CREATE TABLE hs_mail (
  id INTEGER PRIMARY KEY,                -- a position of the stream
  sealed_mail BLOB NOT NULL,             -- recipient and text
  made_ms INTEGER NOT NULL,
  due_ms INTEGER NOT NULL,               -- when it is tried next
  ends_ms INTEGER NOT NULL,              -- then it is not sent any more
  failures INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX hs_mail_by_due ON hs_mail (due_ms);
-- Somebody says that they read an address, and proves it by opening the link in a mail.
CREATE TABLE hs_mail_proof (
  sid TEXT PRIMARY KEY,
  purpose INTEGER NOT NULL,              -- mail::Purpose: 0 register, 1 reset the password, 2 add to an account
  address TEXT NOT NULL,
  secret_hash BLOB NOT NULL,             -- SHA-256 of the client's secret
  sealed_token BLOB NOT NULL,            -- what the link carries
  send_attempt INTEGER NOT NULL,         -- the highest so far
  next_link TEXT NOT NULL,               -- empty: none
  ends_ms INTEGER NOT NULL,
  proven INTEGER NOT NULL DEFAULT 0
);
CREATE UNIQUE INDEX hs_mail_proof_by_request ON hs_mail_proof (address, purpose, secret_hash);
CREATE INDEX hs_mail_proof_by_end ON hs_mail_proof (ends_ms);

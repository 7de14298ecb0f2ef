-- Who we are to push services: the key of VAPID.
CREATE TABLE hs_push_key (
  key INTEGER PRIMARY KEY,               -- 1
  sealed_key BLOB NOT NULL               -- of P-256
);
-- Mails about messages that somebody has not read: when the next look is due, and what the last mail told of. A pusher
-- with app_id m.email is whom they are for.
CREATE TABLE hs_missed_mail (
  user_id TEXT NOT NULL,
  address TEXT NOT NULL,
  due_ms INTEGER NOT NULL,               -- 0: nothing waits
  told_pos INTEGER NOT NULL,             -- what came up to here is in no further mail
  mailed_ms INTEGER NOT NULL,            -- 0: never
  pause_ms INTEGER NOT NULL,             -- after the last mail, while its messages stay unread
  PRIMARY KEY (user_id, address)
);
CREATE INDEX hs_missed_mail_by_due ON hs_missed_mail (due_ms) WHERE due_ms > 0;

-- Accounts of people who have none (Client-Server API #guest-access).
ALTER TABLE hs_account ADD COLUMN guest INTEGER NOT NULL DEFAULT 0;
CREATE INDEX hs_account_guest ON hs_account (user_id) WHERE guest = 1 AND deactivated = 0;

-- Where a guest was made from, as rates count addresses: what one address may have is bounded. Empty: nobody knows, or
-- no guest any more.
ALTER TABLE hs_account ADD COLUMN guest_network TEXT NOT NULL DEFAULT '';
CREATE INDEX hs_account_guest_network ON hs_account (guest_network) WHERE guest = 1 AND deactivated = 0;

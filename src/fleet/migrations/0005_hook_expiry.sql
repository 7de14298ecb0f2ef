-- Inbound webhooks may end by themselves; the room is told some days before.
ALTER TABLE fleet_hook ADD COLUMN expires_ms INTEGER;                        -- NULL: never
ALTER TABLE fleet_hook ADD COLUMN expiry_told INTEGER NOT NULL DEFAULT 0;    -- 1: the room knows, or need not
CREATE INDEX fleet_hook_expiry ON fleet_hook (expires_ms);

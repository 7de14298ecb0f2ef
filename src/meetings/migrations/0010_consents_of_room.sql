-- Who declines in a room declines to all tenants' bots there.
CREATE INDEX mtg_consent_room ON mtg_consent (room_id, user_id);

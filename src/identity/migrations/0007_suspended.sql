-- Whether the account is suspended: it reads, and changes nothing. Said by the homeserver, as disabled_ms is.
ALTER TABLE id_principal ADD COLUMN suspended INTEGER NOT NULL DEFAULT 0;

-- Who was there when it was last written down, and what they say of themselves: a start goes on from it, so that
-- clients are told of those who do not come back. Who is offline and says nothing has no row.
CREATE TABLE hs_presence (
  user_id TEXT PRIMARY KEY,
  presence TEXT NOT NULL,                -- online, unavailable, offline
  status_msg TEXT NOT NULL,
  active_ms INTEGER NOT NULL             -- their last act
);

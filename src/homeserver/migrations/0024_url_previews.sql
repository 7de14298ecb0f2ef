-- Previews of pages that people's messages lead to.
CREATE TABLE hs_url_preview (
  url_hash BLOB NOT NULL,                -- SHA-256 of the address, which is not kept: it may hold what is secret
  fetched_ms INTEGER NOT NULL,
  ends_ms INTEGER NOT NULL,              -- until then it is given
  body TEXT NOT NULL,                    -- the answer, JSON
  PRIMARY KEY (url_hash, fetched_ms)
) WITHOUT ROWID;
CREATE INDEX hs_url_preview_by_end ON hs_url_preview (ends_ms);

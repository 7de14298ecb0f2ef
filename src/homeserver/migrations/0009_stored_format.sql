-- The event behind a byte that says how it is to be read (base/stored_format.h). Rows from before have it in `bytes`, as
-- JSON, and keep it there; in later ones that is empty.
ALTER TABLE hs_event ADD COLUMN body BLOB;

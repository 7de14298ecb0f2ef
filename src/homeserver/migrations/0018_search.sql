-- Which edit belongs to which message, for the index of words: a removed edit does not say it any more. The index
-- itself (hs_search) is derived and differs between the databases: search/search_store.cc makes it.
CREATE TABLE hs_search_edit (
  edit INTEGER PRIMARY KEY,          -- position of the event that edits
  target INTEGER NOT NULL            -- position of the edited one
);
